package labels

import (
	"time"

	"keur/internal/civil"
)

// NextOpen returns the earliest moment from at on that is neither in the
// label's quiet hours nor on one of its blackout dates.
func (l Label) NextOpen(at time.Time) time.Time {
	zone := l.Location()
	// Each turn leaves one blackout date or one quiet night; two a date suffice.
	for range 2*len(l.BlackoutDates) + 2 {
		local := at.In(zone)
		day := civil.DateOf(local)
		switch {
		case l.blackedOut(day):
			at = day.AddDays(1).At(0, zone)
		case l.quiet(civil.TimeOf(local)):
			if civil.TimeOf(local) >= *l.QuietUntil {
				day = day.AddDays(1) // over midnight
			}
			at = day.At(*l.QuietUntil, zone)
		default:
			return at
		}
	}
	return at
}

func (l Label) blackedOut(day civil.Date) bool {
	for _, b := range l.BlackoutDates {
		if b.Day == day {
			return true
		}
	}
	return false
}

// quiet reports whether t lies in the quiet hours, which may go over midnight.
func (l Label) quiet(t civil.Time) bool {
	if l.QuietFrom == nil || l.QuietUntil == nil {
		return false
	}
	if *l.QuietFrom < *l.QuietUntil {
		return *l.QuietFrom <= t && t < *l.QuietUntil
	}
	return t >= *l.QuietFrom || t < *l.QuietUntil
}
