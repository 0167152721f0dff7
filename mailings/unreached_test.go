package mailings_test

import (
	"slices"
	"testing"
	"time"

	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
)

// TestSlotsThatReachNobodyAreForeseen: of a year of slots, DST weeks included,
// each that the hours let nobody get, or caps let nobody get again.
func TestSlotsThatReachNobodyAreForeseen(t *testing.T) {
	t.Parallel()
	day := func(text string) civil.Date {
		d, err := civil.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	label := labels.Label{TimeZone: "Europe/Amsterdam", BlackoutDates: []labels.Blackout{
		{Day: day("2026-12-25")}, {Day: day("2026-12-26")}, {Day: day("2026-12-27")}, {Day: day("2027-01-01")},
	}}
	workdays := &schedules.Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", Until: "17:00"}
	zone := label.Location()
	for name, c := range map[string]struct {
		cron   string
		window *schedules.Window
		lapse  int
		caps   []labels.Cap
		want   []string // of the first 60 slots from 24 November 2026
	}{
		"daily":               {cron: "0 10 * * *", want: []string{"2026-12-25"}}, // the 26th waits for the 28th
		"daily, soon lapsing": {cron: "0 10 * * *", lapse: 12, want: []string{"2026-12-25", "2026-12-26", "2026-12-27", "2027-01-01"}},
		"on Saturdays for workdays": {cron: "0 10 * * 6", window: workdays, lapse: 24,
			want: everyWeek("2026-11-28", 60)},
		"on Saturdays, to leave on Monday": {cron: "0 10 * * 6", window: workdays, lapse: 48,
			want: []string{"2027-10-30"}}, // whose night is an hour longer: it lapses on Monday at nine
		"weekly at one a week": {cron: "0 10 * * 2", caps: []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 1}}},
		"weekly at one in eight days": {cron: "0 10 * * 2", caps: []labels.Cap{{Scope: labels.PerLabel, Days: 8, AtMost: 1}},
			want: everyOther("2026-12-01", 60)},
		"daily at one a day": {cron: "0 2 * * *", caps: []labels.Cap{{Scope: labels.AcrossLabels, Days: 1, AtMost: 1}},
			want: []string{"2026-12-25", "2026-12-27", "2026-12-28", "2027-01-02"}}, // what leaves late takes the day's only place
		"of no advertiser":   {cron: "0 10 * * 2", caps: []labels.Cap{{Scope: labels.PerAdvertiser, Days: 30, AtMost: 1}}},
		"through the autumn": {cron: "30 2 * 10 0", caps: []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 1}}},
		"through the spring": {cron: "30 2 * 3 0", caps: []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 1}}},
	} {
		content := mailings.Content{Kind: mailings.House, Schedule: schedules.Schedule{
			Kind: schedules.Recurring, Cron: c.cron, Window: c.window, Lapse: c.lapse}}
		from := time.Date(2026, 11, 24, 0, 0, 0, 0, zone)
		slots := content.Schedule.Slots(zone, from, from.AddDate(6, 0, 0), 60)
		var got []string
		unreached := content.Unreached(slots, &label, c.caps)
		for _, u := range unreached {
			got = append(got, u.Local.Wall().Format(time.DateOnly))
			if u.Why.IsZero() {
				t.Errorf("%s: nobody says why", name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v reach nobody, not %v", name, got, c.want)
		}
		refused := content.Schedule.ConfirmUnreached(slots, unreached) != nil
		if refused != (len(got)*4 > len(slots)) {
			t.Errorf("%s: refused is %v with %d of %d", name, refused, len(got), len(slots))
		}
		content.Schedule.Unreached = len(got)
		if all := len(got) == len(slots); (content.Schedule.ConfirmUnreached(slots, unreached) != nil) != all {
			t.Errorf("%s: confirmed by its number, and refused is %v", name, !all)
		}
	}
}

func everyWeek(first string, n int) (days []string) { return every(first, 7, n) }

func everyOther(first string, n int) (days []string) { return every(first, 14, n/2) }

func every(first string, period, n int) (days []string) {
	day, _ := time.Parse(time.DateOnly, first)
	for range n {
		days = append(days, day.Format(time.DateOnly))
		day = day.AddDate(0, 0, period)
	}
	return days
}
