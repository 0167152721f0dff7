package mailing

import (
	"cmp"
	"strconv"
	"strings"

	"keur/internal/rhythm"
	"keur/mailings/schedules"
	"keur/web/desk"
)

// momentForm reads the form of the Moment step into a schedule. was is what is
// stored, and stays so for a field that can't be read, beside which that is said.
type momentForm struct {
	*desk.Form
	was schedules.Schedule
}

// schedule returns what the form says. What isn't filled in yet is the
// schedule's own business.
func (f momentForm) schedule() schedules.Schedule {
	schedule := schedules.Schedule{
		Kind: schedules.Kind(f.Get("kind")), MemberLocal: f.Get("member_local") != "",
		PerMinute: f.count("per_minute", f.was.PerMinute), Grace: f.count("grace", f.was.Grace), Lapse: f.count("lapse", f.was.Lapse),
	}
	switch schedule.Kind {
	case schedules.Once:
		schedule.At = f.local("at", "", f.was.At)
	case schedules.Recurring:
		schedule.Cron, schedule.PerDay = f.cron(), f.count("per_day", f.was.PerDay)
		schedule.Unreached = f.count("unreached", f.was.Unreached)
		schedule.From, schedule.Until = f.local("from", "00:00", f.was.From), f.local("until", "23:59", f.was.Until)
	case schedules.Series:
		step := schedules.Step{}
		if f.was.Step != nil {
			step = *f.was.Step
		}
		schedule.Step = &schedules.Step{After: f.Get("after"), Days: f.days("days", step.Days), Time: f.clock("step_time", step.Time)}
		schedule.From, schedule.Until = f.local("from", "00:00", f.was.From), f.local("until", "23:59", f.was.Until)
	}
	if f.Get("window") != "" {
		schedule.Window = f.window()
	}
	return schedule
}

// cron writes the rhythm that was chosen.
func (f momentForm) cron() string {
	was := rhythm.Of(f.was.Cron)
	r := rhythm.Rhythm{
		Every: f.Get("every"), Days: f.weekdays("day"), Date: f.count("date", was.Date),
		Time: f.clock("time", was.Time), Cron: f.Field("cron"),
	}
	return r.Expression()
}

func (f momentForm) window() *schedules.Window {
	was := cmp.Or(f.was.Window, &schedules.Window{})
	return &schedules.Window{
		From: f.clock("window_from", was.From), Until: f.clock("window_until", was.Until), Weekdays: f.weekdays("window_day"),
	}
}

// weekdays are those that are ticked: 1 Monday … 7 Sunday.
func (f momentForm) weekdays(name string) (days []int) {
	for _, day := range f.Values[name] {
		if n, err := strconv.Atoi(day); err == nil && n >= 1 && n <= 7 {
			days = append(days, n)
		}
	}
	return days
}

// local reads a date, or a date and time, of the label's wall clock. A date
// alone is meant at the time given.
func (f momentForm) local(name, at string, was schedules.LocalTime) schedules.LocalTime {
	text := f.Field(name)
	switch {
	case f.Refused(name):
		return was
	case text == "":
		return schedules.LocalTime{}
	case !strings.Contains(text, "T"):
		text += "T" + at
	}
	local, err := schedules.ParseLocalTime(text)
	if err != nil {
		f.Refuse(name, f.Say.T("moment.no_time"))
		return was
	}
	return local
}

// clock reads a time of day.
func (f momentForm) clock(name, was string) string {
	return kept(f, name, f.Field(name), was)
}

// count reads a whole number from 1 on; empty is 0.
func (f momentForm) count(name string, was int) int {
	return kept(f, name, f.Positive(name), was)
}

// days reads a whole number from 0 on.
func (f momentForm) days(name string, was int) int {
	return kept(f, name, f.Number(name), was)
}

// kept is what was read of a field, or what was stored of it if that is refused.
func kept[T any](f momentForm, name string, read, was T) T {
	if f.Refused(name) {
		return was
	}
	return read
}
