package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

func TestRhythmsAndCron(t *testing.T) {
	t.Parallel()
	for cron, want := range map[string]rhythm{
		"0 10 * * 2":   {Every: "week", Days: []int{2}, Time: "10:00"},
		"30 9 * * 0,6": {Every: "week", Days: []int{6, 7}, Time: "09:30"},
		"5 0 * * *":    {Every: "day", Time: "00:05"},
		"0 8 15 * *":   {Every: "month", Date: 15, Time: "08:00"},
	} {
		got := rhythmOf(cron)
		if got.Every != want.Every || got.Time != want.Time || got.Date != want.Date || len(got.Days) != len(want.Days) {
			t.Errorf("%s is read as %+v", cron, got)
		}
		if back := rhythmOf(got.cron()); back.Every != want.Every || back.Time != want.Time {
			t.Errorf("%s came back as %s", cron, got.cron())
		}
	}
	for _, cron := range []string{"*/5 * * * *", "0 10 * 1 2", "0 10 1 * 2", "0 10 * * 1-5", "odd"} {
		if got := rhythmOf(cron); got.Every != "cron" || got.cron() != cron {
			t.Errorf("%s is read as %+v", cron, got)
		}
	}
	if got := (rhythm{Every: "week", Time: "10:00"}).cron(); got != "" {
		t.Errorf("no day chosen gives %q", got)
	}
}

// In Amsterdam the clock jumps over 02:30 on 29 March 2026, and shows it twice
// on 25 October.
func TestRemarksOnTheClock(t *testing.T) {
	t.Parallel()
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	label := &labels.Label{TimeZone: "Europe/Amsterdam"}
	for at, want := range map[string]string{"2026-03-29T02:30": "jumps", "2026-10-25T02:30": "twice", "2026-10-24T02:30": ""} {
		local, err := mailings.ParseLocalTime(at)
		if err != nil {
			t.Fatal(err)
		}
		slot := mailings.Slot{Local: local, At: local.In(label.Location())}
		got := strings.Join(remarks(slot, label, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), book.In("en")), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", at, got)
		}
	}
}

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
