package mailing

import (
	"strings"
	"testing"
	"time"

	"keur/labels"
	"keur/mailings"
	"keur/web/desk"
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
	book, err := desk.Messages(Folder())
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
