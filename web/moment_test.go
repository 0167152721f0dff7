package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestMomentSavesItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	m, _ := d.Draft(t, d.Brief(t, slot))
	planner, path := d.as("planner"), "/mailings/"+itoa(m.ID)+"/moment"
	weekly := url.Values{"version": {"0"}, "kind": {"recurring"}, "every": {"week"}, "day": {"2", "4"}, "time": {"10:00"}, "from": {"2026-12-01"}, "per_minute": {"1.500"}, "window": {"yes"}, "window_from": {"09:00"}, "window_until": {"21:00"}}
	if r := planner.post(path, weekly); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	page := planner.get(path).body
	for _, want := range []string{"Tuesday 1 December, 10:00 (Amsterdam)", "Thursday 3 December", `value="1,500"`, "Saved at"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if end := planner.get(path + "/end").body; !strings.Contains(end, "The last of about 1 mail leaves Tue 1 Dec 10:00 (Amsterdam)") {
		t.Errorf("it ends %s", end)
	}
	if r := d.as("admin").post(path, weekly); r.status != http.StatusConflict || !strings.Contains(r.body, "Test Planner changed the moment") {
		t.Errorf("over someone else's: %d", r.status)
	}
	weekly.Set("version", "1")
	weekly.Set("until", "2026-11-01")
	planner.post(path, weekly)
	if page := planner.get(path).body; !strings.Contains(page, "Lies before from") {
		t.Error("an end before the beginning isn't told")
	}
}

func TestLookAtMoment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	m, _ := d.Draft(t, d.Brief(t, slot))
	path := "/mailings/" + itoa(m.ID) + "/moment"
	d.as("planner").post(path, url.Values{"version": {"0"}, "kind": {"recurring"}, "every": {"week"}, "day": {"2", "7"}, "time": {"02:30"}, "from": {"2027-03-20"}, "window": {"yes"}, "window_from": {"09:00"}, "window_until": {"21:00"}})
	d.look("planner", "mailing_moment", path)
}
