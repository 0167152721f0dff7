package segments

import (
	"time"

	"keur/internal/civil"
)

// A mail counts on the day for which it was planned: that of the first moment
// from its slot on at which its hours let it leave, by its own label's clock.
// So a mailing meets its own period, however long it takes to leave and however
// late in the day it goes. What left a day later than that, such as after a
// pause, counts on the day it left.
const lateAfter = 24 * time.Hour

// countedSend is what decides whether mail of a send counts.
type countedSend struct {
	Opens    time.Time      // from when its mail could leave
	Zone     *time.Location // of its label
	Finished *time.Time     // nil: mail may still leave
}

// countedDays are the last days, the planned one included, in which a cap or a
// member's wish counts mail.
type countedDays struct {
	first civil.Date
	start time.Time
}

// lastDays returns the last n days, today being the last one.
func (c Calendar) lastDays(n int) countedDays {
	first := c.FirstOf(n)
	return countedDays{first, c.Start(first)}
}

// counts says what of a send counts within the days: all of it, or what left
// from late on or is still to leave, or nothing.
func (d countedDays) counts(s countedSend) (whole bool, late time.Time, any bool) {
	if civil.DateOf(s.Opens.In(s.Zone)).Compare(d.first) >= 0 {
		return true, time.Time{}, true
	}
	late = s.Opens.Add(lateAfter)
	if late.Before(d.start) {
		late = d.start
	}
	return false, late, s.Finished == nil || !s.Finished.Before(late)
}
