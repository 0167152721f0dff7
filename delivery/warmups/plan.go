// Package warmups lets the mail from a domain grow day by day, as receivers want it
// of one that they don't know yet: plans of so many mails a day, and how many have
// left, of all processes together. What is above a day's number waits in the ledger
// for the next day.
package warmups

import (
	"regexp"
	"time"

	"keur/internal/fault"
)

// Plan is how many mails leave from a domain, at most, on the first day on which
// some do, on the second such day, and so on. After the last one it has no say,
// until the domain was idle.
type Plan struct {
	Domain    string    `json:"domain" doc:"Of senders' addresses"`
	Days      []int     `json:"days" doc:"Most mails on each day on which some leave"`
	ChangedBy string    `json:"changed_by"`
	ChangedAt time.Time `json:"changed_at"`
}

// Usual is the plan that receivers are known to bear.
func Usual() []int {
	return []int{50, 100, 250, 500, 1_000, 2_500, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 50_000, 75_000, 100_000}
}

// IdleDays is after how many days without mail receivers have forgotten a domain, so
// that its plan begins anew.
const IdleDays = 30

// The bounds of a plan.
const (
	mostDays  = 60
	mostMails = 10_000_000
)

var domainShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))+$`)

// IsDomain reports whether a plan may be of it.
func IsDomain(name string) bool { return domainShape.MatchString(name) && len(name) <= 253 }

// Validate returns everything that is wrong with the plan.
func (p *Plan) Validate() error {
	var wrong fault.List
	if !IsDomain(p.Domain) {
		wrong.Add("domain", "warmups.domain_form")
	}
	if len(p.Days) == 0 || len(p.Days) > mostDays {
		wrong.Add("days", "warmups.days_number", "most", mostDays)
	}
	before := 1
	for _, n := range p.Days {
		if n < before || n > mostMails {
			wrong.Add("days", "warmups.days_grow", "most", mostMails)
			break
		}
		before = n
	}
	return wrong.Err()
}

// Standing is where a domain stands in its plan on a day.
type Standing struct {
	Plan
	Day  time.Time `json:"day" doc:"In UTC"`
	Step int       `json:"step" doc:"Which of its days it is, the first being 1; above the last the plan has no say"`
	Sent int       `json:"sent" doc:"Mails that have left on it"`
}

// Through reports whether the plan has no say any more.
func (s Standing) Through() bool { return s.Step > len(s.Days) }

// Most is how many mails leave on the day at most; 0 where the plan has no say.
func (s Standing) Most() int {
	if s.Through() {
		return 0
	}
	return s.Days[s.Step-1]
}

// Takes returns on how many days so many mails leave, this one included, if no
// others do. One that has no mail left to give counts, too.
func (s Standing) Takes(mails int) int {
	for days := 1; ; days++ {
		if s.Through() || mails <= s.Most()-s.Sent {
			return days
		}
		mails -= max(0, s.Most()-s.Sent)
		s.Step, s.Sent = s.Step+1, 0
	}
}

// Within returns how many of so many mails leave within so many days.
func (s Standing) Within(mails, days int) int {
	left := mails
	for range days {
		if s.Through() {
			return mails
		}
		left -= min(left, max(0, s.Most()-s.Sent))
		s.Step, s.Sent = s.Step+1, 0
	}
	return mails - left
}

// dayOf is the day of a moment, in UTC: receivers everywhere count it, each by a day
// of its own.
func dayOf(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// next is when on the day after a moment the mail of a slot goes on: at the slot's
// time of day, so that nobody gets it at night who should get it in the morning.
func next(at, slot time.Time) time.Time {
	return dayOf(at).Add(24 * time.Hour).Add(slot.UTC().Sub(dayOf(slot)))
}

// stepAfter is which day of a plan follows the last one on which mail left.
func stepAfter(last time.Time, step int, today time.Time) int {
	if step == 0 || today.Sub(last) > IdleDays*24*time.Hour {
		return 1
	}
	return step + 1
}
