// Package entries finds which mailings go out when: each mailing at each of its
// moments, as the calendar and today show them.
package entries

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/reports"
	"keur/web/desk"
)

// Reader reads them.
type Reader struct {
	Reports *reports.Store
}

// entry is a mailing at one moment of the calendar.
type Entry struct {
	reports.Occasion
	At     time.Time
	Day    civil.Date // on the label's own calendar
	Zone   *time.Location
	Code   string     // of the label
	Passed bool       // the moment, and nothing left at it
	Close  []Nearness // which somebody can still mend by moving this one
}

// expected bounds how many moments of a recurring mailing are drawn.
const expected = 100

// Between returns what goes out, or is to, from one day until before another.
func (s Reader) Between(x *desk.Exchange, of []labels.ID, from, until civil.Date) ([]Entry, error) {
	// Each label has its own midnight, which is at most a day from UTC's.
	start, end := desk.Noon(from).Add(-36*time.Hour), desk.Noon(until).Add(36*time.Hour)
	sends, err := s.Reports.Calendar.Sends(x.Context(), of, start, end)
	if err != nil {
		return nil, err
	}
	plans, err := s.Reports.Calendar.Plans(x.Context(), of)
	if err != nil {
		return nil, err
	}
	var all []Entry
	planned := map[mailings.ID][]reports.Occasion{}
	for _, occasion := range sends {
		planned[occasion.Mailing] = append(planned[occasion.Mailing], occasion)
		if occasion.SendState != mailings.SendCancelled {
			all = append(all, s.At(x, occasion, occasion.Slot))
		}
	}
	for _, p := range plans {
		for _, at := range s.Moments(x, &p, start, end) {
			if !slices.ContainsFunc(planned[p.Mailing], func(send reports.Occasion) bool { return send.Takes(&p, at) }) {
				all = append(all, s.At(x, p, at))
			}
		}
	}
	all = slices.DeleteFunc(all, func(e Entry) bool { return e.Day.Compare(from) < 0 || e.Day.Compare(until) >= 0 })
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Mailing, b.Mailing)) })
	MarkClashes(all, x.Now())
	return all, nil
}

// Moments returns when a plan's schedule goes out; what recurs, from now on.
func (s Reader) Moments(x *desk.Exchange, p *reports.Occasion, start, end time.Time) []time.Time {
	schedule := p.Schedule
	if schedule.Kind == "" || schedule.Kind == schedules.Once && schedule.At.IsZero() ||
		schedule.Kind == schedules.Series && schedule.Step == nil {
		return nil
	}
	if schedule.Kind != schedules.Once && start.Before(x.Now()) {
		start = x.Now()
	}
	var moments []time.Time
	l := x.LabelOf(p.Label)
	for _, slot := range schedule.Slots(l.Location(), start, end, expected) {
		moments = append(moments, slot.At)
	}
	return moments
}

func (s Reader) At(x *desk.Exchange, o reports.Occasion, at time.Time) Entry {
	l := x.LabelOf(o.Label)
	zone := l.Location()
	if !x.User.CountsExactly(o.Label) {
		o.Coarsen()
	}
	return Entry{Occasion: o, At: at, Day: civil.DateOf(at.In(zone)), Zone: zone, Code: l.Code, Passed: o.Passed(at, x.Now())}
}

// Family and Current name the state that colours the entry: that of its send,
// or of the mailing while there is none, or else that its moment has passed.
func (e Entry) Family() string {
	switch {
	case e.Passed:
		return "slot_state"
	case e.Send != 0:
		return "send_state"
	}
	return "mailing_state"
}

// Current is the state itself.
func (e Entry) Current() string {
	switch {
	case e.Passed:
		return "passed"
	case e.Send != 0:
		return string(e.SendState)
	}
	return string(e.State)
}

// Movable reports whether the mailing can be given another moment by itself: it
// goes out once, and nothing of it has.
func (e Entry) Movable() bool {
	if e.Send == 0 {
		return e.Schedule.Kind == schedules.Once
	}
	return e.SendState == mailings.Planned && e.Schedule.Kind == schedules.Once
}

// Reached is how many members the entry reaches, as far as anyone counted.
func (e Entry) Reached() int {
	if e.Members == nil {
		return 0
	}
	return *e.Members
}

// Comes reports whether the entry goes out at its moment, or did.
func (e Entry) Comes() bool {
	return !e.Passed && e.SendState != mailings.Missed && e.SendState != mailings.SendCancelled
}

// Contacts is how many of members' contacts the entry spends, or has spent.
func (e Entry) Contacts() int {
	if !e.Comes() {
		return 0
	}
	return e.Reached()
}

// How many days two mailings that have something in common should be apart.
const (
	ClashDays    = 7 // the same advertiser
	categoryDays = 3 // the same category
)

// nearness is a pair of mailings that stand too close to each other.
type Nearness struct {
	A, B Entry // A goes out first
	Why  reports.Clash
	Name string // of what they share
}

// Both are the two of them, for pages.
func (n Nearness) Both() []Entry { return []Entry{n.A, n.B} }

// Apart is how long after A the other goes out.
func (n Nearness) Apart() time.Duration { return n.B.At.Sub(n.A.At) }

// Days and Hours are that in whole days, or in hours of less than one.
func (n Nearness) Days() int { return int(n.Apart().Hours()) / 24 }

// Hours is at least one.
func (n Nearness) Hours() int { return max(1, int(n.Apart().Hours())) }

// Changeable reports whether what goes out can still be another moment's: its
// moment is to come, and nothing of it has begun, ended or been called off.
func (e Entry) Changeable(now time.Time) bool {
	if e.Started || !e.At.After(now) || e.State == mailings.Cancelled || e.State == mailings.Done {
		return false
	}
	return e.Send == 0 || e.SendState == mailings.Planned || e.SendState == mailings.Held
}

// MarkClashes tells each entry that can still be changed with which others it
// clashes. The entries are in the order of their moments. What was called off
// or missed clashes with nothing; what has gone out does, but is past changing.
func MarkClashes(all []Entry, now time.Time) {
	for i := range all {
		for j := i + 1; j < len(all) && all[j].At.Sub(all[i].At) < ClashDays*24*time.Hour; j++ {
			a, b := &all[i], &all[j]
			if a.sameAs(b) || a.Label != b.Label || !b.Changeable(now) || !a.Started && !a.Changeable(now) {
				continue
			}
			why, name := a.Clashes(&b.Occasion)
			if why == "" || why == reports.SameCategory && b.At.Sub(a.At) >= categoryDays*24*time.Hour {
				continue
			}
			c := Nearness{A: *a, B: *b, Why: why, Name: name}
			if b.Close = append(b.Close, c); a.Changeable(now) {
				a.Close = append(a.Close, c)
			}
		}
	}
}

// sameAs reports whether two entries are of one mailing, or of steps of one series.
func (e Entry) sameAs(other *Entry) bool {
	return e.Mailing == other.Mailing || e.Series != 0 && e.Series == other.Series
}

// MovePath is where a mailing's move is asked.
func (e Entry) MovePath() string { return fmt.Sprintf("/mailings/%d/move", e.Mailing) }
