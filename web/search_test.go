package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"keur/labels"
)

func TestSearchFindsWhatOneMaySee(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Draft(t, d.Brief(t, testSlot))
	other := d.otherLabel()
	if _, err := d.Mailings.Create(t.Context(), other, "Winterzon in München", "house"); err != nil {
		t.Fatal(err)
	}
	body := d.as("planner").get("/search?q=winterZON").body
	for _, want := range []string{"Winterzon solo", `href="/campaigns/`, "Mailings"} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if strings.Contains(body, "München") {
		t.Error("another label's mailing is found")
	}
	if body := d.as("admin").get("/search?q=winterzon").body; !strings.Contains(body, "München") {
		t.Error("an admin doesn't find it either")
	}
	if body := d.as("stranger").get("/search?q=winterzon").body; strings.Contains(body, "Winterzon solo") {
		t.Error("someone without a role finds mailings")
	}
}

func TestSearchFindsMembersForPlannersAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	const address = "lid2@post.example"
	for name, want := range map[string]bool{"planner": true, "admin": true, "viewer": false, "finance": false, "approver": false} {
		body := d.as(name).get("/search?q=" + url.QueryEscape("Lid2@post.example")).body
		if got := strings.Contains(body, ">"+address+"<"); got != want {
			t.Errorf("the %s finds the member: %v", name, got)
		}
	}
	if body := d.as("planner").get("/search?q=lid2").body; strings.Contains(body, address) {
		t.Error("a part of an address finds a member")
	}
}

func TestSearchByArrowKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, _ := d.Draft(t, d.Brief(t, testSlot))
	w := d.browse("planner", desktop)
	w.open("/styleguide")
	w.do(chromedp.SendKeys(css("#q"), "winter"), chromedp.WaitVisible(css("#found a")))
	w.shoot("search-found")
	w.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.WaitReady(css("#found a:focus")), chromedp.KeyEvent("\r"), chromedp.WaitVisible(css(".mailing")))
	if got := see(w, chromedp.Location()); !strings.Contains(got, "/mailings/"+itoa(m.ID)) {
		t.Errorf("the arrow and Enter led to %s", got)
	}
}

func TestLookAtSearch(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	d.Draft(t, d.Brief(t, testSlot))
	d.look("planner", "search", "/search?q=winter")
	if r := d.as("planner").get("/search?q=zzz"); r.status != http.StatusOK || !strings.Contains(r.body, "Nothing is called") {
		t.Errorf("nothing found: %d", r.status)
	}
}

// otherLabel makes a second label, in which nobody but an admin has a role.
func (d *testDesk) otherLabel() labels.ID {
	d.t.Helper()
	l := d.Label
	l.Code, l.Name, l.ListID = "de", "Sparmarke", "angebote.sparmarke.example"
	made, err := d.Labels.Create(d.t.Context(), l)
	if err != nil {
		d.t.Fatal(err)
	}
	return made.ID
}
