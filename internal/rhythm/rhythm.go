// Package rhythm says in words how often a mailing recurs, and reads it back.
package rhythm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/internal/words"
)

// Rhythm is how often a recurring mailing goes out, in the words of the form:
// every day, on some weekdays, or on a day of the month.
type Rhythm struct {
	Every string // day, week, month, or cron for what those can't say
	Days  []int  // of the week: 1 Monday … 7 Sunday
	Date  int    // of the month
	Time  string // 10:00
	Cron  string
}

// Of reads a cron expression back into words.
func Of(cron string) Rhythm {
	r := Rhythm{Every: "cron", Cron: cron}
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
		return Rhythm{Every: "day", Time: at, Cron: cron}
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
		return Rhythm{Every: "week", Days: found, Time: at, Cron: cron}
	case days == "*":
		if n, err := strconv.Atoi(date); err == nil {
			return Rhythm{Every: "month", Date: n, Time: at, Cron: cron}
		}
	}
	return r
}

// Expression writes the words as the expression that the schedule keeps. What isn't
// filled in yet gives none.
func (r Rhythm) Expression() string {
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

// Said says the rhythm in the reader's language: every Tuesday at 10:00. What the
// words of the form can't say is only said to recur.
func (r Rhythm) Said(say words.Speaker) string {
	switch r.Every {
	case "day":
		return say.T("rhythm_said.day", "time", r.Time)
	case "week":
		days := make([]string, len(r.Days))
		for i, day := range r.Days {
			days[i] = say.Weekday(time.Weekday(day % 7))
		}
		return say.T("rhythm_said.week", "days", say.List(days), "time", r.Time)
	case "month":
		return say.T("rhythm_said.month", "date", r.Date, "time", r.Time)
	}
	return say.T("rhythm_said.own")
}

// SaidOfStep says when a step of a series goes out: so many days after which of
// its members' beginnings, joined or confirmed.
func SaidOfStep(after string, days int, at string, say words.Speaker) string {
	return say.Of("rhythm_step", after, "n", days, "time", at)
}
