package scheduler

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"keur/internal/fault"
	"keur/mailings"
)

// searchYears bounds how far ahead a cron expression's next slot is looked for.
const searchYears = 6

// parser reads five fields. Descriptors such as @every have no wall clock, and a
// zone inside the expression would contradict the label's.
var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// Slot is one occurrence of a schedule: what the wall clock shows, and when.
type Slot struct {
	Local mailings.LocalTime
	At    time.Time
}

// Check returns an Invalid fault for a schedule that no slot can follow from.
func Check(s mailings.Schedule, zone string) error {
	where, err := time.LoadLocation(zone)
	if err != nil {
		return fault.At("label.time_zone", "not a time zone such as Europe/Amsterdam")
	}
	if s.Kind != mailings.Recurring {
		return nil
	}
	spec, err := parseCron(s.Cron)
	if err != nil {
		return err
	}
	from := s.From.Wall()
	if s.From.IsZero() {
		from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if spec.Next(from).IsZero() {
		return fault.At("schedule.cron", "no day is ever like this")
	}
	if !s.Until.IsZero() && len(Slots(s, where, s.From.In(where).Add(-time.Minute), s.Until.In(where).Add(time.Minute), 1)) == 0 {
		return fault.At("schedule.until", "no slot lies between from and until")
	}
	return nil
}

// parseCron reads a cron expression over wall clock time. robfig's parser
// panics on some zones and knows no weekday 7, so both are turned away first.
func parseCron(text string) (cron.Schedule, error) {
	fields := strings.Fields(text)
	if strings.Contains(text, "TZ=") {
		return nil, fault.At("schedule.cron", "leave the zone out: it is the label's")
	}
	if len(fields) != 5 {
		return nil, fault.At("schedule.cron", "five fields: minute hour day month weekday, such as 0 10 * * 2 for Tuesdays at 10:00")
	}
	if strings.ContainsAny(fields[4], "7L#") || strings.ContainsAny(fields[2], "LW") {
		return nil, fault.At("schedule.cron", "weekdays are 0 (Sunday) to 6; L, W and # are not known")
	}
	// UTC makes the library count wall clock minutes, none skipped or doubled.
	spec, err := parser.Parse("CRON_TZ=UTC " + text)
	if err != nil {
		return nil, fault.At("schedule.cron", "not a cron expression: %s", err)
	}
	return spec, nil
}

// Slots returns the slots of a schedule that lie after one moment and not after
// another, at most limit. In a spring gap a slot fires once, at the first
// instant after the gap, and in an autumn overlap once, at the first.
func Slots(s mailings.Schedule, zone *time.Location, after, until time.Time, limit int) []Slot {
	if s.Kind == mailings.Once {
		slot := Slot{s.At, s.At.In(zone)}
		if slot.At.After(after) && !slot.At.After(until) {
			return []Slot{slot}
		}
		return nil
	}
	next, err := wallClock(s)
	if err != nil {
		return nil
	}
	var slots []Slot
	// A day earlier by the wall clock is earlier in every zone.
	wall := mailings.LocalOf(after.In(zone)).Wall().Add(-24 * time.Hour)
	horizon := after.AddDate(searchYears, 0, 0)
	for len(slots) < limit {
		wall = next(wall)
		local := mailings.LocalOf(wall)
		at := local.In(zone)
		if wall.IsZero() || at.After(until) || at.After(horizon) || (!s.Until.IsZero() && wall.After(s.Until.Wall())) {
			break
		}
		if !at.After(after) || wall.Before(s.From.Wall()) {
			continue
		}
		// In a gap several wall clock times fall on one instant: one mail is enough.
		if n := len(slots); n > 0 && slots[n-1].At.Equal(at) {
			continue
		}
		slots = append(slots, Slot{local, at})
	}
	return slots
}

// wallClock returns the function from a wall clock time to the schedule's next.
func wallClock(s mailings.Schedule) (func(time.Time) time.Time, error) {
	expression := s.Cron
	if s.Kind == mailings.Series {
		at, err := time.Parse("15:04", s.Step.Time)
		if err != nil {
			return nil, fault.At("schedule.step.time", "a time such as 10:00")
		}
		expression = at.Format("4 15 * * *")
	}
	spec, err := parseCron(expression)
	if err != nil {
		return nil, err
	}
	return spec.Next, nil
}
