package segments

import (
	"time"

	"keur/internal/civil"
)

// Calendar is the days around now as they are in the label's zone.
type Calendar struct {
	now   time.Time
	zone  *time.Location
	today civil.Date
}

// NewCalendar returns the calendar of the moment now in zone.
func NewCalendar(now time.Time, zone *time.Location) Calendar {
	return Calendar{now: now, zone: zone, today: civil.DateOf(now.In(zone))}
}

// Start returns the first instant of the day, which in some zones isn't
// midnight when the clock goes forward.
func (c Calendar) Start(d civil.Date) time.Time { return d.At(0, c.zone) }

// FirstOf returns the first of the last n days, today being the last one.
func (c Calendar) FirstOf(n int) civil.Date { return c.today.AddDays(1 - n) }

// bornBy returns the latest birth date of those who are years old today.
// Who was born on 29 February has a birthday on the 28th in other years.
func (c Calendar) bornBy(years int) civil.Date {
	d := c.today
	d.Year -= years
	switch {
	case d.Month == time.February && d.Day == 29 && !leap(d.Year):
		d.Day = 28
	case d.Month == time.February && d.Day == 28 && !leap(c.today.Year) && leap(d.Year):
		d.Day = 29
	}
	return d
}

// Birthdays returns the days of the year, as month × 100 + day, on which those
// were born who have a birthday within n days, today being the first one.
func (c Calendar) Birthdays(n int) []int64 {
	days := make([]int64, 0, n+1)
	for i := range n {
		d := c.today.AddDays(i)
		days = append(days, int64(d.Month)*100+int64(d.Day))
		if d.Month == time.February && d.Day == 28 && !leap(d.Year) {
			days = append(days, 229)
		}
	}
	return days
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Span is some days in a row, both ends included; nil is open.
type Span struct{ From, Through *civil.Date }

// Span returns the days that a date must be one of to satisfy the op, or, for
// IsNot, must not be.
func (c Calendar) Span(op Op, o Operand) Span {
	on := func(d civil.Date) *civil.Date { return &d }
	ago := func(n int) *civil.Date { return on(c.today.AddDays(-n)) }
	switch op {
	case Is, IsNot:
		return Span{&o.Dates[0], &o.Dates[0]}
	case Before, LessThan:
		return Span{nil, on(o.Dates[0].AddDays(-1))}
	case After, MoreThan:
		return Span{on(o.Dates[0].AddDays(1)), nil}
	case AtMost:
		return Span{nil, &o.Dates[0]}
	case AtLeast:
		return Span{&o.Dates[0], nil}
	case Between:
		return Span{&o.Dates[0], &o.Dates[1]}
	case InLastDays:
		return Span{on(c.FirstOf(o.Counts[0])), &c.today}
	case InNextDays:
		return Span{&c.today, on(c.today.AddDays(o.Counts[0] - 1))}
	case DaysAgoBetween:
		return Span{ago(o.Counts[1]), ago(o.Counts[0])}
	case AgeBetween:
		return Span{on(c.bornBy(o.Counts[1] + 1).AddDays(1)), on(c.bornBy(o.Counts[0]))}
	}
	return Span{}
}
