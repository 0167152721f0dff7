package schedules

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/fault"
)

// moment is when what is tested here begins, if it matters to nobody.
var moment = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func local(t *testing.T, text string) LocalTime {
	t.Helper()
	l, err := ParseLocalTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func utc(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSlotsOverSummerTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		schedule     Schedule
		after, until string
		want         []string // wall clock and moment
	}{
		"daily in the spring gap fires once, at its end": {
			Schedule{Kind: Recurring, Cron: "30 2 * * *"}, "2026-03-27T12:00:00Z", "2026-03-31T12:00:00Z",
			[]string{"2026-03-28T02:30 2026-03-28T01:30:00Z", "2026-03-29T02:30 2026-03-29T01:00:00Z",
				"2026-03-30T02:30 2026-03-30T00:30:00Z", "2026-03-31T02:30 2026-03-31T00:30:00Z"},
		},
		"daily in the autumn overlap fires once, at the first": {
			Schedule{Kind: Recurring, Cron: "30 2 * * *"}, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z",
			[]string{"2026-10-25T02:30 2026-10-25T00:30:00Z", "2026-10-26T02:30 2026-10-26T01:30:00Z"},
		},
		"hourly over the gap sends no two at one moment": {
			Schedule{Kind: Recurring, Cron: "0 * * * *"}, "2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z",
			[]string{"2026-03-29T01:00 2026-03-29T00:00:00Z", "2026-03-29T02:00 2026-03-29T01:00:00Z",
				"2026-03-29T04:00 2026-03-29T02:00:00Z"},
		},
		"weekly from and until": {
			Schedule{Kind: Recurring, Cron: "0 10 * * 2", From: local(t, "2026-11-20T00:00"), Until: local(t, "2026-12-08T09:59")},
			"2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z",
			[]string{"2026-11-24T10:00 2026-11-24T09:00:00Z", "2026-12-01T10:00 2026-12-01T09:00:00Z"},
		},
		"a series goes daily at its time": {
			Schedule{Kind: Series, Step: &Step{After: "joined", Days: 3, Time: "09:15"}}, "2026-11-21T08:15:00Z", "2026-11-23T23:00:00Z",
			[]string{"2026-11-22T09:15 2026-11-22T08:15:00Z", "2026-11-23T09:15 2026-11-23T08:15:00Z"},
		},
		"once": {
			Schedule{Kind: Once, At: local(t, "2026-11-24T10:00")}, "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z",
			[]string{"2026-11-24T10:00 2026-11-24T09:00:00Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range c.schedule.Slots(zone(t, "Europe/Amsterdam"), utc(t, c.after), utc(t, c.until), 20) {
				got = append(got, s.Local.String()+" "+s.At.Format(time.RFC3339))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASchedulePromisesASlot(t *testing.T) {
	t.Parallel()
	amsterdam := zone(t, "Europe/Amsterdam")
	for _, cron := range []string{"0 0 31 2 *", "TZ=", "CRON_TZ=Europe/Paris", "CRON_TZ=Europe/Paris 0 10 * * *", "0 10 * * 8",
		"0 10 * * 5-8", "0 10 * * 7/0", "0 10 * * 1-7/0",
		"0 10 L * *", "0 10 * * 2#1", "@every 1m", "61 * * * *", "0 10 * *", ""} {
		s := Schedule{Kind: Recurring, Cron: cron}
		if err := s.Validate(amsterdam); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v, want an invalid fault", cron, err)
		}
	}
	s := Schedule{Kind: Recurring, Cron: "0 10 29 2 *"}
	if err := s.Validate(amsterdam); err != nil {
		t.Errorf("the 29th of February does come: %v", err)
	}
}

func TestSundayIsSevenToo(t *testing.T) {
	t.Parallel()
	for seven, want := range map[string]string{"7": "0", "5-7": "5,6,0", "0-7": "*",
		"1,7": "0,1", "1-7/2": "1,3,5,0", "mon,7": "0,1", "7-7": "0"} {
		from := utc(t, "2026-11-01T00:00:00Z")
		got := (&Schedule{Kind: Recurring, Cron: "0 10 * * " + seven}).Slots(time.UTC, from, from.AddDate(0, 1, 0), 40)
		same := (&Schedule{Kind: Recurring, Cron: "0 10 * * " + want}).Slots(time.UTC, from, from.AddDate(0, 1, 0), 40)
		if !slices.Equal(same, got) || len(got) == 0 {
			t.Errorf("weekday %s: %v, not %v", seven, got, same)
		}
	}
}

// Sixty sends each Tuesday are more likely a slip than meant.
func TestManySendsADayAreConfirmedByTheirCount(t *testing.T) {
	t.Parallel()
	for cron, n := range map[string]int{"* 10 * * 2": 60, "*/15 9-17 * * *": 36, "* * * * *": 1440, "0 * * * *": 24, "0 8,12,18 * * *": 3} {
		s := Schedule{Kind: Recurring, Cron: cron}
		for _, confirmed := range []int{0, n - 1, n} {
			s.PerDay = confirmed
			err := s.Validate(time.UTC)
			if refused := fault.Is(err, fault.Invalid); refused != (confirmed != n) ||
				err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), ",", ""), strconv.Itoa(n)) {
				t.Errorf("%s confirmed as %d: %v", cron, confirmed, err)
			}
		}
	}
	for _, cron := range []string{"0 10 * * 2", "0 8,20 * * *"} {
		if err := (&Schedule{Kind: Recurring, Cron: cron}).Validate(time.UTC); err != nil {
			t.Errorf("%s: %v", cron, err)
		}
	}
}

func TestASeriesWithoutATimeHasNoSlot(t *testing.T) {
	t.Parallel()
	for _, step := range []*Step{nil, {Time: "noon"}} {
		s := Schedule{Kind: Series, Step: step}
		if slots := s.Slots(time.UTC, moment, moment.AddDate(1, 0, 0), 1); len(slots) > 0 {
			t.Errorf("%+v goes out at %v", step, slots)
		}
	}
}

func TestSlotsLieAfterOneMomentAndUpToAnother(t *testing.T) {
	t.Parallel()
	nine := utc(t, "2026-11-24T09:00:00Z")
	for kind, s := range map[string]Schedule{
		"once":      {Kind: Once, At: local(t, "2026-11-24T09:00")},
		"recurring": {Kind: Recurring, Cron: "0 9 * * *", From: local(t, "2026-11-24T09:00"), Until: local(t, "2026-11-24T09:00")},
	} {
		for _, c := range []struct {
			after, until time.Time
			want         int
		}{
			{nine.Add(-time.Second), nine, 1}, {nine, nine.Add(time.Hour), 0}, {nine.Add(-time.Hour), nine.Add(-time.Second), 0},
		} {
			if slots := s.Slots(time.UTC, c.after, c.until, 5); len(slots) != c.want {
				t.Errorf("%s, after %s until %s: %v", kind, c.after, c.until, slots)
			}
		}
		if next, ok := s.Next(time.UTC, nine.Add(-time.Second)); !ok || !next.At.Equal(nine) || next.Local != local(t, "2026-11-24T09:00") {
			t.Errorf("%s: the next slot is %v, %v", kind, next, ok)
		}
		if next, ok := s.Next(time.UTC, nine); ok {
			t.Errorf("%s: after its last slot comes %v", kind, next)
		}
	}
}

func TestSlotsAreCountedAndNotEndless(t *testing.T) {
	t.Parallel()
	daily := Schedule{Kind: Recurring, Cron: "0 9 * * *"}
	if slots := daily.Slots(time.UTC, moment, moment.AddDate(1, 0, 0), 3); len(slots) != 3 {
		t.Errorf("%d slots, want 3", len(slots))
	}
	// The 29th of February of 2028 lies within six years of 2026; of a Sunday, not.
	leap := Schedule{Kind: Recurring, Cron: "0 9 29 2 *"}
	if next, ok := leap.Next(time.UTC, moment); !ok || next.Local.String() != "2028-02-29T09:00" {
		t.Errorf("the next leap day is %v, %v", next, ok)
	}
	far := utc(t, "2096-02-29T10:00:00Z") // 2100 has none, so the next is in 2104
	if next, ok := leap.Next(time.UTC, far); ok {
		t.Errorf("eight years ahead: %v", next)
	}
	if slots := leap.Slots(time.UTC, far, far.AddDate(20, 0, 0), 1); len(slots) > 0 {
		t.Errorf("eight years ahead: %v", slots)
	}
}
