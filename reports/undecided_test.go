package reports

import (
	"testing"
	"time"
)

// A month is overdue once even its last sale waits for longer than is usual.
func TestWhatWaitsIsOverdueByItsMonth(t *testing.T) {
	t.Parallel()
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for now, want := range map[string]int64{"2026-10-30": 0, "2026-11-01": 500, "2026-11-30": 500, "2026-12-01": 800} {
		w := Undecided{UsualDays: 61}
		w.take(day("2026-09-01"), 1, 300, day(now).Add(time.Hour))
		w.take(day("2026-08-01"), 2, 500, day(now).Add(time.Hour))
		if w.Open != 800 || w.OpenN != 3 || w.Oldest != "2026-08" || w.Overdue != want {
			t.Errorf("on %s: %+v", now, w)
		}
	}
}
