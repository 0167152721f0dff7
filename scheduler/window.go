package scheduler

import (
	"time"

	"keur/labels"
	"keur/mailings"
)

// searchDays bounds how far ahead an open moment is looked for.
const searchDays = 60

// hours is when mail may leave: a mailing's window, within its label's quiet
// hours and blackout dates.
type hours struct {
	window   *mailings.Window
	label    *labels.Label
	blackout map[string]bool // by day, 2026-05-04
}

func openHours(s *mailings.Schedule, label *labels.Label) hours {
	h := hours{window: s.Window, label: label, blackout: map[string]bool{}}
	for _, b := range label.BlackoutDates {
		h.blackout[b.Day.String()] = true
	}
	return h
}

// next returns the first moment from t on at which mail may leave in zone; ok
// is false when there is none within two months.
func (h *hours) next(t time.Time, zone *time.Location) (open time.Time, ok bool) {
	if h.open(t, zone) {
		return t, true
	}
	// Doors open at a day's start, at the window's, or at the end of quiet hours.
	at := []time.Duration{0}
	if h.window != nil {
		at = append(at, sinceMidnight(h.window.From))
	}
	if h.label.QuietUntil != nil {
		at = append(at, sinceMidnight(h.label.QuietUntil.String()))
	}
	return h.turn(t, zone, at, true)
}

// shut returns the first moment after t at which mail may no longer leave in
// zone; ok is false when there is none within two months.
func (h *hours) shut(t time.Time, zone *time.Location) (closed time.Time, ok bool) {
	at := []time.Duration{0}
	if h.window != nil {
		at = append(at, sinceMidnight(h.window.Until))
	}
	if h.label.QuietFrom != nil {
		at = append(at, sinceMidnight(h.label.QuietFrom.String()))
	}
	return h.turn(t, zone, at, false)
}

// turn returns the first moment after t, of those that each day has, at which
// the doors are open, or shut.
func (h *hours) turn(t time.Time, zone *time.Location, moments []time.Duration, open bool) (time.Time, bool) {
	day := mailings.LocalOf(t.In(zone)).Wall().Truncate(24 * time.Hour)
	for range searchDays {
		var best time.Time
		for _, offset := range moments {
			at := mailings.LocalOf(day.Add(offset)).In(zone)
			if at.After(t) && h.open(at, zone) == open && (best.IsZero() || at.Before(best)) {
				best = at
			}
		}
		if !best.IsZero() {
			return best, true
		}
		day = day.Add(24 * time.Hour)
	}
	return time.Time{}, false
}

// open reports whether mail may leave at t, by the wall clock of zone.
func (h *hours) open(t time.Time, zone *time.Location) bool {
	local := t.In(zone)
	now := local.Format("15:04")
	if h.blackout[local.Format(time.DateOnly)] {
		return false
	}
	if h.label.QuietFrom != nil && within(now, h.label.QuietFrom.String(), h.label.QuietUntil.String()) {
		return false
	}
	return h.window == nil || h.inWindow(local, now)
}

func (h *hours) inWindow(local time.Time, now string) bool {
	if now < h.window.From || now >= h.window.Until {
		return false
	}
	weekday := (int(local.Weekday())+6)%7 + 1 // 1 is Monday
	for _, day := range h.window.Weekdays {
		if day == weekday {
			return true
		}
	}
	return len(h.window.Weekdays) == 0
}

// within reports whether a time of day lies in a span that may cross midnight.
func within(now, from, until string) bool {
	if from <= until {
		return from <= now && now < until
	}
	return now >= from || now < until
}

// sinceMidnight reads 09:00; what isn't such a time counts as midnight.
func sinceMidnight(clock string) time.Duration {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}
