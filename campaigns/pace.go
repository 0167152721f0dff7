package campaigns

import (
	"time"

	"keur/internal/civil"
)

// Expected returns how much of a goal should be reached by the morning of a
// day, if every day of the campaign brings as much as any other.
func (c Campaign) Expected(goal int64, on civil.Date) int64 {
	whole := days(c.StartsOn, c.EndsOn) + 1
	over := min(max(days(c.StartsOn, on), 0), whole)
	return goal * over / whole
}

func days(from, to civil.Date) int64 {
	at := func(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
	return int64(at(to).Sub(at(from)) / (24 * time.Hour))
}
