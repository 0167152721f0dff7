package campaigns

import (
	"keur/internal/civil"
	"keur/internal/fault"
)

// RunsOn returns a conflict unless the campaign runs on day. A mailing outside
// its period brings clicks that nobody agreed to pay for.
func (c Campaign) RunsOn(day civil.Date) error {
	if day.Compare(c.StartsOn) < 0 || day.Compare(c.EndsOn) > 0 {
		return fault.New(fault.Conflict, "the campaign %s runs from %s to %s, and not on %s", c.Name, c.StartsOn, c.EndsOn, day)
	}
	return nil
}

// ShownOn returns a conflict unless the image may be shown on day: it may name
// a price that holds no longer, or not yet.
func (u Use) ShownOn(day civil.Date) error {
	switch {
	case u.ValidFrom != nil && day.Compare(*u.ValidFrom) < 0:
		return fault.New(fault.Conflict, "the picture “%s” may be shown from %s on, and not on %s", u.Alt, *u.ValidFrom, day)
	case u.ValidUntil != nil && day.Compare(*u.ValidUntil) > 0:
		return fault.New(fault.Conflict, "the picture “%s” may be shown until %s, and not on %s", u.Alt, *u.ValidUntil, day)
	}
	return nil
}
