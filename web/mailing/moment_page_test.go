package mailing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/web/webtest"
)

func TestMomentSavesItself(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	planner, path := d.As("planner"), "/mailings/"+webtest.Itoa(m.ID)+"/moment"
	weekly := url.Values{
		"version": {"0"}, "kind": {"recurring"}, "every": {"week"}, "day": {"2", "4"},
		"time": {"10:00"}, "from": {"2026-12-01"}, "per_minute": {"1.500"}, "window": {"yes"},
		"window_from": {"09:00"}, "window_until": {"21:00"},
	}
	if r := planner.Post(path, weekly); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	page := planner.Get(path).Body
	for _, want := range []string{"Tuesday 1 December, 10:00 (Amsterdam)", "Thursday 3 December", `value="1,500"`, "Saved "} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if end := planner.Get(path + "/end").Body; !strings.Contains(end, "The last of about 1 mail leaves Tue 1 Dec 10:00 (Amsterdam)") {
		t.Errorf("it ends %s", end)
	}
	if r := d.As("admin").
		Post(path, weekly); r.Status != http.StatusConflict ||
		!strings.Contains(r.Body, "Test Planner changed the moment") {
		t.Errorf("over someone else's: %d", r.Status)
	}
	weekly.Set("version", "1")
	weekly.Set("until", "2026-11-01")
	planner.Post(path, weekly)
	if page := planner.Get(path).Body; !strings.Contains(page, "Lies before from") {
		t.Error("an end before the beginning isn't told")
	}
}

// TestAMomentCountsNoMoreThanTheMaximum: how many mails leave, and until when, is
// said of those who get one, and not of all who match.
func TestAMomentCountsNoMoreThanTheMaximum(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 12)
	brief := d.Brief(t, webtest.Slot)
	brief.Audience.Cap = 5
	m, _ := d.Draft(t, brief)
	end := d.As("planner").Get("/mailings/" + webtest.Itoa(m.ID) + "/moment/end").Body
	if !strings.Contains(end, "About 5 mails, as fast as the mail server takes them") {
		t.Errorf("of twelve who match and five who get it: %s", end)
	}
}

func TestLookAtMoment(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	path := "/mailings/" + webtest.Itoa(m.ID) + "/moment"
	d.As("planner").
		Post(path, url.Values{"version": {"0"}, "kind": {"recurring"}, "every": {"week"}, "day": {"2", "7"}, "time": {"02:30"},
			"from": {"2027-03-20"}, "window": {"yes"}, "window_from": {"09:00"}, "window_until": {"21:00"}})
	d.Look("planner", "mailing_moment", path)
}
