package schedules

import (
	"testing"
	"time"

	"keur/internal/civil"
	"keur/labels"
)

func TestNextOpenMoment(t *testing.T) {
	t.Parallel()
	quiet, wake := civil.Time(21*60+30), civil.Time(7*60)
	label := &labels.Label{QuietFrom: &quiet, QuietUntil: &wake,
		BlackoutDates: []labels.Blackout{{Day: civil.Date{Year: 2026, Month: 5, Day: 4}}}}
	for name, c := range map[string]struct {
		window   *Window
		at, want string
	}{
		"open now":             {nil, "2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00+01:00"},
		"quiet at night":       {nil, "2026-11-24T23:00:00+01:00", "2026-11-25T07:00:00+01:00"},
		"quiet after midnight": {nil, "2026-11-24T03:00:00+01:00", "2026-11-24T07:00:00+01:00"},
		"a blackout day":       {nil, "2026-05-04T10:00:00+02:00", "2026-05-05T07:00:00+02:00"},
		"before the window": {&Window{From: "09:00", Until: "17:00"}, "2026-11-24T08:00:00+01:00",
			"2026-11-24T09:00:00+01:00"},
		"at the window's end": {&Window{From: "09:00", Until: "17:00"}, "2026-11-24T17:00:00+01:00",
			"2026-11-25T09:00:00+01:00"},
		"weekdays only, on a Saturday": {&Window{From: "09:00", Until: "17:00", Weekdays: []int{1, 2, 3, 4, 5}},
			"2026-11-21T10:00:00+01:00", "2026-11-23T09:00:00+01:00"},
		"at the quiet hours' end":         {nil, "2026-11-24T07:00:00+01:00", "2026-11-24T07:00:00+01:00"},
		"a minute before it":              {nil, "2026-11-24T06:59:00+01:00", "2026-11-24T07:00:00+01:00"},
		"a minute before the quiet hours": {nil, "2026-11-24T21:29:00+01:00", "2026-11-24T21:29:00+01:00"},
		"as the quiet hours begin":        {nil, "2026-11-24T21:30:00+01:00", "2026-11-25T07:00:00+01:00"},
		"as the window opens": {&Window{From: "09:00", Until: "17:00"}, "2026-11-24T09:00:00+01:00",
			"2026-11-24T09:00:00+01:00"},
		"a minute before the window's end": {&Window{From: "09:00", Until: "17:00"}, "2026-11-24T16:59:00+01:00",
			"2026-11-24T16:59:00+01:00"},
		"Sundays only, on a Sunday": {&Window{From: "09:00", Until: "17:00", Weekdays: []int{7}}, "2026-11-22T10:00:00+01:00",
			"2026-11-22T10:00:00+01:00"},
		"Mondays only, on a Sunday": {&Window{From: "09:00", Until: "17:00", Weekdays: []int{1}}, "2026-11-22T10:00:00+01:00",
			"2026-11-23T09:00:00+01:00"},
		"the night that summer time begins": {nil, "2026-03-29T01:30:00+01:00", "2026-03-29T07:00:00+02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := HoursOf(&Schedule{Window: c.window}, label)
			got, ok := open.Next(utc(t, c.at), zone(t, "Europe/Amsterdam"))
			if !ok || !got.Equal(utc(t, c.want)) {
				t.Errorf("got %s, want %s", got.In(zone(t, "Europe/Amsterdam")).Format(time.RFC3339), c.want)
			}
		})
	}
	never := HoursOf(&Schedule{Window: &Window{From: "22:00", Until: "23:00"}}, label)
	if at, ok := never.Next(utc(t, "2026-11-24T10:00:00Z"), time.UTC); ok {
		t.Errorf("a window within the quiet hours opens at %s", at)
	}
}

func TestLastMail(t *testing.T) {
	t.Parallel()
	quiet, wake := civil.Time(21*60), civil.Time(7*60)
	label := &labels.Label{TimeZone: "Europe/Amsterdam", QuietFrom: &quiet, QuietUntil: &wake,
		BlackoutDates: []labels.Blackout{{Day: civil.Date{Year: 2026, Month: 5, Day: 4}}}}
	office := &Window{From: "09:00", Until: "17:00", Weekdays: []int{1, 2, 3, 4, 5}}
	for name, c := range map[string]struct {
		window   *Window
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
			hours := HoursOf(&Schedule{Window: c.window}, label)
			got, ok := hours.LastMail(utc(t, c.at), label.Location(), c.n, 100)
			if !ok || !got.Equal(utc(t, c.want)) {
				t.Errorf("got %s, want %s", got.In(zone(t, "Europe/Amsterdam")).Format(time.RFC3339), c.want)
			}
		})
	}
	never := HoursOf(&Schedule{Window: &Window{From: "22:00", Until: "23:00"}}, label)
	if at, ok := never.LastMail(utc(t, "2026-11-24T10:00:00Z"), label.Location(), 1, 1); ok {
		t.Errorf("a window within the quiet hours ends at %s", at)
	}
	always := HoursOf(&Schedule{}, label)
	if at, ok := always.LastMail(utc(t, "2026-11-24T10:00:00Z"), label.Location(), 1_000_000, 1); ok {
		t.Errorf("a million at one a minute ends at %s", at)
	}
}

func TestQuietHoursWithinADay(t *testing.T) {
	t.Parallel()
	quiet, wake := civil.Time(12*60), civil.Time(13*60)
	h := HoursOf(&Schedule{}, &labels.Label{QuietFrom: &quiet, QuietUntil: &wake})
	for at, open := range map[string]bool{
		"2026-11-24T11:59:00Z": true, "2026-11-24T12:00:00Z": false, "2026-11-24T12:59:00Z": false, "2026-11-24T13:00:00Z": true,
	} {
		if h.Open(utc(t, at), time.UTC) != open {
			t.Errorf("at %s mail may leave: %v", at, !open)
		}
	}
	end, ok := h.LastMail(utc(t, "2026-11-24T11:00:00Z"), time.UTC, 90, 1)
	if !ok || !end.Equal(utc(t, "2026-11-24T13:30:00Z")) {
		t.Errorf("the last of 90 mails leaves at %s", end)
	}
}

// Without window, quiet hours or blackout dates mail leaves until it is done,
// however long that takes.
func TestLastMailOfALabelWithoutHours(t *testing.T) {
	t.Parallel()
	h, slot := HoursOf(&Schedule{}, &labels.Label{}), utc(t, "2026-11-24T09:00:00Z")
	if end, ok := h.LastMail(slot, time.UTC, 200*24*60, 1); !ok || !end.Equal(slot.AddDate(0, 0, 200)) {
		t.Errorf("the last mail leaves at %s, %v", end, ok)
	}
}

// Quiet hours that end as they begin are none, and not the whole day.
func TestQuietHoursOfNoLength(t *testing.T) {
	t.Parallel()
	noon := civil.Time(12 * 60)
	h := HoursOf(&Schedule{}, &labels.Label{QuietFrom: &noon, QuietUntil: &noon})
	for _, at := range []string{"2026-11-24T11:59:00Z", "2026-11-24T12:00:00Z", "2026-11-24T12:01:00Z"} {
		if !h.Open(utc(t, at), time.UTC) {
			t.Errorf("at %s no mail may leave", at)
		}
	}
}

// Settings of which each is fine, and which together mean never.
func TestMailThatLapsesBeforeItMayLeave(t *testing.T) {
	t.Parallel()
	amsterdam := zone(t, "Europe/Amsterdam")
	friday := utc(t, "2026-11-27T21:00:00Z") // 22:00
	workdays := &Window{Weekdays: []int{1, 2, 3, 4, 5}, From: "09:00", Until: "17:00"}
	var holidays labels.Label
	for day := range 3 {
		closed := civil.Date{Year: 2026, Month: time.November, Day: 27 + day}
		holidays.BlackoutDates = append(holidays.BlackoutDates, labels.Blackout{Day: closed})
	}
	for name, c := range map[string]struct {
		window *Window
		label  labels.Label
		lapse  time.Duration
		leaves bool
	}{
		"at once":                   {nil, labels.Label{}, time.Hour, true},
		"over a weekend":            {workdays, labels.Label{}, 48 * time.Hour, false},
		"over a weekend, with time": {workdays, labels.Label{}, 72 * time.Hour, true},
		"to the very moment":        {workdays, labels.Label{}, 59 * time.Hour, false},
		"over holidays":             {nil, holidays, 48 * time.Hour, false},
		"over holidays, with time":  {nil, holidays, 51 * time.Hour, true},
	} {
		hours := HoursOf(&Schedule{Window: c.window}, &c.label)
		if got := hours.Leaves(friday, amsterdam, c.lapse); got != c.leaves {
			t.Errorf("%s: leaves is %t", name, got)
		}
	}
}
