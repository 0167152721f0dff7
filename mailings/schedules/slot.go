package schedules

import (
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"keur/internal/fault"
)

// searchYears bounds how far ahead a schedule's next slot is looked for.
const searchYears = 6

// Slot is one occurrence of a schedule: what the wall clock shows, and when.
type Slot struct {
	Local LocalTime `db:"local" json:"local"`
	At    time.Time `db:"at" json:"at"`
}

// Next returns the first slot after a moment; ok is false when no more comes.
func (s *Schedule) Next(zone *time.Location, after time.Time) (next Slot, ok bool) {
	slots := s.Slots(zone, after, after.AddDate(searchYears, 0, 0), 1)
	if len(slots) == 0 {
		return Slot{}, false
	}
	return slots[0], true
}

// Slots returns the slots that lie after one moment and not after another, at
// most limit. In a spring gap a slot fires once, at the first instant after the
// gap, and in an autumn overlap once, at the first.
func (s *Schedule) Slots(zone *time.Location, after, until time.Time, limit int) []Slot {
	if s.Kind == Once {
		slot := Slot{s.At, s.At.In(zone)}
		if slot.At.After(after) && !slot.At.After(until) {
			return []Slot{slot}
		}
		return nil
	}
	recurrence, err := s.recurrence()
	if err != nil {
		return nil
	}
	var slots []Slot
	// A day earlier by the wall clock is earlier in every zone.
	wall := LocalOf(after.In(zone)).Wall().Add(-24 * time.Hour)
	horizon := after.AddDate(searchYears, 0, 0)
	for len(slots) < limit {
		wall = recurrence.Next(wall)
		local := LocalOf(wall)
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

// checkSlots returns an Invalid fault for a schedule from which no slot follows.
func (s *Schedule) checkSlots(zone *time.Location) error {
	if s.Kind != Recurring {
		return nil
	}
	recurrence, err := parseCron(s.Cron)
	if err != nil {
		return err
	}
	from := s.From.Wall()
	if s.From.IsZero() {
		from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if recurrence.Next(from).IsZero() {
		return fault.At("schedule.cron", "scheduler.no_such_day")
	}
	if n := sendsPerDay(recurrence); n > fewPerDay && n != s.PerDay {
		return fault.At("schedule.per_day", "mailings.confirm_per_day", "n", n)
	}
	if !s.Until.IsZero() && len(s.Slots(zone, s.From.In(zone).Add(-time.Minute), s.Until.In(zone).Add(time.Minute), 1)) == 0 {
		return fault.At("schedule.until", "scheduler.no_slot")
	}
	return nil
}

// recurrence returns what gives, for a wall clock time, the schedule's next.
func (s *Schedule) recurrence() (cron.Schedule, error) {
	switch {
	case s.Kind != Series:
		return parseCron(s.Cron)
	case s.Step == nil:
		return nil, fault.At("schedule.step", "mailings.step_incomplete")
	}
	at, err := time.Parse("15:04", s.Step.Time)
	if err != nil {
		return nil, fault.At("schedule.step.time", "mailings.time_of_day")
	}
	return parseCron(at.Format("4 15 * * *"))
}

// fewPerDay is how many sends a day recur without being confirmed by their count.
const fewPerDay = 2

// sendsPerDay returns how many sends a day the expression makes on the days that
// it names: a star in the place of the minute is sixty of them each hour.
func sendsPerDay(recurrence cron.Schedule) int {
	spec, is := recurrence.(*cron.SpecSchedule)
	if !is {
		return 0
	}
	const marks = 1<<60 - 1 // above them the library notes that there was a star
	return bits.OnesCount64(spec.Minute&marks) * bits.OnesCount64(spec.Hour&marks)
}

// sundays writes weekday 7 as 0, which is all that the library knows of Sunday.
func sundays(field string) string {
	var items []string
	for item := range strings.SplitSeq(field, ",") {
		days, step, stepped := strings.Cut(item, "/")
		from, to, ranged := strings.Cut(days, "-")
		first, err := strconv.Atoi(from)
		every, wrong := 1, err
		if stepped {
			every, wrong = strconv.Atoi(step)
		}
		switch {
		case item == "7":
			items = append(items, "0")
		case ranged && to == "7" && err == nil && wrong == nil && every > 0 && first <= 7:
			for day := first; day <= 7; day += every {
				items = append(items, strconv.Itoa(day%7))
			}
		default:
			items = append(items, item)
		}
	}
	return strings.Join(items, ",")
}

// parseCron reads a cron expression over wall clock time. robfig's parser
// panics on some zones, so those are turned away first.
func parseCron(text string) (cron.Schedule, error) {
	fields := strings.Fields(text)
	if strings.Contains(text, "TZ=") {
		return nil, fault.At("schedule.cron", "scheduler.cron_zone")
	}
	if len(fields) != 5 {
		return nil, fault.At("schedule.cron", "scheduler.cron_fields")
	}
	if fields[4] = sundays(fields[4]); strings.ContainsAny(fields[4], "789L#") || strings.ContainsAny(fields[2], "LW") {
		return nil, fault.At("schedule.cron", "scheduler.weekdays")
	}
	// UTC makes the library count wall clock minutes, none skipped or doubled.
	recurrence, err := cron.ParseStandard("CRON_TZ=UTC " + strings.Join(fields, " "))
	if err != nil {
		return nil, fault.At("schedule.cron", "scheduler.cron_form", "error", err)
	}
	return recurrence, nil
}
