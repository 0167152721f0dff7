package mailinglist_test

import (
	"net/http"
	"strings"
	"testing"

	"keur/mailings"
	"keur/segments"
	"keur/web/webtest"
)

// TestAMailingToWhoDidntOpen: it says the same to who got one and did nothing with
// it, begins without a moment, and only where something went out.
func TestAMailingToWhoDidntOpen(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 60)
	first := d.Sent(webtest.Postman{})
	s := d.As("planner")
	path := "/mailings/" + webtest.Itoa(first.MailingID)
	if page := s.Get(path + "/outcome").Body; !strings.Contains(page, path+"/unopened") {
		t.Fatal("its outcome doesn't offer it")
	}
	if page := d.As("approver").Get(path + "/outcome").Body; strings.Contains(page, path+"/unopened") {
		t.Error("it is offered to who doesn't plan")
	}
	if r := s.Post(path+"/unopened", nil); r.Header.Get("Location") != "/mailings/2/audience" {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	page := s.Get("/mailings/2/audience").Body
	if !strings.Contains(page, "to who didn&#39;t open") {
		t.Errorf("it isn't named so: %s", page)
	}
	second, err := d.Mailings.Get(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	work, err := mailings.NewWorkbench(d.Mailings, d.Composer).Open(t.Context(), &second)
	if err != nil {
		t.Fatal(err)
	}
	brief := work.Brief
	if brief.Schedule.Kind != "once" || brief.Subjects[0].Text != d.Brief(t, webtest.Slot).Subjects[0].Text {
		t.Errorf("it begins with %+v", brief)
	}
	// A third opened, and four of those who clicked opened nothing that is known.
	w, err := d.Deps.Audiences.Waterfall(t.Context(), segments.Scope{Label: d.Label.ID, Audience: brief.Audience, At: d.Clock.Now()})
	if err != nil || w.Matched != 60-20-4 {
		t.Errorf("%+v: %v", w, err)
	}
	if r := s.Post("/mailings/2/unopened", nil); r.Status != http.StatusNotFound {
		t.Errorf("of what was never written: %d", r.Status)
	}
}
