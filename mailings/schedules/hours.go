package schedules

import (
	"slices"
	"time"

	"keur/internal/civil"
	"keur/labels"
)

// searchDays bounds how far ahead an open moment is looked for.
const searchDays = 60

// Hours is when mail may leave: a mailing's window, outside its label's quiet
// hours and blackout dates.
type Hours struct {
	window      *Window
	from, until civil.Time // of the window
	label       *labels.Label
}

// HoursOf returns when mail of the schedule may leave under the label.
func HoursOf(s *Schedule, label *labels.Label) Hours {
	h := Hours{window: s.Window, label: label}
	if s.Window != nil { // validated, so both are times
		h.from, _ = civil.ParseTime(s.Window.From)
		h.until, _ = civil.ParseTime(s.Window.Until)
	}
	return h
}

// Next returns the first moment from t on at which mail may leave in zone; ok
// is false when there is none within two months.
func (h *Hours) Next(t time.Time, zone *time.Location) (open time.Time, ok bool) {
	if h.Open(t, zone) {
		return t, true
	}
	// Mail begins to leave at a day's start, at the window's, or at the end of
	// quiet hours.
	at := []civil.Time{0}
	if h.window != nil {
		at = append(at, h.from)
	}
	if h.label.QuietUntil != nil {
		at = append(at, *h.label.QuietUntil)
	}
	return h.change(t, zone, at, true)
}

// Leaves reports whether mail of a slot may leave before it lapses.
func (h *Hours) Leaves(slot time.Time, zone *time.Location, lapse time.Duration) bool {
	open, ok := h.Next(slot, zone)
	return ok && open.Before(slot.Add(lapse))
}

// end returns the first moment after t at which mail may no longer leave in
// zone; ok is false when there is none within two months.
func (h *Hours) end(t time.Time, zone *time.Location) (closed time.Time, ok bool) {
	at := []civil.Time{0}
	if h.window != nil {
		at = append(at, h.until)
	}
	if h.label.QuietFrom != nil {
		at = append(at, *h.label.QuietFrom)
	}
	return h.change(t, zone, at, false)
}

// change returns the first moment after t, of the given times of each day, at
// which mail may leave, or may not.
func (h *Hours) change(t time.Time, zone *time.Location, times []civil.Time, open bool) (time.Time, bool) {
	day := civil.DateOf(t.In(zone))
	for range searchDays {
		var first time.Time
		for _, clock := range times {
			at := day.At(clock, zone)
			if at.After(t) && h.Open(at, zone) == open && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
		if !first.IsZero() {
			return first, true
		}
		day = day.AddDays(1)
	}
	return time.Time{}, false
}

// Open reports whether mail may leave at t, by the wall clock of zone.
func (h *Hours) Open(t time.Time, zone *time.Location) bool {
	local := t.In(zone)
	day, now := civil.DateOf(local), civil.TimeOf(local)
	switch {
	case slices.ContainsFunc(h.label.BlackoutDates, func(b labels.Blackout) bool { return b.Day == day }):
		return false
	case h.label.QuietFrom != nil && within(now, *h.label.QuietFrom, *h.label.QuietUntil):
		return false
	case h.window == nil:
		return true
	}
	weekday := (int(local.Weekday())+6)%7 + 1 // 1 is Monday
	return within(now, h.from, h.until) && (len(h.window.Weekdays) == 0 || slices.Contains(h.window.Weekdays, weekday))
}

// within reports whether a time of day lies in a span that may cross midnight.
func within(now, from, until civil.Time) bool {
	if from <= until {
		return from <= now && now < until
	}
	return now >= from || now < until
}

// LastMail returns when the last of n mails leaves that go out from a slot on,
// so many per minute, while the hours let them; ok is false when that takes
// over two months.
func (h *Hours) LastMail(slot time.Time, zone *time.Location, n, perMinute int) (at time.Time, ok bool) {
	left := time.Duration(n) * time.Minute / time.Duration(perMinute)
	for at = slot; at.Before(slot.AddDate(0, 0, searchDays)); {
		open, ok := h.Next(at, zone)
		if !ok {
			return time.Time{}, false
		}
		end, ends := h.end(open, zone)
		if !ends || !open.Add(left).After(end) {
			return open.Add(left), true
		}
		left -= end.Sub(open)
		at = end
	}
	return time.Time{}, false
}
