package mailings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"keur/internal/fault"
)

// ScheduleKind says how often a mailing goes out.
type ScheduleKind string

// The kinds of schedule.
const (
	Once      ScheduleKind = "once"
	Recurring ScheduleKind = "recurring" // by a cron expression, from start to end
	Series    ScheduleKind = "series"    // daily, over members who reached a day after joining
)

// Schedule says when a mailing goes out, all in the label's wall clock.
type Schedule struct {
	Kind        ScheduleKind `json:"kind"`
	At          LocalTime    `json:"at"`             // once; may name seconds
	Cron        string       `json:"cron,omitempty"` // recurring: minute hour day month weekday
	From        LocalTime    `json:"from"`           // recurring and series: first possible slot
	Until       LocalTime    `json:"until"`          // recurring and series: no slot after this; zero: without end
	Step        *Step        `json:"step,omitempty"` // series
	MemberLocal bool         `json:"member_local"`   // the slot's wall clock in each member's own zone
	Window      *Window      `json:"window,omitempty"`
	PerMinute   int          `json:"per_minute"`    // pace; 0: as fast as the route allows
	Grace       int          `json:"grace_minutes"` // a slot later than this is missed; 0: 60
	Lapse       int          `json:"lapse_hours"`   // deliveries lapse so long after the slot; 0: 48
}

// Step is one step of a series: the daily time at which members get it who
// joined, or confirmed, so many days ago. Each member gets it at most once.
type Step struct {
	After string `json:"after"` // joined or confirmed
	Days  int    `json:"days"`
	Time  string `json:"time"` // 10:00
}

// Window is when deliveries may leave. Outside it they wait.
type Window struct {
	Weekdays []int  `json:"weekdays,omitempty"` // 1 Monday … 7 Sunday; empty: every day
	From     string `json:"from"`               // 09:00
	Until    string `json:"until"`              // 21:00
}

// The defaults where a schedule is silent.
const (
	defaultGrace = time.Hour
	defaultLapse = 48 * time.Hour
)

var clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// GracePeriod returns how late a slot may still begin.
func (s *Schedule) GracePeriod() time.Duration {
	if s.Grace == 0 {
		return defaultGrace
	}
	return time.Duration(s.Grace) * time.Minute
}

// LapseAfter returns how long after its slot a delivery may still be tried.
func (s *Schedule) LapseAfter() time.Duration {
	if s.Lapse == 0 {
		return defaultLapse
	}
	return time.Duration(s.Lapse) * time.Hour
}

// Validate returns an Invalid fault that names every field that is wrong, or
// says that no slot follows in the zone.
func (s *Schedule) Validate(zone *time.Location) error {
	var wrong fault.List
	s.validate(&wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.checkSlots(zone)
}

func (s *Schedule) validate(wrong *fault.List) {
	switch s.Kind {
	case Once:
		if s.At.IsZero() {
			wrong.Add("schedule.at", "say when, such as 2026-11-24T10:00")
		}
	case Recurring:
		if s.Cron == "" {
			wrong.Add("schedule.cron", "say how often, such as 0 10 * * 2")
		}
	case Series:
		s.validateStep(wrong)
	default:
		wrong.Add("schedule.kind", "one of once, recurring, series")
	}
	if s.From.Seconds() != 0 || s.Until.Seconds() != 0 {
		wrong.Add("schedule.from", "from and until are to the minute; only the slot of a single mailing may name seconds")
	}
	if !s.Until.IsZero() && s.Until.Wall().Before(s.From.Wall()) {
		wrong.Add("schedule.until", "lies before from")
	}
	if s.PerMinute < 0 {
		wrong.Add("schedule.per_minute", "not below 0")
	}
	if s.Grace < 0 || s.Grace > 24*60 {
		wrong.Add("schedule.grace_minutes", "0 to 1440")
	}
	if s.Lapse < 0 || s.Lapse > 24*14 {
		wrong.Add("schedule.lapse_hours", "0 to 336")
	}
	if s.Window != nil {
		s.Window.validate(wrong)
	}
}

func (s *Schedule) validateStep(wrong *fault.List) {
	switch {
	case s.Step == nil:
		wrong.Add("schedule.step", "say after which event, how many days, at what time")
		return
	case s.Step.After != "joined" && s.Step.After != "confirmed":
		wrong.Add("schedule.step.after", "joined or confirmed")
	case s.Step.Days < 0 || s.Step.Days > 3650:
		wrong.Add("schedule.step.days", "0 to 3650")
	case !clockPattern.MatchString(s.Step.Time):
		wrong.Add("schedule.step.time", "a time such as 10:00")
	}
}

func (w *Window) validate(wrong *fault.List) {
	if !clockPattern.MatchString(w.From) || !clockPattern.MatchString(w.Until) || w.From >= w.Until {
		wrong.Add("schedule.window", "from and until are times such as 09:00 and 21:00, the first before the second")
	}
	for _, day := range w.Weekdays {
		if day < 1 || day > 7 {
			wrong.Add("schedule.window.weekdays", "1 (Monday) to 7 (Sunday)")
		}
	}
}

// Scan reads a jsonb column.
func (s *Schedule) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("a schedule is jsonb, not %T", src)
	}
	return json.Unmarshal(text, s)
}
