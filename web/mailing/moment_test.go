package mailing

import (
	"strings"
	"testing"
	"time"

	"keur/labels"
	"keur/mailings/schedules"
	"keur/web/desk"
)

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
		local, err := schedules.ParseLocalTime(at)
		if err != nil {
			t.Fatal(err)
		}
		slot := schedules.Slot{Local: local, At: local.In(label.Location())}
		got := strings.Join(remarks(slot, label, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), book.In("en")), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", at, got)
		}
	}
}
