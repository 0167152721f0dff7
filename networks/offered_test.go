package networks_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/campaigns"
	"keur/internal/fault/faulttest"
	"keur/networks"
)

func amsterdam(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestProgrammesAreReadOrSaidToBeUnread: what can't be read is never guessed.
func TestProgrammesAreReadOrSaidToBeUnread(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]struct {
		read func(*networks.Programme, *networks.Reader)
		want string
	}{
		"nothing":             {func(*networks.Programme, *networks.Reader) {}, ""},
		"no number":           {func(p *networks.Programme, _ *networks.Reader) { p.Ref = " " }, "programme_ref"},
		"too long a number":   {func(p *networks.Programme, _ *networks.Reader) { p.Ref = strings.Repeat("1", 121) }, "programme_ref"},
		"more than all":       {func(_ *networks.Programme, r *networks.Reader) { r.Points("approval", "100.01") }, "approval"},
		"less than none":      {func(_ *networks.Programme, r *networks.Reader) { r.Points("approval", "-0.01") }, "approval"},
		"a share of words":    {func(_ *networks.Programme, r *networks.Reader) { r.Points("approval", "most") }, "approval"},
		"longer than 10 year": {func(_ *networks.Programme, r *networks.Reader) { r.Days("days", "3650.5") }, "days"},
		"days before today":   {func(_ *networks.Programme, r *networks.Reader) { r.Days("days", "-1") }, "days"},
		"days of words":       {func(_ *networks.Programme, r *networks.Reader) { r.Days("days", "soon") }, "days"},
		"earnings of words":   {func(_ *networks.Programme, r *networks.Reader) { r.Per100("epc", "n/a", "EUR") }, "epc"},
		"earnings of no end": {func(_ *networks.Programme, r *networks.Reader) {
			r.Per100("epc", "0."+strings.Repeat("1", 39), "EUR")
		}, "epc"},
		"a relation unheard": {func(_ *networks.Programme, r *networks.Reader) { r.Related(nil, "befriended") }, "relation"},
	} {
		p, read, page := networks.Programme{Ref: " 4711 ", Relation: networks.Joined}, &networks.Reader{}, networks.Catalogue{}
		try.read(&p, read)
		page.Take(p, read)
		if try.want == "" {
			got := page.Programmes[0]
			if got.Ref != "4711" || got.Name != "4711" || got.Email != networks.Unknown || got.Codes != networks.Unknown ||
				got.Cashback != networks.Unknown {
				t.Errorf("it is %+v", got)
			}
			continue
		}
		if len(page.Programmes) != 0 || len(page.Unread) != 1 || !slices.Equal(faulttest.Paths(page.Unread[0].Err), []string{try.want}) {
			t.Errorf("%s: %+v", name, page)
		}
	}
	var page networks.Catalogue
	page.Take(networks.Programme{
		Ref: "1", Name: " Zon \n en zee ", Email: networks.Limited,
		Terms: []networks.Term{{Group: strings.Repeat("g", 200), Name: "a \t b", Kind: campaigns.CPS}},
	}, &networks.Reader{})
	got := page.Programmes[0]
	if got.Name != "Zon en zee" || got.Email != networks.Limited || len(got.Terms[0].Group) > 120 || got.Terms[0].Name != "a b" {
		t.Errorf("it is %+v", got)
	}
}

// TestNumbersOfProgrammes reads what may be left out, and its bounds.
func TestNumbersOfProgrammes(t *testing.T) {
	t.Parallel()
	read := &networks.Reader{}
	for text, want := range map[string]int{"0": 0, "100": 100_00, "7.5": 7_50, "33.333": 33_33} {
		if got := read.Points("p", text); got == nil || *got != want {
			t.Errorf("%s %% is %v", text, got)
		}
	}
	for text, want := range map[string]int{"0": 0, "3650": 3650, "41.9": 41} {
		if got := read.Days("d", text); got == nil || *got != want {
			t.Errorf("%s days are %v", text, got)
		}
	}
	for text, want := range map[string]int64{"0.04": 400, "0.00125": 13, "-1": -100_00, "0." + strings.Repeat("0", 38): 0} {
		if got := read.Per100("e", text, "EUR"); got == nil || *got != want {
			t.Errorf("%s a click is %v", text, got)
		}
	}
	if read.Points("p", "") != nil || read.Days("d", "") != nil || read.Per100("e", "", "EUR") != nil {
		t.Error("what is left out is a number")
	}
	if got := read.Related(map[string]networks.Relation{"actief": networks.Joined}, " Actief"); got != networks.Joined {
		t.Errorf("the relation is %s", got)
	}
}

// TestItemsAreReadOrSaidToBeUnread: each kind has what makes it one.
func TestItemsAreReadOrSaidToBeUnread(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 999, time.UTC)
	before := noon.Add(-time.Hour)
	for name, try := range map[string]struct {
		change func(*networks.Item)
		want   string
	}{
		"a banner":             {func(*networks.Item) {}, ""},
		"of no programme":      {func(i *networks.Item) { i.Programme = "" }, "programme_ref"},
		"of no number":         {func(i *networks.Item) { i.Ref = "" }, "ref"},
		"a banner of nothing":  {func(i *networks.Item) { i.Picture = "" }, "kind"},
		"a banner to nowhere":  {func(i *networks.Item) { i.Click = "" }, "kind"},
		"a code":               {func(i *networks.Item) { i.Kind, i.Code, i.Picture, i.Click = networks.Code, "ZON10", "", "" }, ""},
		"a code of nothing":    {func(i *networks.Item) { i.Kind = networks.Code }, "kind"},
		"a code of two lines":  {func(i *networks.Item) { i.Kind, i.Code = networks.Code, "ZON\n10" }, "code"},
		"a text":               {func(i *networks.Item) { i.Kind, i.Picture = networks.TextLink, "" }, ""},
		"an offer to nowhere":  {func(i *networks.Item) { i.Kind, i.Click = networks.Promo, "" }, "kind"},
		"a script":             {func(i *networks.Item) { i.Click = "javascript:alert(1)" }, "click"},
		"too long an address":  {func(i *networks.Item) { i.Picture = "https://i.nl/" + strings.Repeat("x", 2000) }, "picture"},
		"over before it began": {func(i *networks.Item) { i.From, i.Until = &noon, &before }, "valid_until"},
		"over as it began":     {func(i *networks.Item) { i.From, i.Until = &noon, &noon }, "valid_until"},
	} {
		item := networks.Item{
			Programme: "4711", Ref: "1", Kind: networks.Banner, Picture: "//i.nl/b.gif", Click: " https://a.nl/?x=1 ",
			Text:  "Nu  met\nkorting",
			Width: 468, Height: 60, Modified: &noon,
		}
		try.change(&item)
		var page networks.Supply
		page.Take(item, &networks.Reader{})
		switch {
		case try.want == "" && len(page.Items) != 1, try.want != "" && (len(page.Unread) != 1 || len(page.Items) != 0):
			t.Errorf("%s: %+v", name, page)
		case try.want != "" && !slices.Equal(faulttest.Paths(page.Unread[0].Err), []string{try.want}):
			t.Errorf("%s: %v", name, page.Unread[0].Err)
		}
	}
}

// TestItemsAreKeptAsOneCanUseThem takes addresses and names as they are meant, and
// sides alone that a picture can have.
func TestItemsAreKeptAsOneCanUseThem(t *testing.T) {
	t.Parallel()
	taken := func(i networks.Item) networks.Item {
		t.Helper()
		i.Programme, i.Ref = "4711", " 9 "
		var page networks.Supply
		page.Take(i, &networks.Reader{})
		if len(page.Items) != 1 {
			t.Fatalf("%+v", page.Unread)
		}
		return page.Items[0]
	}
	got := taken(networks.Item{Kind: networks.Banner, Picture: " //i.nl/b.gif", Click: "https://a.nl", Text: "Nu  met\nkorting"})
	if got.Picture != "https://i.nl/b.gif" || got.Name != "Nu met korting" || got.Text != got.Name || got.Ref != "9" {
		t.Errorf("%+v", got)
	}
	if got := taken(networks.Item{Kind: networks.Promo, Click: "https://a.nl"}); got.Name != "9" {
		t.Errorf("without words it is called %q", got.Name)
	}
	for sides, kept := range map[[2]int]bool{
		{1, 1}: true, {5000, 5000}: true, {0, 60}: false, {60, 0}: false, {-1, 60}: false, {5001, 60}: false, {60, 5001}: false,
	} {
		got := taken(networks.Item{Kind: networks.Promo, Click: "https://a.nl", Width: sides[0], Height: sides[1]})
		if kept != (got.Width == sides[0] && got.Height == sides[1]) || !kept && (got.Width != 0 || got.Height != 0) {
			t.Errorf("%v is kept as %d × %d", sides, got.Width, got.Height)
		}
	}
	for text, want := range map[string]int{"468": 468, " 60 ": 60, "0": 0, "-1": 0, "100%": 0, "": 0} {
		if got := networks.Pixels(text); got != want {
			t.Errorf("%q is %d pixels", text, got)
		}
	}
}

// TestMomentsOfNetworks: one without a zone is the account's, and a last day is
// whole, in summer as in winter.
func TestMomentsOfNetworks(t *testing.T) {
	t.Parallel()
	zone := amsterdam(t)
	for text, want := range map[string]string{
		"2026-11-24T10:00:00+02:00": "2026-11-24T08:00:00Z", "2026-11-24T10:00:00": "2026-11-24T09:00:00Z",
		"2026-07-01 10:00:00": "2026-07-01T08:00:00Z", "2026-11-24T10:00": "2026-11-24T09:00:00Z",
		"2026-11-24 10:00": "2026-11-24T09:00:00Z",
		"2026-11-24":       "2026-11-23T23:00:00Z",
	} {
		if got, ok := networks.Moment(text, zone); !ok || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %s", text, got)
		}
	}
	for _, text := range []string{"", "24-11-2026", "2026-02-30", "2026-11-24T25:00"} {
		if got, ok := networks.Moment(text, zone); ok {
			t.Errorf("%s is %s", text, got)
		}
	}
	read := &networks.Reader{Zone: zone}
	for text, want := range map[string]string{
		"2026-10-25":          "2026-10-25T23:00:00Z", // a day of 25 hours
		"2026-11-24 12:00:00": "2026-11-24T11:00:00Z",
	} {
		if got := read.UntilOf("until", text); got == nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("until %s is until %v", text, got)
		}
	}
	if read.UntilOf("until", "") != nil || read.MomentOf("clicked", "0000-00-00 00:00:00") != nil {
		t.Error("what is left out is a moment")
	}
}
