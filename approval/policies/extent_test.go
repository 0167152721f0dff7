package policies

import (
	"testing"
	"time"

	"keur/internal/fault"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
)

// scheduled returns content that goes out by the schedule, from Amsterdam.
func scheduled(s schedules.Schedule) *mailings.Content {
	return &mailings.Content{Label: mailings.LabelFacts{TimeZone: "Europe/Amsterdam"}, Schedule: s}
}

// TestAnApprovalEnds: after so many occurrences or months, whichever is first.
func TestAnApprovalEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	weekly := schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
	limited, later, past := weekly, weekly, weekly
	limited.Until, past.Until = schedulestest.Local(t, "2026-12-15T10:00"), schedulestest.Local(t, "2026-11-20T10:00")
	later.From = schedulestest.Local(t, "2027-06-01T00:00")
	once := schedules.Schedule{Kind: schedules.Once, At: schedulestest.Local(t, "2026-11-24T10:00")}
	series := schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: 3, Time: "09:30"}}
	for name, c := range map[string]struct {
		schedule            schedules.Schedule
		occurrences, months int
		n                   int
		last                string
		ends                bool
	}{
		"once":                {once, 1, 1, 1, "2026-11-24T10:00", false},
		"so many occurrences": {weekly, 5, 6, 5, "2026-12-22T10:00", true},
		"so many months":      {weekly, 26, 1, 5, "2026-12-22T10:00", true},
		"its schedule's end":  {limited, 26, 6, 4, "2026-12-15T10:00", false},
		"from a start on":     {later, 2, 1, 2, "2027-06-08T10:00", true},
		"a series by months":  {series, 5, 1, 30, "2026-12-22T09:30", true},
		"nothing comes":       {past, 26, 6, 0, "", false},
	} {
		p := Default(1)
		p.RecurringOccurrences, p.RecurringMonths = c.occurrences, c.months
		slots, ends, err := p.Slots(scheduled(c.schedule), now)
		if len(slots) != c.n || (ends != nil) != c.ends || fault.Is(err, fault.Conflict) != (c.n == 0) {
			t.Errorf("%s: %d slots, ends %v, %v", name, len(slots), ends, err)
			continue
		}
		if c.n > 0 && slots[c.n-1].Local.String() != c.last {
			t.Errorf("%s: the last is %s, want %s", name, slots[c.n-1].Local, c.last)
		}
	}
}

// TestNothingIsApprovedFarAhead: a year that is typed wrong is a slip, of which
// a house mailing has no campaign's end to tell.
func TestNothingIsApprovedFarAhead(t *testing.T) {
	t.Parallel()
	policy, content := Default(1), scheduled(schedules.Schedule{Kind: schedules.Once})
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for text, far := range map[string]bool{"2062-11-27T10:00": true, "2028-11-24T10:00": false} {
		content.Schedule.At = schedulestest.Local(t, text)
		if _, _, err := policy.Slots(content, now); (err != nil) != far {
			t.Errorf("once at %s: %v", text, err)
		}
	}
}
