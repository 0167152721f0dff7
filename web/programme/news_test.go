package programme_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks"
	"keur/web/webtest"
)

// newsworthy is a desk whose networks changed something of a programme of ours, and
// tell of one that nobody here knows.
func newsworthy(t *testing.T) *webtest.Desk {
	t.Helper()
	d := connected(t)
	_, err := d.Deps.Campaigns.Update(approvaltest.As(d.Users["planner"]), d.Campaign.ID, func(*campaigns.Campaign) error { return nil })
	must(t, err) // it is theirs now
	before := d.Clock.Now()
	d.Clock.Add(24 * time.Hour)
	share, lead := 400, int64(3_00)
	webtest.Relisted(d, 1, before,
		networks.Programme{
			Ref: "4711", Name: "Zonvakantie NL", Relation: networks.Joined, Live: true, Email: networks.Disallowed, Currency: "EUR",
			Terms: []networks.Term{
				{Group: "1", Name: "Default", Kind: campaigns.CPS, BasisPoints: &share},
				{Group: "2", Name: "Lead", Kind: campaigns.CPL, Minor: &lead, Currency: "EUR"},
			},
		},
		networks.Programme{
			Ref: "5000", Name: "Fietsland <b>", Relation: networks.Joined, Live: true, Currency: "EUR",
			Terms: []networks.Term{{Group: "1", Name: "Sale", Kind: campaigns.CPS, BasisPoints: &share}},
		})
	webtest.Offered(d, 1, &before, networks.Item{
		Programme: "4711", Kind: networks.Code, Ref: "v9", Name: "Tien procent", Code: "ZON10",
	})
	return d
}

// What changed is one list for a label, narrowed to one's own advertisers, to a kind
// and to what one hasn't read; each person reads for themselves.
func TestNewsIsListedAndRead(t *testing.T) {
	t.Parallel()
	d := newsworthy(t)
	says(t, d, "viewer", "/news?label=nl", "Zonvakantie NL", "Default: 5.00% → 4.00%", "New code ZON10: Tien procent",
		"New programme: joined", "Fietsland &lt;b&gt;", "e-mail: not said → not allowed", "Awin NL")
	says(t, d, "viewer", "/news?label=nl&format=csv", "terms", "4711")
	for query, never := range map[string]string{
		"&kind=code": "5.00% → 4.00%", "&q=fiets": "Zonvakantie", "&whose=mine": "Fietsland",
	} {
		if page := d.As("planner").Get("/news?label=nl" + query).Body; strings.Contains(page, never) {
			t.Errorf("%s shows %s", query, never)
		}
	}
	says(t, d, "planner", "/news?label=nl&whose=mine", "Default: 5.00% → 4.00%")
	planner, unread := d.As("planner"), "/news?label=nl&state=unread&kind=code"
	id := numberOf(t, d, unread)
	if r := planner.Post("/news/"+id+"/read", nil); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := planner.Get(unread).Body; strings.Contains(page, "ZON10") {
		t.Error("what was read is unread")
	}
	says(t, d, "viewer", unread, "ZON10")
	if r := planner.Post("/news/"+id+"/read", url.Values{"read": {"no"}}); r.Status != 303 {
		t.Fatalf("%d", r.Status)
	}
	says(t, d, "planner", unread, "ZON10")
	if r := planner.Post("/news/read?label=nl&kind=code", url.Values{"newest": {"9999"}}); r.Status != 303 {
		t.Fatalf("%d", r.Status)
	}
	if page := planner.Get(unread).Body; strings.Contains(page, "ZON10") {
		t.Error("of what was read all is unread")
	}
	says(t, d, "planner", "/news?label=nl&state=unread", "5.00% → 4.00%")
	if page := d.As("viewer").Get("/news?label=nl").Body; strings.Contains(page, "New campaign") {
		t.Error("who only looks may begin a campaign")
	}
	d.Look("planner", "news", "/news?label=nl")
}

// numberOf is the number of the first piece of news on a page.
func numberOf(t *testing.T, d *webtest.Desk, path string) string {
	t.Helper()
	_, rest, is := strings.Cut(d.As("planner").Get(path).Body, `<tr id="news-`)
	if !is {
		t.Fatalf("%s has none", path)
	}
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// From a piece of news one press begins a campaign, with what the network pays, or
// a mailing; an advertiser that nobody knows is added.
func TestNewsBeginsACampaign(t *testing.T) {
	t.Parallel()
	d := newsworthy(t)
	planner := d.As("planner")
	made := planner.Post("/news/"+numberOf(t, d, "/news?label=nl&kind=listed")+"/campaign", nil)
	if made.Status != 303 || !strings.HasSuffix(made.Header.Get("Location"), "/terms") {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	found, err := d.Campaigns.List(t.Context(), campaigns.Filter{Labels: []labels.ID{d.Label.ID}}, paging.Ask{Sort: "newest"})
	must(t, err)
	c := found.Items[0]
	if !strings.HasPrefix(c.Name, "Fietsland <b> 2026-") || c.ProgrammeID == nil || len(c.Deals) != 1 || *c.Deals[0].BasisPoints != 400 ||
		c.AdvertiserID == d.Advertiser.ID {
		t.Errorf("made is %+v", c)
	}
	if page := planner.Get(made.Header.Get("Location")).Body; !strings.Contains(page, "was added to the advertisers") {
		t.Error("it isn't said that an advertiser was added")
	}
	// Pressed twice, it leads to the same one.
	again := planner.Post("/news/"+numberOf(t, d, "/news?label=nl&kind=listed")+"/campaign", nil)
	if again.Status != 303 || again.Header.Get("Location") != made.Header.Get("Location") {
		t.Errorf("pressed twice: %d %s %s", again.Status, again.Header.Get("Location"), again.Body)
	}
	// A mailing is for the campaign that runs, or for a new one.
	r := planner.Post("/news/"+numberOf(t, d, "/news?label=nl&kind=terms")+"/mailing", nil)
	want := "/mailings/new?label=nl&campaign=" + webtest.Itoa(d.Campaign.ID)
	if r.Status != 303 || r.Header.Get("Location") != want {
		t.Errorf("of ours: %d %s", r.Status, r.Header.Get("Location"))
	}
	r = planner.Post("/news/"+numberOf(t, d, "/news?label=nl&kind=listed")+"/mailing", nil)
	if want := "/mailings/new?label=nl&campaign=" + webtest.Itoa(c.ID); r.Header.Get("Location") != want {
		t.Errorf("of the other: %d %s", r.Status, r.Header.Get("Location"))
	}
	says(t, d, "planner", r.Header.Get("Location"), "Fietsland")
	if r := d.As("approver").Post("/news/1/campaign", nil); r.Status != 403 {
		t.Errorf("an approver begins one: %d", r.Status)
	}
}

// TestNewsOfAnAdvertiserWhomOneKnows, by another network: the programme becomes one of theirs.
func TestNewsOfAnAdvertiserWhomOneKnows(t *testing.T) {
	t.Parallel()
	d := newsworthy(t)
	known, err := d.Deps.Advertisers.Create(approvaltest.As(d.Users["planner"]),
		campaigns.Advertiser{Name: "FIETSLAND <b>", Category: "sport"})
	must(t, err)
	made := d.As("planner").Post("/news/"+numberOf(t, d, "/news?label=nl&kind=listed")+"/campaign", nil)
	if made.Status != 303 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	found, err := d.Campaigns.List(t.Context(), campaigns.Filter{Labels: []labels.ID{d.Label.ID}}, paging.Ask{Sort: "newest"})
	must(t, err)
	a, err := d.Deps.Advertisers.Get(t.Context(), known.ID)
	must(t, err)
	if found.Items[0].AdvertiserID != known.ID || len(a.Programmes) != 1 || a.Programmes[0].Ref != "5000" {
		t.Errorf("made is %+v of %+v", found.Items[0], a)
	}
}

// What concerns a campaign or a mailing that is to come stands on Today of its owner,
// until they read it or it no longer holds.
func TestNewsStandsOnToday(t *testing.T) {
	t.Parallel()
	d := newsworthy(t)
	const text = "Default: 5.00% → 4.00%"
	for user, is := range map[string]bool{"planner": true, "approver": false} { // its owner, and somebody else
		if page := d.As(user).Get("/").Body; strings.Contains(page, text) != is {
			t.Errorf("%s is told: %t", user, !is)
		}
	}
	if page := d.As("planner").Get("/").Body; strings.Contains(page, "Fietsland") {
		t.Error("of a programme without a campaign it tells too")
	}
	d.Look("planner", "today-news", "/")
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/")
	w.Accessible("today with news")
	id := numberOf(t, d, "/news?label=nl&kind=policy")
	if r := d.As("planner").Post("/news/"+id+"/read", url.Values{"back": {"today"}}); r.Status != 303 || r.Header.Get("Location") != "/" {
		t.Errorf("%d %s", r.Status, r.Header.Get("Location"))
	}
	if page := d.As("planner").Get("/").Body; strings.Contains(page, "not said → not allowed") || !strings.Contains(page, text) {
		t.Error("what was read waits, or what wasn't doesn't")
	}
	before := d.Clock.Now()
	d.Clock.Add(24 * time.Hour)
	share := 500
	webtest.Relisted(d, 1, before, networks.Programme{
		Ref: "4711", Name: "Zonvakantie NL", Relation: networks.Joined, Live: true, Email: networks.Disallowed, Currency: "EUR",
		Terms: []networks.Term{{Group: "1", Name: "Default", Kind: campaigns.CPS, BasisPoints: &share}},
	})
	if page := d.As("planner").Get("/").Body; strings.Contains(page, text) || !strings.Contains(page, "Default: 4.00% → 5.00%") {
		t.Error("what was overtaken waits")
	}
}
