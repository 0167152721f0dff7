package networks

import "time"

// Moment reads a date and time as networks write them, in the zone where it
// names none. Reports false if it is no such moment.
func Moment(text string, zone *time.Location) (time.Time, bool) {
	for _, form := range []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
	} {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
