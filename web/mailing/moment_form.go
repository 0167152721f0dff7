package mailing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"keur/internal/typed"
	"keur/mailings"
	"keur/web/desk"
)

// rhythm is how often a recurring mailing goes out, in the words of the form:
// every day, on some weekdays, or on a day of the month.
type rhythm struct {
	Every string // day, week, month, or cron for what those can't say
	Days  []int  // of the week: 1 Monday … 7 Sunday
	Date  int    // of the month
	Time  string // 10:00
	Cron  string
}

// rhythmOf reads a cron expression back into words.
func rhythmOf(cron string) rhythm {
	r := rhythm{Every: "cron", Cron: cron}
	fields := strings.Fields(cron)
	if len(fields) != 5 || fields[3] != "*" {
		return r
	}
	minute, err1 := strconv.Atoi(fields[0])
	hour, err2 := strconv.Atoi(fields[1])
	if err1 != nil || err2 != nil {
		return r
	}
	at := fmt.Sprintf("%02d:%02d", hour, minute)
	switch date, days := fields[2], fields[4]; {
	case date == "*" && days == "*":
		return rhythm{Every: "day", Time: at, Cron: cron}
	case date == "*":
		var found []int
		for day := range strings.SplitSeq(days, ",") {
			n, err := strconv.Atoi(day)
			if err != nil || n < 0 || n > 7 {
				return r
			}
			found = append(found, (n+6)%7+1) // cron's week begins on Sunday, ours on Monday
		}
		slices.Sort(found)
		return rhythm{Every: "week", Days: found, Time: at, Cron: cron}
	case days == "*":
		if n, err := strconv.Atoi(date); err == nil {
			return rhythm{Every: "month", Date: n, Time: at, Cron: cron}
		}
	}
	return r
}

// cron writes the words as the expression that the schedule keeps. What isn't
// filled in yet gives none.
func (r rhythm) cron() string {
	hour, minute, timed := strings.Cut(r.Time, ":")
	if !timed && r.Every != "cron" {
		return ""
	}
	at := strings.TrimPrefix(minute, "0") + " " + strings.TrimPrefix(hour, "0")
	at = strings.TrimSpace(strings.ReplaceAll(" "+at+" ", "  ", " 0 "))
	switch r.Every {
	case "day":
		return at + " * * *"
	case "week":
		var days []string
		for _, day := range r.Days {
			days = append(days, strconv.Itoa(day%7))
		}
		if len(days) == 0 {
			return ""
		}
		return at + " * * " + strings.Join(days, ",")
	case "month":
		return at + " " + strconv.Itoa(r.Date) + " * *"
	}
	return strings.TrimSpace(r.Cron)
}

// readSchedule reads the form. What can't be read is refused beside its field;
// what isn't filled in yet is the schedule's own business.
func readSchedule(f *desk.Form) mailings.Schedule {
	schedule := mailings.Schedule{
		Kind: mailings.ScheduleKind(f.Get("kind")), MemberLocal: f.Get("member_local") != "",
		PerMinute: count(f, "per_minute"), Grace: count(f, "grace"), Lapse: count(f, "lapse"),
	}
	switch schedule.Kind {
	case mailings.Once:
		schedule.At = local(f, "at", "")
	case mailings.Recurring:
		r := rhythm{Every: f.Get("every"), Date: count(f, "date"), Time: f.Field("time"), Cron: f.Field("cron")}
		for _, day := range f.Values["day"] {
			if n, err := strconv.Atoi(day); err == nil && n >= 1 && n <= 7 {
				r.Days = append(r.Days, n)
			}
		}
		schedule.Cron, schedule.PerDay, schedule.Unreached = r.cron(), count(f, "per_day"), count(f, "unreached")
		schedule.From, schedule.Until = local(f, "from", "00:00"), local(f, "until", "23:59")
	case mailings.Series:
		schedule.Step = &mailings.Step{After: f.Get("after"), Days: count(f, "days"), Time: f.Field("step_time")}
		schedule.From, schedule.Until = local(f, "from", "00:00"), local(f, "until", "23:59")
	}
	if f.Get("window") != "" {
		schedule.Window = &mailings.Window{From: f.Field("window_from"), Until: f.Field("window_until")}
		for _, day := range f.Values["window_day"] {
			if n, err := strconv.Atoi(day); err == nil && n >= 1 && n <= 7 {
				schedule.Window.Weekdays = append(schedule.Window.Weekdays, n)
			}
		}
	}
	return schedule
}

// local reads a date, or a date and time, of the label's wall clock. A date
// alone is meant at the time given.
func local(f *desk.Form, name, at string) mailings.LocalTime {
	typed := f.Field(name)
	if typed == "" {
		return mailings.LocalTime{}
	}
	if !strings.Contains(typed, "T") {
		typed += "T" + at
	}
	local, err := mailings.ParseLocalTime(typed)
	if err != nil {
		f.Refuse(name, f.Say.T("moment.no_time"))
	}
	return local
}

// count reads a whole number; empty is 0.
func count(f *desk.Form, name string) int {
	text := f.Field(name)
	if text == "" {
		return 0
	}
	n, ok := typed.Count(text, 10_000_000)
	if !ok {
		f.Refuse(name, f.Say.T("moment.no_number"))
	}
	return int(n)
}
