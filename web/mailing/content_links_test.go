package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/web/webtest"
)

// TestAPlacementTakesItsLinkFromTheCampaign: it begins with the first that leads
// somewhere by itself; a deeplink takes the page that is typed.
func TestAPlacementTakesItsLinkFromTheCampaign(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	store, as := campaigns.NewLinks(d.DB), approvaltest.As(d.Maker)
	for _, l := range []campaigns.Link{
		{Name: "Elke pagina", URL: "https://net.example/c?m=1&ued={url}"},
		{Name: "Startpagina", URL: "https://net.example/home", UTM: true},
	} {
		l.CampaignID = d.Campaign.ID
		if _, err := store.Add(as, l); err != nil {
			t.Fatal(err)
		}
	}
	s, campaign := d.As("planner"), webtest.Itoa(d.Campaign.ID)
	s.Post("/mailings/new?label=nl", url.Values{"name": {"Week 48"}, "kind": {"newsletter"}, "campaign": {campaign}})
	if got := d.Working().Brief.Placements[0].URL; !strings.HasPrefix(got, "https://net.example/home?utm_source=") {
		t.Errorf("a mailing for the campaign begins with %q", got)
	}
	add := fields(d)
	add.Set("do", "place:"+campaign)
	if r := s.Multipart("/mailings/1/content", add); r.Status != http.StatusSeeOther ||
		!strings.HasPrefix(d.Working().Brief.Placements[1].URL, "https://net.example/home?utm_source=") {
		t.Errorf("a placement more: %d %+v", r.Status, d.Working().Brief.Placements)
	}
	wrong := fields(d)
	wrong.Set("do", "link:p1:1")
	wrong.Set("url:p1", "")
	if r := s.Multipart("/mailings/1/content", wrong); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "from https:// on") {
		t.Errorf("a deeplink to nowhere: %d", r.Status)
	}
	wrong.Set("do", "link:p1:99")
	if r := s.Multipart("/mailings/1/content", wrong); r.Status != http.StatusNotFound {
		t.Errorf("a link that isn't there: %d", r.Status)
	}
	w := d.Browse("planner", webtest.Laptop)
	w.Open("/mailings/1/content")
	w.Do(
		webtest.Click("#placement-p1 .links summary"),
		webtest.Type("#page-p1", "shop.example/actie"),
	)
	w.Shoot("content-links")
	w.Whole("content-links")
	w.Accessible("content with links")
	w.Do(webtest.Click(`button[value="link:p1:1"]`))
	w.Until(`document.querySelector("#url-p1").value === "https://net.example/c?m=1&ued=https%3A%2F%2Fshop.example%2Factie"`)
}

// TestGmailIsToldByATick: what it says is kept, ticked or not.
func TestGmailIsToldByATick(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Draft(t, d.Brief(t, webtest.Slot))
	planner := d.As("planner")
	told := fields(d)
	told.Set("gmail:zon", "on")
	told.Set("gmail_offer:zon", " 20% korting ")
	for _, ticked := range []bool{true, false} {
		if r := planner.Multipart("/mailings/1/content", told); r.Status != http.StatusSeeOther {
			t.Fatalf("what Gmail is told: %d", r.Status)
		}
		if p := d.Working().Brief.Placements[0]; p.Gmail != ticked || p.GmailOffer != "20% korting" {
			t.Errorf("ticked: %v, and Gmail is told %+v", ticked, p)
		}
		told = fields(d)
		told.Set("gmail_offer:zon", "20% korting")
	}
	if body := planner.Get("/mailings/1/content").Body; !strings.Contains(body, `name="gmail:zon" value="on">`) ||
		!strings.Contains(body, `value="20% korting"`) {
		t.Error("the page has no tick for it")
	}
}
