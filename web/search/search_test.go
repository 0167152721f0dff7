package search_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/internal/pgtest"
	"keur/labels"
	"keur/web/webtest"
)

func TestSearchFindsWhatOneMaySee(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.Draft(t, d.Brief(t, webtest.TestSlot))
	other := otherLabel(d)
	if _, err := d.Mailings.Create(pgtest.Acting(t.Context(), d.Maker.ID.Actor()), other, "Winterzon in München", "house"); err != nil {
		t.Fatal(err)
	}
	body := d.As("planner").Get("/search?q=winterZON").Body
	for _, want := range []string{"Winterzon solo", `href="/campaigns/`, "Mailings"} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if strings.Contains(body, "München") {
		t.Error("another label's mailing is found")
	}
	if body := d.As("admin").Get("/search?q=winterzon").Body; !strings.Contains(body, "München") {
		t.Error("an admin doesn't find it either")
	}
	if body := d.As("stranger").Get("/search?q=winterzon").Body; strings.Contains(body, "Winterzon solo") {
		t.Error("someone without a role finds mailings")
	}
}

func TestSearchFindsMembersForPlannersAlone(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	const address = "lid2@post.example"
	for name, want := range map[string]bool{"planner": true, "admin": true, "viewer": false, "finance": false, "approver": false} {
		body := d.As(name).Get("/search?q=" + url.QueryEscape("Lid2@post.example")).Body
		if got := strings.Contains(body, ">"+address+"<"); got != want {
			t.Errorf("the %s finds the member: %v", name, got)
		}
	}
	if body := d.As("planner").Get("/search?q=lid2").Body; strings.Contains(body, address) {
		t.Error("a part of an address finds a member")
	}
}

func TestSearchByArrowKeys(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/styleguide")
	w.Do(webtest.Type("#q", "winter"), chromedp.WaitVisible(webtest.CSS("#found a")))
	w.Shoot("search-found")
	w.Do(
		chromedp.KeyEvent(kb.ArrowDown), chromedp.WaitReady(webtest.CSS("#found a:focus")), chromedp.KeyEvent("\r"),
		chromedp.WaitVisible(webtest.CSS(".mailing")),
	)
	if got := webtest.See(w, chromedp.Location()); !strings.Contains(got, "/mailings/"+webtest.Itoa(m.ID)) {
		t.Errorf("the arrow and Enter led to %s", got)
	}
}

func TestLookAtSearch(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	d.Draft(t, d.Brief(t, webtest.TestSlot))
	d.Look("planner", "search", "/search?q=winter")
	if r := d.As("planner").Get("/search?q=zzz"); r.Status != http.StatusOK || !strings.Contains(r.Body, "Nothing is called") {
		t.Errorf("nothing found: %d", r.Status)
	}
}

// otherLabel makes a second label, in which nobody but an admin has a role.
func otherLabel(d *webtest.Desk) labels.ID {
	d.T.Helper()
	l := d.Label
	l.Code, l.Name, l.ListID = "de", "Sparmarke", "angebote.sparmarke.example"
	made, err := d.Labels.Create(pgtest.Acting(d.T.Context(), "console:test"), l)
	if err != nil {
		d.T.Fatal(err)
	}
	return made.ID
}

// Who chose a label finds it again on every machine; a part of a page that
// stands open under another one chooses nothing.
func TestTheLabelChosenIsThePersons(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	otherLabel(d)
	leadsTo := func() string { return d.As("admin").Get("/calendar").Header.Get("Location") }
	for _, code := range []string{"de", "nl", "de"} {
		if r := d.As("admin").Get("/calendar?label=" + code); r.Status != http.StatusOK {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		if to := leadsTo(); to != "/calendar?label="+code {
			t.Errorf("after choosing %s another browser is led to %s", code, to)
		}
	}
	admin := d.As("admin")
	part, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin.URL+"/calendar?label=nl", nil)
	if err != nil {
		t.Fatal(err)
	}
	part.Header.Set("HX-Request", "true")
	r, err := admin.Client.Do(part)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r, err)
	}
	_ = r.Body.Close()
	if to := leadsTo(); to != "/calendar?label=de" {
		t.Errorf("a part of a page chose %s", to)
	}
}
