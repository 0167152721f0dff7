package mailings

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Month is the partition of a send's deliveries and events: the first day of
// its slot's month in UTC.
type Month struct{ first time.Time }

// MonthOf returns the month of the moment t.
func MonthOf(t time.Time) Month {
	u := t.UTC()
	return Month{time.Date(u.Year(), u.Month(), 1, 0, 0, 0, 0, time.UTC)}
}

// String returns the first day as 2026-11-01.
func (m Month) String() string { return m.first.Format(time.DateOnly) }

// First returns the first moment of the month, UTC.
func (m Month) First() time.Time { return m.first }

// Scan reads a date column.
func (m *Month) Scan(src any) error {
	t, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("a month is a date, not %T", src)
	}
	*m = Month{time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)}
	return nil
}

// Value writes a date column.
func (m Month) Value() (driver.Value, error) { return m.String(), nil }
