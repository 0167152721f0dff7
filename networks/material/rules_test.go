package material

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/networks"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func at(hours int) *time.Time {
	moment := noon.Add(time.Duration(hours) * time.Hour)
	return &moment
}

// taken is a banner that a placement shows, of which nothing became otherwise.
func taken() Pick {
	hash := campaigns.Hash{1}
	return Pick{
		Item: Item{
			Name: "Zon", Kind: networks.Banner, Account: "Awin NL", Picture: "p", Click: "https://c.nl", Conditions: "x", Seen: noon,
		},
		ID: 7, Campaign: 3, Hash: &hash, Read: at(-1), Was: Was{Picture: "p", Click: "https://c.nl", Conditions: "x"},
	}
}

func said(found []Finding) (all []string) {
	for _, f := range found {
		all = append(all, string(f.Severity)+" "+f.Message.String())
	}
	return all
}

func TestWhatBecameOfWhatWasTaken(t *testing.T) {
	t.Parallel()
	pool := campaigns.PoolID(5)
	for name, c := range map[string]struct {
		change func(*Pick)
		want   []string // how what is said begins
	}{
		"nothing": {func(*Pick) {}, nil},
		"withdrawn": {
			func(p *Pick) { p.Withdrawn = at(-30) },
			[]string{"asks Awin NL withdrew the banner Zon on 23 November 2026; take another"},
		},
		"withdrawn, and kept": {func(p *Pick) { p.Withdrawn, p.Kept.Is = at(-30), true }, nil},
		"withdrawn once more": {
			func(p *Pick) { p.Withdrawn, p.Kept = at(-30), Kept{Reason: "the last time"} },
			[]string{"asks Awin NL withdrew"},
		},
		"withdrawn, kept and past": {
			func(p *Pick) { p.Withdrawn, p.Kept.Is, p.Until = at(-30), true, at(-1) },
			[]string{"blocks the banner Zon may be shown until 24 November 2026"},
		},
		"past":         {func(p *Pick) { p.Until = at(0) }, []string{"blocks the banner Zon may be shown until 24 November 2026"}},
		"its last day": {func(p *Pick) { p.Until = at(1) }, nil},
		"to come":      {func(p *Pick) { p.From = at(20) }, []string{"blocks the banner Zon may be shown from 25 November 2026"}},
		"not listed": {
			func(p *Pick) { p.Seen = noon.Add(-2 * time.Hour) },
			[]string{"tells Awin NL didn't list the banner Zon"},
		},
		"another picture": {
			func(p *Pick) { p.Picture = "q" },
			[]string{"tells of the banner Zon, Awin NL changed the picture"},
		},
		"the same address, and another picture": {
			func(p *Pick) { p.Modified = at(0) },
			[]string{"tells of the banner Zon, Awin NL changed the picture"},
		},
		"another link, and other conditions": {
			func(p *Pick) { p.Click, p.Conditions = "https://d.nl", "y" },
			[]string{"tells of the banner Zon, Awin NL changed the link", "tells of the banner Zon, Awin NL changed the conditions"},
		},
		"another link, that isn't used": {func(p *Pick) { p.Was.Click, p.Click = "https://e.nl", "https://d.nl" }, nil},
		"another code": {
			func(p *Pick) { p.Pool, p.Was.Code, p.Code = &pool, "ZON5", "ZON10" },
			[]string{"blocks the code ZON5 of Zon is ZON10 at Awin NL by now"},
		},
		"another code, that isn't used": {func(p *Pick) { p.Code = "ZON10" }, nil},
	} {
		p := taken()
		c.change(&p)
		use := Use{Campaign: 3, Creative: p.Hash.String(), URL: "https://c.nl", Pool: 5}
		got := said(Find([]Pick{p}, []Use{use}, noon, time.UTC))
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What a placement doesn't show is nobody's concern, and of two that gave it the
// same the newer counts.
func TestOnlyWhatIsShownCounts(t *testing.T) {
	t.Parallel()
	old, again := taken(), taken()
	old.ID, old.Withdrawn = 6, at(-30)
	use := Use{Campaign: 3, Creative: old.Hash.String()}
	for name, c := range map[string]struct {
		picks []Pick
		use   Use
		want  int
	}{
		"shown":                    {[]Pick{old}, use, 1},
		"of another campaign":      {[]Pick{old}, Use{Campaign: 4, Creative: use.Creative}, 0},
		"another picture":          {[]Pick{old}, Use{Campaign: 3, Creative: campaigns.Hash{2}.String()}, 0},
		"taken from another since": {[]Pick{again, old}, use, 0},
		"by its link alone":        {[]Pick{old}, Use{Campaign: 3, URL: "https://c.nl"}, 1},
		"nothing taken":            {nil, use, 0},
	} {
		if got := Find(c.picks, []Use{c.use, c.use}, noon, time.UTC); len(got) != c.want {
			t.Errorf("%s: %q", name, said(got))
		}
	}
	if got := old.Findings(noon, time.UTC); len(got) != 1 || !old.Asks() || again.Asks() {
		t.Errorf("of the pick itself it says %q", said(got))
	}
}

func TestWhatMayBeTaken(t *testing.T) {
	t.Parallel()
	i := Item{Label: 1, Network: "awin", Programme: "4711"}
	own, other := campaigns.ProgrammeID(1), campaigns.ProgrammeID(2)
	programmes := []campaigns.Programme{
		{ID: 1, AdvertiserID: 9, Network: "awin", Ref: "4711"}, {ID: 2, AdvertiserID: 9, Network: "cj", Ref: "4711"},
	}
	for name, c := range map[string]struct {
		of   campaigns.Campaign
		fits bool
	}{
		"its programme":      {campaigns.Campaign{LabelID: 1, AdvertiserID: 9, ProgrammeID: &own}, true},
		"no programme":       {campaigns.Campaign{LabelID: 1, AdvertiserID: 9}, true},
		"another programme":  {campaigns.Campaign{LabelID: 1, AdvertiserID: 9, ProgrammeID: &other}, false},
		"another advertiser": {campaigns.Campaign{LabelID: 1, AdvertiserID: 8}, false},
		"another label":      {campaigns.Campaign{LabelID: 2, AdvertiserID: 9}, false},
	} {
		if err := i.Fits(&c.of, programmes); (err == nil) != c.fits || err != nil && words.OfError(err).Key != "material.other_programme" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for key, i := range map[string]Item{
		"":              {Until: at(1)},
		"material.past": {Until: at(0)},
		"material.gone": {Until: at(1), Withdrawn: at(-1)},
	} {
		err := i.Usable(noon)
		if (err == nil) != (key == "") || err != nil && (words.OfError(err).Key != key || !fault.Is(err, fault.Conflict)) {
			t.Errorf("%s: %v", key, err)
		}
	}
	from, until := (&Item{From: at(11), Until: at(12)}).Days(time.UTC)
	if from.String() != "2026-11-24" || until.String() != "2026-11-24" {
		t.Errorf("its days are %v to %v", from, until)
	}
}
