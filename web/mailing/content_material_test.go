package mailing_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/mailings"
	"keur/networks"
	"keur/networks/material"
	"keur/web/webtest"
)

// offering is a desk whose network offers a banner, a text link, two codes and
// something of another programme.
func offering(t *testing.T) *webtest.Desk {
	t.Helper()
	d := webtest.New(t, 1)
	_, err := d.Deps.Connections.Create(approvaltest.As(d.Users["admin"]), networks.Connection{
		LabelID: d.Label.ID, Network: d.Programme.Network, Name: "Awin NL", Publisher: "45628",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Deps.Campaigns.Update(approvaltest.As(d.Maker), d.Campaign.ID, func(c *campaigns.Campaign) error {
		c.ProgrammeID = &d.Programme.ID
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	webtest.Listed(d, 1, networks.Programme{Ref: d.Programme.Ref, Name: "Zonvakantie NL", Relation: networks.Joined, Live: true})
	webtest.Offered(d, 1, nil, items(d)...)
	d.Draft(t, d.Brief(t, "2026-11-30T10:00"))
	return d
}

func items(d *webtest.Desk) []networks.Item {
	until := d.Clock.Now().Add(9 * 24 * time.Hour)
	return []networks.Item{
		{
			Programme: d.Programme.Ref, Kind: networks.Banner, Ref: "b1", Name: "Naar de zon", Text: "Zeven nachten vanaf € 199",
			Width: 468, Height: 120, Picture: "https://i.example/b.png", Click: "https://c.example/?c=1&r=", Until: &until,
			Conditions: "niet op een site met kortingscodes",
		},
		{
			Programme: d.Programme.Ref, Kind: networks.Banner, Ref: "b2", Name: "Last minute", Width: 300, Height: 250,
			Picture: "https://i.example/c.png", Click: "https://c.example/?c=2",
		},
		{
			Programme: d.Programme.Ref, Kind: networks.TextLink, Ref: "t1", Name: "Vroegboeken", Text: "Boek nu, betaal later",
			Click: "https://c.example/?t=1",
		},
		{
			Programme: d.Programme.Ref, Kind: networks.Code, Ref: "v1", Name: "Tien procent", Code: "ZON10", Exclusive: true, Until: &until,
			Click: "https://c.example/?v=1",
		},
		{Programme: d.Programme.Ref, Kind: networks.Code, Ref: "v2", Name: "Rare code", Code: "TIEN PROCENT"},
	}
}

// found is what the finder of the first placement shows.
func found(d *webtest.Desk, query string) string {
	d.T.Helper()
	return d.As("planner").Get("/mailings/1/material?for=" + d.Working().Brief.Placements[0].Key + query).Body
}

// press presses a button of the Content form.
func press(d *webtest.Desk, do string) webtest.Response {
	d.T.Helper()
	f := fields(d)
	f.Set("do", do)
	return d.As("planner").Multipart("/mailings/1/content", f)
}

// What networks offer is found by words, kind, size and day, and none of their own
// addresses is on the page: pictures come from us.
func TestFindMaterial(t *testing.T) {
	t.Parallel()
	d := offering(t)
	for query, want := range map[string][]string{
		"":                            {"Naar de zon", "Last minute", "Vroegboeken", "ZON10", "TIEN PROCENT", "for us alone"},
		"&words=vanaf+zon":            {"Naar de zon"},
		"&kind=code":                  {"ZON10", "TIEN PROCENT"},
		"&size=300x250":               {"Last minute"},
		"&day=2027-02-01&kind=banner": {"Last minute"},
		"&words=sneeuw":               {"Nothing fits"},
	} {
		shown := found(d, query)
		for _, name := range []string{
			"Naar de zon", "Last minute", "Vroegboeken", "ZON10", "TIEN PROCENT", "for us alone", "Nothing fits",
		} {
			wanted := strings.Contains(strings.Join(want, " "), name) || name == "for us alone" && strings.Contains(shown, "ZON10")
			if strings.Contains(shown, name) != wanted {
				t.Errorf("%q shows %q: %t", query, name, !wanted)
			}
		}
		if strings.Contains(shown, "i.example") || strings.Contains(shown, "c.example") {
			t.Errorf("%q shows an address of the network's", query)
		}
	}
	if r := d.As("planner").Get("/items/1/picture"); r.Status != 200 || !strings.HasPrefix(r.Body, "\x89PNG") {
		t.Errorf("its picture is %d", r.Status)
	}
	if r := d.As("planner").Get("/items/3/picture"); r.Status != 404 {
		t.Errorf("a text link has a picture: %d", r.Status)
	}
	if r := d.As("planner").Get("/mailings/1/material?for=p99"); r.Status != 404 {
		t.Errorf("of no placement it finds %d", r.Status)
	}
}

// What is taken fills the placement: a picture of ours with its link, a code as a
// pool. Words that somebody wrote stay.
func TestTakeMaterial(t *testing.T) {
	t.Parallel()
	d := offering(t)
	before := d.Working().Brief.Placements[0]
	key := before.Key
	if r := press(d, "material:"+key+":1"); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	p := d.Working().Brief.Placements[0]
	if p.Creative == before.Creative || p.Creative == "" || p.URL != "https://c.example/?c=1&r=" || p.Text != before.Text ||
		p.Heading != before.Heading {
		t.Errorf("with a banner it is %+v", p)
	}
	if r := press(d, "material:"+key+":4"); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	with := d.Working().Brief.Placements[0]
	if with.VoucherPoolID == 0 || with.URL != "https://c.example/?v=1" || with.Creative != p.Creative {
		t.Errorf("with a code it is %+v", with)
	}
	if r := press(d, "material:"+key+":5"); r.Status != 422 {
		t.Errorf("a code that no mail may show is taken: %d", r.Status)
	}
	for _, wrong := range []string{"material:" + key + ":99", "material:p99:1", "material:" + key + ":x"} {
		if r := press(d, wrong); r.Status != 404 {
			t.Errorf("%s: %d", wrong, r.Status)
		}
	}
	d.Look("planner", "campaign-offered", "/campaigns/"+webtest.Itoa(d.Campaign.ID)+"/material")
}

// In the browser the finder opens, narrows as one types, and what is taken stands
// in the placement without the page being left.
func TestTakeMaterialByHand(t *testing.T) {
	t.Parallel()
	d := offering(t)
	key := d.Working().Brief.Placements[0].Key
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/mailings/1/content")
	finder := "#finder-" + key
	w.Do(webtest.Click(finder+" > summary"), chromedp.WaitVisible(webtest.CSS(finder+" .offered li")))
	w.Until(`document.querySelectorAll("` + finder + ` .offered li").length === 5`)
	w.Shoot("content-finder")
	w.Accessible("content with what networks offer")
	w.Do(webtest.Type("#words-"+key, "vroeg"))
	w.Until(`document.querySelectorAll("` + finder + ` .offered li").length === 1`)
	w.Do(webtest.Click(finder + " .offered button"))
	w.Until(`document.querySelector("#url-` + key + `").value === "https://c.example/?t=1"`)
	w.Settled()
	if p := d.Working().Brief.Placements[0]; p.URL != "https://c.example/?t=1" {
		t.Errorf("taken is %+v", p)
	}
}

// What was withdrawn is said where it was taken, and a person says once why it stays.
func TestWhatWasWithdrawnIsSaid(t *testing.T) {
	t.Parallel()
	d := offering(t)
	press(d, "material:"+d.Working().Brief.Placements[0].Key+":1")
	path := "/campaigns/" + webtest.Itoa(d.Campaign.ID) + "/material"
	if r := d.As("planner").Get(path); !strings.Contains(r.Body, "took it on") || strings.Contains(r.Body, "withdrew the banner") {
		t.Errorf("taken it says %s", r.Body)
	}
	before := d.Clock.Now()
	for range 2 {
		d.Clock.Add(24 * time.Hour)
		before = webtest.Offered(d, 1, &before, items(d)[1:]...)
	}
	if r := d.As("planner").Get(path); !strings.Contains(r.Body, "withdrew the banner Naar de zon") {
		t.Errorf("withdrawn it says %s", r.Body)
	}
	d.Look("planner", "campaign-withdrawn", path)
	version := webtest.Itoa(d.Working().Version)
	if r := d.As("planner").Post("/mailings/1/check", url.Values{"version": {version}}); r.Status != 303 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := d.As("planner").Get("/mailings/1/foreseen"); !strings.Contains(r.Body, "withdrew the banner Naar de zon") ||
		!strings.Contains(r.Body, path+"#pick-1") {
		t.Errorf("at Check it says %s", r.Body)
	}
	for user, says := range map[string]bool{"planner": true, "approver": false} { // its maker, and somebody else
		if r := d.As(user).Get("/"); strings.Contains(r.Body, "withdrew the banner Naar de zon") != says {
			t.Errorf("on Today it is said to a %s: %t", user, !says)
		}
	}
	d.Look("planner", "today-withdrawn", "/")
	if r := d.As("planner").Post(path+"/1/keep", url.Values{"reason": {""}}); r.Status != 422 || !strings.Contains(r.Body, "ay why") {
		t.Errorf("without a reason it stays: %d", r.Status)
	}
	if r := d.As("planner").Post(path+"/1/keep", url.Values{"says": {shownOf(d, path)}, "reason": {"mag van Bo"}}); r.Status != 303 {
		t.Errorf("it can't stay: %d %s", r.Status, r.Body)
	}
	if r := d.As("planner").Get(path); strings.Contains(r.Body, "withdrew the banner") || !strings.Contains(r.Body, "mag van Bo") {
		t.Errorf("kept it says %s", r.Body)
	}
}

// TestWhoTookMaterialIsAnAuthor: of a mail with a banner and a code that somebody took
// from a network, they are an author, and so decide nothing about it.
func TestWhoTookMaterialIsAnAuthor(t *testing.T) {
	t.Parallel()
	d := offering(t)
	c, err := d.Deps.Campaigns.Get(t.Context(), d.Campaign.ID)
	if err != nil {
		t.Fatal(err)
	}
	for ref, put := range map[string]func(*mailings.BriefPlacement, material.Picked){
		"":   nil, // and of a mail without any they are none
		"b1": func(p *mailings.BriefPlacement, got material.Picked) { p.Creative = got.Creative.String() },
		"v1": func(p *mailings.BriefPlacement, got material.Picked) { p.VoucherPoolID = int64(*got.Pool) },
	} {
		brief := d.Brief(t, "2026-11-30T10:00")
		if put != nil {
			var id material.ItemID
			if err := d.DB.Get(&id, `SELECT id FROM network_items WHERE ref = $1`, ref); err != nil {
				t.Fatal(err)
			}
			put(&brief.Placements[0], webtest.Take(d, id, c))
		}
		_, r := d.Draft(t, brief)
		var is bool
		if err := d.DB.Get(&is, `SELECT $2::bigint IN (SELECT * FROM revision_authors($1))`, r.ID, d.Users["planner"].ID); err != nil || is != (put != nil) {
			t.Errorf("who took %q is an author: %t, %v", ref, is, err)
		}
	}
}
