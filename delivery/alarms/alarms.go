// Package alarms watches which share of mail comes back as a complaint or from an
// address that doesn't exist, by mailbox provider and sending domain: within an
// hour, within a day, and of each send for a month. Where it is too much, people
// are told once. It stops nothing: a send that runs is held by the ledger's own
// limits (delivery.Health).
package alarms

import (
	"time"

	"keur/internal/fault"
	"keur/mailings"
)

// Kind is what there is too much of.
type Kind string

// The kinds.
const (
	Complaints  Kind = "complaints"
	HardBounces Kind = "hard_bounces" // addresses that don't exist, in the session or by a letter afterwards
)

// Span is over what it is measured.
type Span string

// The spans. Counts are by the hour, so that the first two begin with the full hour.
const (
	Hour Span = "hour"
	Day  Span = "day"
	Send Span = "send" // all that came of a send until now
)

// Level is how grave it is.
type Level string

// The levels.
const (
	None    Level = ""
	Warning Level = "warning"
	Alarm   Level = "alarm"
)

// watched is for how long after its slot a send is. Nearly all complaints come
// within days, and letters of mail servers within a week.
const watched = 30 * 24 * time.Hour

// Key is what an alarm is about. One is open of it at most.
type Key struct {
	Kind     Kind             `db:"kind" json:"kind" enum:"complaints,hard_bounces"`
	Provider string           `db:"provider" json:"provider"`
	Domain   string           `db:"domain" json:"domain" doc:"Of the sender's address"`
	Span     Span             `db:"span" json:"span" enum:"hour,day,send"`
	Send     *mailings.SendID `db:"send_id" json:"send_id,omitempty"`
}

// of returns the key as one that compares by what it says.
func (k Key) of() of {
	o := of{kind: k.Kind, provider: k.Provider, domain: k.Domain, span: k.Span}
	if k.Send != nil {
		o.send = *k.Send
	}
	return o
}

// of is a Key without a pointer.
type of struct {
	kind             Kind
	provider, domain string
	span             Span
	send             mailings.SendID // 0: of none
}

func (o of) key() Key {
	k := Key{Kind: o.kind, Provider: o.provider, Domain: o.domain, Span: o.span}
	if o.span == Send {
		k.Send = &o.send
	}
	return k
}

// Share is how many of so many mails it was.
type Share struct {
	Events int `db:"events" json:"events"`
	Mails  int `db:"mails" json:"mails" doc:"Delivered, and for hard bounces those refused, too"`
}

// Rate is the share as a number from 0 to 1.
func (s Share) Rate() float64 { return float64(s.Events) / float64(max(s.Mails, 1)) }

// Raised is an alarm, open or ended. What it was raised for stays as it was; one
// that grows graver ends, and another takes its place.
type Raised struct {
	ID int64 `db:"id" json:"id"`
	Key
	Level Level `db:"level" json:"level" enum:"warning,alarm"`
	Share
	RaisedAt time.Time  `db:"raised_at" json:"raised_at"`
	Now      Share      `db:"now" json:"now" doc:"When it was looked at last"`
	LookedAt time.Time  `db:"looked_at" json:"looked_at"`
	EndedAt  *time.Time `db:"ended_at" json:"ended_at,omitempty"`

	AcknowledgedBy *string    `db:"acknowledged_by" json:"acknowledged_by,omitempty"`
	AcknowledgedAt *time.Time `db:"acknowledged_at" json:"acknowledged_at,omitempty"`
	Reason         string     `db:"reason" json:"reason,omitempty" doc:"Given by who acknowledged it"`
}

// Waits reports whether it is open and nobody acknowledged it.
func (r Raised) Waits() bool { return r.EndedAt == nil && r.AcknowledgedAt == nil }

// Default is the name of all providers that have no limits of their own.
const Default = "default"

// leastEvents is of how many mails at least something must have come: one angry
// member is no alarm.
const leastEvents = 3

// Limits are the shares from which on people are told, in mails of 10,000, of a
// provider to which AtLeast mails went.
type Limits struct {
	Provider          string `db:"provider" json:"provider"`
	AtLeast           int    `db:"at_least" json:"at_least" minimum:"1" maximum:"10000000"`
	ComplaintsWarning int    `db:"complaints_warning" json:"complaints_warning" minimum:"1" maximum:"10000" doc:"Of 10,000 mails"`
	ComplaintsAlarm   int    `db:"complaints_alarm" json:"complaints_alarm" minimum:"1" maximum:"10000" doc:"Of 10,000 mails"`
	HardWarning       int    `db:"hard_warning" json:"hard_warning" minimum:"1" maximum:"10000" doc:"Of 10,000 mails"`
	HardAlarm         int    `db:"hard_alarm" json:"hard_alarm" minimum:"1" maximum:"10000" doc:"Of 10,000 mails"`
}

// Keurs are the limits that Keur comes with. Those of complaints are Gmail's and
// Yahoo's, who ask for less than 0.1% and act on 0.3%; a send that runs is held at
// the alarm of hard bounces.
func Keurs() Limits {
	return Limits{Provider: Default, AtLeast: 1000, ComplaintsWarning: 10, ComplaintsAlarm: 30, HardWarning: 200, HardAlarm: 500}
}

// Own are limits that an admin set.
type Own struct {
	Limits
	ChangedBy string    `db:"changed_by" json:"changed_by"`
	ChangedAt time.Time `db:"changed_at" json:"changed_at"`
}

// parts is what the shares of limits are counted in.
const parts = 10_000

// Of returns from which parts of 10,000 mails on it is a warning, and an alarm.
func (l Limits) Of(kind Kind) (warning, alarm int) {
	if kind == Complaints {
		return l.ComplaintsWarning, l.ComplaintsAlarm
	}
	return l.HardWarning, l.HardAlarm
}

// Judge returns how grave a share is.
func (l Limits) Judge(kind Kind, s Share) Level {
	warning, alarm := l.Of(kind)
	switch {
	case s.Mails < l.AtLeast || s.Events < leastEvents:
		return None
	case s.Events*parts >= alarm*s.Mails:
		return Alarm
	case s.Events*parts >= warning*s.Mails:
		return Warning
	}
	return None
}

// Lasts reports whether what was too much still nearly is: a share that swings around
// its limit is one alarm, which ends below four fifths of it.
func (l Limits) Lasts(kind Kind, s Share) bool {
	warning, _ := l.Of(kind)
	return s.Mails >= l.AtLeast && 5*s.Events*parts >= 4*warning*s.Mails
}

// Validate returns everything that is wrong with limits.
func (l Limits) Validate() error {
	var wrong fault.List
	if l.AtLeast < 1 || l.AtLeast > 10_000_000 {
		wrong.Add("at_least", "alarms.at_least")
	}
	for _, pair := range []struct {
		field          string
		warning, alarm int
	}{{"complaints", l.ComplaintsWarning, l.ComplaintsAlarm}, {"hard", l.HardWarning, l.HardAlarm}} {
		for name, n := range map[string]int{"_warning": pair.warning, "_alarm": pair.alarm} {
			if n < 1 || n > parts {
				wrong.Add(pair.field+name, "alarms.share")
			}
		}
		if pair.warning > pair.alarm {
			wrong.Add(pair.field+"_warning", "alarms.order")
		}
	}
	return wrong.Err()
}

// table is the limits by provider.
type table map[string]Limits

// of returns those of a provider: its own, those for all others, or Keur's.
func (t table) of(provider string) Limits {
	for _, name := range []string{provider, Default} {
		if l, set := t[name]; set {
			return l
		}
	}
	return Keurs()
}
