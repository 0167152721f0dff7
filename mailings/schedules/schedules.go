// Package schedules is when a mailing goes out: once, by a cron expression or
// as a step of a series; the slots that follow from it by a label's wall clock,
// over changes of its clocks, and the hours in which mail may leave.
package schedules

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"keur/internal/fault"
)

// Kind says how often a mailing goes out.
type Kind string

// The kinds of schedule.
const (
	Once      Kind = "once"
	Recurring Kind = "recurring" // by a cron expression, from start to end
	Series    Kind = "series"    // daily, over members who reached a day after joining
)

// Schedule says when a mailing goes out, all in the label's wall clock.
type Schedule struct {
	Kind        Kind      `json:"kind"`
	At          LocalTime `json:"at"`                  // once; may name seconds
	Cron        string    `json:"cron,omitempty"`      // recurring: minute hour day month weekday
	PerDay      int       `json:"per_day,omitempty"`   // recurring: as many sends a day as are meant; to be named if they are more than two
	Unreached   int       `json:"unreached,omitempty"` // recurring: slots that are meant to reach nobody; to be named if more than a quarter do
	From        LocalTime `json:"from"`                // recurring and series: first possible slot
	Until       LocalTime `json:"until"`               // recurring and series: no slot after this; zero: without end
	Step        *Step     `json:"step,omitempty"`      // series
	MemberLocal bool      `json:"member_local"`        // the slot's wall clock in each member's own zone
	Window      *Window   `json:"window,omitempty"`
	PerMinute   int       `json:"per_minute"`    // pace; 0: as fast as the route allows
	Grace       int       `json:"grace_minutes"` // a slot later than this is missed; 0: 60
	Lapse       int       `json:"lapse_hours"`   // deliveries lapse so long after the slot; 0: 48
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
	s.Check(&wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.checkSlots(zone)
}

// Check adds every field that is wrong by itself.
func (s *Schedule) Check(wrong *fault.List) {
	switch s.Kind {
	case Once:
		if s.At.IsZero() {
			wrong.Add("schedule.at", "mailings.slot_missing")
		}
	case Recurring:
		if s.Cron == "" {
			wrong.Add("schedule.cron", "mailings.cron_missing")
		}
	case Series:
		s.validateStep(wrong)
	default:
		wrong.Add("schedule.kind", "mailings.schedule_kind")
	}
	if s.From.Seconds() != 0 || s.Until.Seconds() != 0 {
		wrong.Add("schedule.from", "mailings.minutes_only")
	}
	if !s.Until.IsZero() && s.Until.Wall().Before(s.From.Wall()) {
		wrong.Add("schedule.until", "mailings.until_before_from")
	}
	if s.PerMinute < 0 {
		wrong.Add("schedule.per_minute", "mailings.below_zero")
	}
	if s.Unreached < 0 {
		wrong.Add("schedule.unreached", "mailings.below_zero")
	}
	if s.Grace < 0 || s.Grace > 24*60 {
		wrong.Add("schedule.grace_minutes", "mailings.grace_range")
	}
	if s.Lapse < 0 || s.Lapse > 24*14 {
		wrong.Add("schedule.lapse_hours", "mailings.lapse_range")
	}
	if s.Window != nil {
		s.Window.validate(wrong)
	}
}

func (s *Schedule) validateStep(wrong *fault.List) {
	switch {
	case s.Step == nil:
		wrong.Add("schedule.step", "mailings.step_incomplete")
		return
	case s.Step.After != "joined" && s.Step.After != "confirmed":
		wrong.Add("schedule.step.after", "mailings.step_after")
	case s.Step.Days < 0 || s.Step.Days > 3650:
		wrong.Add("schedule.step.days", "mailings.step_days_range")
	case !clockPattern.MatchString(s.Step.Time):
		wrong.Add("schedule.step.time", "mailings.time_of_day")
	}
}

func (w *Window) validate(wrong *fault.List) {
	if !clockPattern.MatchString(w.From) || !clockPattern.MatchString(w.Until) || w.From >= w.Until {
		wrong.Add("schedule.window", "mailings.window_times")
	}
	for _, day := range w.Weekdays {
		if day < 1 || day > 7 {
			wrong.Add("schedule.window.weekdays", "mailings.weekdays")
		}
	}
}

// Ahead reports whether the schedule is whole and, of a single slot, whether it
// hasn't passed.
func (s *Schedule) Ahead(zone *time.Location, now time.Time) bool {
	return s.Validate(zone) == nil && (s.Kind != Once || s.At.In(zone).After(now))
}

// Moment says in figures when a schedule goes out.
func (s *Schedule) Moment() string {
	switch {
	case s.Kind == Once:
		return strings.Replace(s.At.String(), "T", " ", 1)
	case s.Kind == Series && s.Step != nil:
		return fmt.Sprintf("%s +%d %s", s.Step.After, s.Step.Days, s.Step.Time)
	}
	return strings.TrimRight(fmt.Sprintf("%s %s – %s", s.Cron, s.From, s.Until), " –")
}

// String writes the window: 1,2,3 09:00–21:00.
func (w *Window) String() string {
	if w == nil {
		return ""
	}
	days := make([]string, len(w.Weekdays))
	for i, day := range w.Weekdays {
		days[i] = fmt.Sprint(day)
	}
	return strings.TrimSpace(strings.Join(days, ",") + " " + w.From + "–" + w.Until)
}

// Scan reads a jsonb column.
func (s *Schedule) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("a schedule is jsonb, not %T", src)
	}
	return json.Unmarshal(text, s)
}
