package segments

import (
	"time"

	"keur/internal/civil"
)

// calendar is the days around now as they are in the label's zone.
type calendar struct {
	now   time.Time
	zone  *time.Location
	today civil.Date
}

func newCalendar(now time.Time, zone *time.Location) calendar {
	return calendar{now: now, zone: zone, today: civil.DateOf(now.In(zone))}
}

// start returns the first instant of the day, which in some zones isn't
// midnight when the clock goes forward.
func (c calendar) start(d civil.Date) time.Time { return d.At(0, c.zone) }

// firstOf returns the first of the last n days, today being the last one.
func (c calendar) firstOf(n int) civil.Date { return c.today.AddDays(1 - n) }

// bornBy returns the latest birth date of those who are years old today.
// Who was born on 29 February has a birthday on the 28th in other years.
func (c calendar) bornBy(years int) civil.Date {
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

// birthdays returns the days of the year, as month × 100 + day, on which those
// were born who have a birthday within n days, today being the first one.
func (c calendar) birthdays(n int) []int64 {
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

// span is some days in a row, both ends included; nil is open.
type span struct{ from, through *civil.Date }

// span returns the days that a date must be one of to satisfy the op.
func (c calendar) span(op Op, o Operand) span {
	on := func(d civil.Date) *civil.Date { return &d }
	ago := func(n int) *civil.Date { return on(c.today.AddDays(-n)) }
	switch op {
	case Is, IsNot:
		return span{&o.Dates[0], &o.Dates[0]}
	case Before, LessThan:
		return span{nil, on(o.Dates[0].AddDays(-1))}
	case After, MoreThan:
		return span{on(o.Dates[0].AddDays(1)), nil}
	case AtMost:
		return span{nil, &o.Dates[0]}
	case AtLeast:
		return span{&o.Dates[0], nil}
	case Between:
		return span{&o.Dates[0], &o.Dates[1]}
	case InLastDays:
		return span{on(c.firstOf(o.Counts[0])), &c.today}
	case InNextDays:
		return span{&c.today, on(c.today.AddDays(o.Counts[0] - 1))}
	case DaysAgoBetween:
		return span{ago(o.Counts[1]), ago(o.Counts[0])}
	case AgeBetween:
		return span{on(c.bornBy(o.Counts[1] + 1).AddDays(1)), on(c.bornBy(o.Counts[0]))}
	}
	return span{}
}
