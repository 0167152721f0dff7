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

// Stamp writes a time as PostgreSQL reads it within an array.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
