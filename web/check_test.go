package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestCheckLeadsFromChangeToApproval(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	m, first := d.Draft(t, d.Brief(t, slot))
	path := "/mailings/" + itoa(m.ID)
	planner := d.as("planner")
	if page := planner.get(path + "/check").body; !strings.Contains(page, path+"/approval") || strings.Contains(page, "Save this version") {
		t.Error("an unchanged revision isn't led on to approval")
	}
	if part := planner.get(path + "/foreseen").body; !strings.Contains(part, "3 members of 3") || !strings.Contains(part, "in order") {
		t.Errorf("foreseen: %s", part)
	}
	planner.post(path+"/moment", url.Values{"version": {"0"}, "kind": {"once"}, "at": {"2026-11-20T10:00"}})
	if page := planner.get(path + "/check").body; !strings.Contains(page, "must be mended") || !strings.Contains(page, path+"/moment") {
		t.Error("a slot that has passed isn't told")
	}
	planner.post(path+"/moment", url.Values{"version": {"1"}, "kind": {"once"}, "at": {"2026-11-25T10:00"}})
	if r := planner.post(path+"/check", url.Values{"version": {"1"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("saving what a colleague changed since: %d", r.status)
	}
	if r := planner.post(path+"/check", url.Values{"version": {"2"}}); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	now, err := d.Mailings.Get(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	content, err := d.Mailings.Content(t.Context(), *now.RevisionID)
	if err != nil || content.Schedule.At.String() != "2026-11-25T10:00" || *now.RevisionID == first.ID {
		t.Errorf("the newest revision goes out at %s: %v", content.Schedule.At, err)
	}
}

// A stopped advertiser is found out before the slot, not at it.
func TestForeseenStop(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	m, _ := d.Draft(t, d.Brief(t, slot))
	planner := d.as("planner")
	planner.post("/advertisers/"+itoa(d.Advertiser.ID)+"/stop", url.Values{"reason": {"No stock"}})
	if part := planner.get("/mailings/" + itoa(m.ID) + "/foreseen").body; !strings.Contains(part, "No stock") {
		t.Errorf("%s", part)
	}
}

func TestTestsGoToColleaguesAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	m, _ := d.Draft(t, d.Brief(t, slot))
	r := d.as("planner").post("/mailings/"+itoa(m.ID)+"/test", url.Values{"to": {"someone@else.example"}})
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "people who work here") {
		t.Errorf("%d", r.status)
	}
}

func TestLookAtCheck(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3)
	brief := d.Brief(t, slot)
	m, _ := d.Draft(t, brief)
	d.look("planner", "mailing_check", "/mailings/"+itoa(m.ID)+"/check")
	d.as("planner").post("/mailings/"+itoa(m.ID)+"/moment", url.Values{"version": {"0"}, "kind": {"once"}, "at": {"2026-11-20T10:00"}})
	d.look("planner", "mailing_check_stops", "/mailings/"+itoa(m.ID)+"/check")
}
