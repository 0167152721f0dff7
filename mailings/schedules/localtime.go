package schedules

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
)

// The layouts of a wall clock's time: no zone, to the minute or to the second.
const (
	toMinute = "2006-01-02T15:04"
	toSecond = "2006-01-02T15:04:05"
)

// LocalTime is a wall clock's date and time in a label's zone, to the second:
// "2026-11-24T10:00" or "2026-11-24T10:00:30". The zone gives it a moment: see In.
type LocalTime struct{ wall time.Time }

// ParseLocalTime reads "2026-11-24T10:00" or "2026-11-24T10:00:30".
func ParseLocalTime(text string) (LocalTime, error) {
	layout := toMinute
	if len(text) == len(toSecond) {
		layout = toSecond
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return LocalTime{}, fault.New(fault.Invalid, "mailings.local_time", "text", text)
	}
	return LocalTime{t}, nil
}

// LocalOf returns what the wall clock shows at t in t's own zone.
func LocalOf(t time.Time) LocalTime {
	return LocalTime{civil.Wall(t)}
}

// Wall returns the date and time as if they were UTC, for calendar arithmetic.
func (l LocalTime) Wall() time.Time { return l.wall }

// Seconds returns how far the time is past its minute.
func (l LocalTime) Seconds() int { return l.wall.Second() }

// IsZero reports whether no time was given.
func (l LocalTime) IsZero() bool { return l.wall.IsZero() }

// String returns the time as 2026-11-24T10:00, with its seconds if it has any,
// or "" when there is none: one time has one text, and so one digest.
func (l LocalTime) String() string {
	switch {
	case l.IsZero():
		return ""
	case l.Seconds() != 0:
		return l.wall.Format(toSecond)
	}
	return l.wall.Format(toMinute)
}

// MarshalJSON writes the time as text.
func (l LocalTime) MarshalJSON() ([]byte, error) { return json.Marshal(l.String()) }

// UnmarshalJSON reads the time from text; "" is no time.
func (l *LocalTime) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fault.New(fault.Invalid, "mailings.local_time_form")
	}
	if text == "" {
		*l = LocalTime{}
		return nil
	}
	parsed, err := ParseLocalTime(text)
	*l = parsed
	return err
}

// Scan reads a timestamp column without zone.
func (l *LocalTime) Scan(src any) error {
	t, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("a local time is a timestamp, not %T", src)
	}
	*l = LocalOf(t)
	return nil
}

// Value writes a timestamp column without zone.
func (l LocalTime) Value() (driver.Value, error) { return l.wall.Format("2006-01-02 15:04:05"), nil }

// In returns the moment at which the wall clock of zone shows l. Where clocks
// jump over l in spring, it is the first moment after the gap; where they show
// it twice in autumn, the first of the two.
func (l LocalTime) In(zone *time.Location) time.Time {
	return civil.Moment(l.wall, zone).UTC()
}
