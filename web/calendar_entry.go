package web

import (
	"cmp"
	"slices"
	"time"

	"keur/internal/civil"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
)

// entry is a mailing at one moment of the calendar.
type entry struct {
	reports.Occasion
	At    time.Time
	Day   civil.Date // on the label's own calendar
	Zone  *time.Location
	Code  string // of the label
	Close []nearness
}

// expected bounds how many moments of a recurring mailing are drawn.
const expected = 100

// entries returns what goes out, or is to, from one day until before another.
func (v *visit) entries(of []labels.ID, from, until civil.Date) ([]entry, error) {
	// Each label has its own midnight, which is at most a day from UTC's.
	start, end := noon(from).Add(-36*time.Hour), noon(until).Add(36*time.Hour)
	sends, err := v.Reports.Sends(v.ctx(), of, start, end)
	if err != nil {
		return nil, err
	}
	plans, err := v.Reports.Plans(v.ctx(), of)
	if err != nil {
		return nil, err
	}
	var all []entry
	planned := map[mailings.ID][]time.Time{}
	for _, s := range sends {
		planned[s.Mailing] = append(planned[s.Mailing], s.Slot)
		all = append(all, v.entry(s, s.Slot))
	}
	for _, p := range plans {
		for _, at := range v.momentsOf(&p, start, end) {
			if !slices.ContainsFunc(planned[p.Mailing], at.Equal) {
				all = append(all, v.entry(p, at))
			}
		}
	}
	all = slices.DeleteFunc(all, func(e entry) bool { return e.Day.Compare(from) < 0 || e.Day.Compare(until) >= 0 })
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Mailing, b.Mailing)) })
	markClashes(all)
	return all, nil
}

// momentsOf returns when a plan's schedule goes out; what recurs, from now on.
func (v *visit) momentsOf(p *reports.Occasion, start, end time.Time) []time.Time {
	s := p.Schedule
	if s.Kind == "" || s.Kind == mailings.Once && s.At.IsZero() || s.Kind == mailings.Series && s.Step == nil {
		return nil
	}
	if s.Kind != mailings.Once && start.Before(v.now()) {
		start = v.now()
	}
	var moments []time.Time
	l := v.label(p.Label)
	for _, slot := range s.Slots(l.Location(), start, end, expected) {
		moments = append(moments, slot.At)
	}
	return moments
}

func (v *visit) entry(o reports.Occasion, at time.Time) entry {
	l := v.label(o.Label)
	zone := l.Location()
	return entry{Occasion: o, At: at, Day: civil.DateOf(at.In(zone)), Zone: zone, Code: l.Code}
}

// Family and Current name the state that colours the entry: that of its send,
// or of the mailing while there is none.
func (e entry) Family() string {
	if e.Send != 0 {
		return "send_state"
	}
	return "mailing_state"
}

// Current is the state itself.
func (e entry) Current() string {
	if e.Send != 0 {
		return string(e.SendState)
	}
	return string(e.State)
}

// Movable reports whether the mailing can be given another moment by itself: it
// goes out once, and nothing of it has.
func (e entry) Movable() bool {
	if e.Send == 0 {
		return e.Schedule.Kind == mailings.Once
	}
	return e.SendState == mailings.Planned && e.Schedule.Kind == mailings.Once
}

// Reached is how many members the entry reaches, as far as anyone counted.
func (e entry) Reached() int {
	if e.Members == nil {
		return 0
	}
	return *e.Members
}
