package scheduler

import (
	"testing"
	"time"

	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
)

func TestLastMail(t *testing.T) {
	t.Parallel()
	quiet, wake := civil.Time(21*60), civil.Time(7*60)
	label := &labels.Label{TimeZone: "Europe/Amsterdam", QuietFrom: &quiet, QuietUntil: &wake, BlackoutDates: []labels.Blackout{{Day: civil.Date{Year: 2026, Month: 5, Day: 4}}}}
	office := &mailings.Window{From: "09:00", Until: "17:00", Weekdays: []int{1, 2, 3, 4, 5}}
	for name, c := range map[string]struct {
		window   *mailings.Window
		n        int
		at, want string
	}{
		"within the hours":           {nil, 6000, "2026-11-24T10:00:00+01:00", "2026-11-24T11:00:00+01:00"},
		"to the minute of the close": {office, 6000, "2026-11-24T16:00:00+01:00", "2026-11-24T17:00:00+01:00"},
		"over a night":               {nil, 12000, "2026-11-24T20:00:00+01:00", "2026-11-25T08:00:00+01:00"},
		"over a weekend":             {office, 12000, "2026-11-20T16:00:00+01:00", "2026-11-23T10:00:00+01:00"},
		"over a blackout day":        {nil, 12000, "2026-05-03T20:00:00+02:00", "2026-05-05T08:00:00+02:00"},
		"the clock goes forward":     {office, 60000, "2026-03-27T15:00:00+01:00", "2026-03-30T17:00:00+02:00"},
		"nobody":                     {nil, 0, "2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00+01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := LastMail(&mailings.Schedule{Window: c.window}, label, utc(t, c.at), c.n, 100)
			if !ok || !got.Equal(utc(t, c.want)) {
				t.Errorf("got %s, want %s", got.In(zone(t, "Europe/Amsterdam")).Format(time.RFC3339), c.want)
			}
		})
	}
	if at, ok := LastMail(&mailings.Schedule{Window: &mailings.Window{From: "22:00", Until: "23:00"}}, label, utc(t, "2026-11-24T10:00:00Z"), 1, 1); ok {
		t.Errorf("a window within the quiet hours ends at %s", at)
	}
	if at, ok := LastMail(&mailings.Schedule{}, label, utc(t, "2026-11-24T10:00:00Z"), 1_000_000, 1); ok {
		t.Errorf("a million at one a minute ends at %s", at)
	}
}
