package postgres

import "time"

// Moment returns a time as a parameter: nil for none.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
