package scheduler

import (
	"testing"
	"time"

	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
)

func TestNextOpenMoment(t *testing.T) {
	t.Parallel()
	quiet, wake := civil.Time(21*60+30), civil.Time(7*60)
	label := &labels.Label{QuietFrom: &quiet, QuietUntil: &wake, BlackoutDates: []labels.Blackout{{Day: civil.Date{Year: 2026, Month: 5, Day: 4}}}}
	for name, c := range map[string]struct {
		window   *mailings.Window
		at, want string
	}{
		"open now":                          {nil, "2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00+01:00"},
		"quiet at night":                    {nil, "2026-11-24T23:00:00+01:00", "2026-11-25T07:00:00+01:00"},
		"quiet after midnight":              {nil, "2026-11-24T03:00:00+01:00", "2026-11-24T07:00:00+01:00"},
		"a blackout day":                    {nil, "2026-05-04T10:00:00+02:00", "2026-05-05T07:00:00+02:00"},
		"before the window":                 {&mailings.Window{From: "09:00", Until: "17:00"}, "2026-11-24T08:00:00+01:00", "2026-11-24T09:00:00+01:00"},
		"at the window's end":               {&mailings.Window{From: "09:00", Until: "17:00"}, "2026-11-24T17:00:00+01:00", "2026-11-25T09:00:00+01:00"},
		"weekdays only, on a Saturday":      {&mailings.Window{From: "09:00", Until: "17:00", Weekdays: []int{1, 2, 3, 4, 5}}, "2026-11-21T10:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		"the night that summer time begins": {nil, "2026-03-29T01:30:00+01:00", "2026-03-29T07:00:00+02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := openHours(&mailings.Schedule{Window: c.window}, label)
			got, ok := open.next(utc(t, c.at), zone(t, "Europe/Amsterdam"))
			if !ok || !got.Equal(utc(t, c.want)) {
				t.Errorf("got %s, want %s", got.In(zone(t, "Europe/Amsterdam")).Format(time.RFC3339), c.want)
			}
		})
	}
	never := openHours(&mailings.Schedule{Window: &mailings.Window{From: "22:00", Until: "23:00"}}, label)
	if at, ok := never.next(utc(t, "2026-11-24T10:00:00Z"), time.UTC); ok {
		t.Errorf("a window within the quiet hours opens at %s", at)
	}
}
