package imports

import (
	"time"

	"keur/internal/typed"
	"keur/members"
	"keur/members/imports/standing"
)

// verdict is what a row's columns of status say together.
type verdict struct {
	standing.Set
	at     time.Time // when the member left, if the file says so
	spoken bool      // the file has a column of who subscribed
	own    bool      // who left says so in the column of consent, whose time is that of leaving
}

// verdict reads the columns of status. A date on which somebody left counts
// unless the row has a later consent; without a time of day it is the end of that
// day. A word holds in any case.
func (r *row) verdict(consentAt time.Time) verdict {
	v := verdict{Set: standing.Of(r.wholeFile)}
	byDate := standing.Set(0)
	for _, i := range r.statuses {
		c := &r.columns[i]
		s := r.field(i)
		found, _ := c.status.Standing(s)
		v.spoken = v.spoken || !c.status.Flag
		if c.status.Filled != "" && found&hasLeft != 0 {
			if at, ok := typed.Moment(s, c.order(), r.zone); ok && !at.After(r.started.Add(members.ClockSkew)) {
				byDate |= found
				if typed.IsDay(s, c.order()) {
					at = endOfDay(at, r.started)
				}
				if at.After(v.at) {
					v.at = at
				}
				continue
			}
		}
		v.Set |= found
		v.own = v.own || found&hasLeft != 0 && c.target == toConsent
	}
	if v.own && v.at.IsZero() {
		v.at = consentAt
	}
	if v.at.Before(consentAt) {
		v.at = time.Time{}
		return v
	}
	v.Set |= byDate
	return v
}

// endOfDay returns the last second of the day that begins at day, or now if that
// comes first.
func endOfDay(day, now time.Time) time.Time {
	if end := day.AddDate(0, 0, 1).Add(-time.Second); end.Before(now) {
		return end
	}
	return now
}

// Sets of standings that rows are asked for.
var (
	hasLeft = standing.Of(standing.Unsubscribed) | standing.Of(standing.Bounced) | standing.Of(standing.Complained)
	saidNo  = standing.Of(standing.Unsubscribed) | standing.Of(standing.Declined)
	wontSay = hasLeft | standing.Of(standing.Never) | standing.Of(standing.Pending)
	saidYes = standing.Of(standing.Subscribed)
)

// count notes why the row's member can't be mailed: the gravest reason.
func (v verdict) count(c *Counts) {
	switch v.Gravest() {
	case standing.Complained:
		c.Complained++
	case standing.Unsubscribed, standing.Declined:
		c.Unsubscribed++
	case standing.Bounced:
		c.Bounced++
	case standing.Pending:
		c.Pending++
	case standing.Never:
		c.NeverConsented++
	}
}

// consent returns the row's answer to whether the member may be mailed, and
// whether it has one. Otherwise is the answer of a row that says nothing, if it
// is yes.
func (v verdict) consent(otherwise bool) (given, answered bool) {
	switch {
	case v.Set&saidNo != 0:
		return false, true
	case v.Set&wontSay != 0:
		return false, false
	case v.Set&saidYes != 0:
		return true, true
	case v.Set == 0 && v.spoken:
		return false, false
	}
	return otherwise, otherwise
}
