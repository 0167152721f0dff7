package desk

import (
	"time"

	"keur/internal/civil"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
)

// SayWhen says when a schedule goes out: once at its moment, or again and again,
// next at one.
func SayWhen(x *Exchange, s *schedules.Schedule, zone *time.Location) string {
	if s.Kind == schedules.Once {
		return x.Say.When(s.At.In(zone), x.Now(), zone)
	}
	next, ok := s.Next(zone, x.Now())
	if !ok {
		return x.Say.T("approvals.never")
	}
	moment := x.Say.When(next.At, x.Now(), zone)
	if s.Kind == schedules.Series {
		return x.Say.T("approvals.series", "days", s.Step.Days, "when", moment)
	}
	return x.Say.T("approvals.recurring", "when", moment)
}

// SayDate says a day of the calendar.
func SayDate(x *Exchange, d civil.Date) string { return x.Say.Date(Noon(d)) }

// Noon is the middle of a day, which is that day in every zone of the desk.
func Noon(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

// Today is the day on the label's wall calendar.
func Today(x *Exchange) civil.Date { return civil.DateOf(x.Now().In(x.Zone())) }

// Differences says what one content has otherwise than another.
func Differences(x *Exchange, before, after *mailings.Content) []mailings.Difference {
	return Timed(x, mailings.Differences(before, after), before, after)
}

// Timed says the moments among the differences of two contents in the user's words.
func Timed(x *Exchange, found []mailings.Difference, before, after *mailings.Content) []mailings.Difference {
	for i := range found {
		if found[i].What == "moment" {
			found[i].Before, found[i].After = SayWhen(x, &before.Schedule, x.Zone()), SayWhen(x, &after.Schedule, x.Zone())
		}
	}
	return found
}

// MonthOf writes a month that is told in figures, 2026-11, in words; other text
// stays as it is.
func MonthOf(say words.Speaker, text string) string {
	if t, err := time.Parse("2006-01", text); err == nil {
		return say.Month(t)
	}
	return text
}
