// Package civil has days and times of day as a calendar and a clock on the wall
// show them: without a zone, which the label adds.
package civil

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day of t in t's own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// ParseDate reads a day such as 2026-11-21 (RFC 3339, full-date).
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, errors.New("must be a day such as 2026-11-21")
	}
	return DateOf(t), nil
}

// String returns the day as 2026-11-21.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Compare is negative if d is before e, and positive if it is after e.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// AddDays returns the day that is n days after d.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// At returns the moment of the time of day on d in the zone, as Moment does.
func (d Date) At(t Time, zone *time.Location) time.Time {
	return Moment(time.Date(d.Year, d.Month, d.Day, 0, int(t), 0, 0, time.UTC), zone)
}

// Moment returns the moment at which the clock of the zone shows wall, which is
// given as if it were UTC. A time that the clock shows twice in autumn is the
// first one; one that it skips in spring is the first instant after the gap.
func Moment(wall time.Time, zone *time.Location) time.Time {
	// time.Date doesn't say which of two it picks, so the offsets in force well
	// before and well after are tried, the one that gives the earlier moment first.
	before, after := offset(wall.Add(-aside), zone), offset(wall.Add(aside), zone)
	early, late := wall.Add(-max(before, after)).In(zone), wall.Add(-min(before, after)).In(zone)
	for _, at := range []time.Time{early, late} {
		if Wall(at).Equal(wall) {
			return at
		}
	}
	// In a gap: late lies after it, in the period that begins with the change.
	start, _ := late.ZoneBounds()
	return start
}

// Wall returns what the clock shows at t in t's own zone, to the second, as if
// it were UTC.
func Wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// aside is further from a change of clocks than any change is wide: Samoa once
// left out a whole day.
const aside = 26 * time.Hour

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// MarshalText writes the day as 2026-11-21.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the day as ParseDate does.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// Value hands the day to the database; the zero day as null.
func (d Date) Value() (driver.Value, error) {
	if d == (Date{}) {
		return nil, nil //nolint:nilnil // null is what driver.Valuer says so
	}
	return d.String(), nil
}

// Scan reads a date of the database.
func (d *Date) Scan(src any) error {
	t, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("a day can't be read from %T", src)
	}
	*d = DateOf(t)
	return nil
}

// Time is a time of day, in minutes since midnight.
type Time int

// TimeOf returns the time of day of t in t's own zone.
func TimeOf(t time.Time) Time { return Time(t.Hour()*60 + t.Minute()) }

// ParseTime reads a time of day such as 21:30.
func ParseTime(s string) (Time, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, errors.New("must be a time of day such as 21:30")
	}
	return TimeOf(t), nil
}

// String returns the time as 21:30.
func (t Time) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText writes the time as 21:30.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the time as ParseTime does.
func (t *Time) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTime(string(text))
	return err
}

// Value hands the time to the database.
func (t Time) Value() (driver.Value, error) { return t.String(), nil }

// Scan reads a time of the database.
func (t *Time) Scan(src any) error {
	at, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("a time of day can't be read from %T", src)
	}
	*t = TimeOf(at)
	return nil
}
