// Package programmes keeps what networks say of their programmes to a label, and
// says what of it is in the way of a mailing.
package programmes

import (
	"slices"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
)

// ListingID names a listing.
type ListingID int64

// Listing is a programme as a network lists it for a label's account.
type Listing struct {
	ID             ListingID              `db:"id" json:"id"`
	Connection     networks.ConnectionID  `db:"connection_id" json:"connection_id"`
	Label          labels.ID              `db:"label_id" json:"label_id"`
	Network        string                 `db:"network" json:"network" enum:"awin,tradetracker,daisycon,cj,impact,tradedoubler,partnerize,other"`
	Account        string                 `db:"account" json:"connection_name"`
	Ref            string                 `db:"ref" json:"programme_ref"`
	Name           string                 `db:"name" json:"name"`
	Advertiser     campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id,omitempty"`
	AdvertiserName string                 `db:"advertiser" json:"advertiser_name,omitempty"`
	Relation       networks.Relation      `db:"relation" json:"relation" enum:"joined,applied,suspended,rejected,not_joined"`
	Live           bool                   `db:"live" json:"live"`
	From           *time.Time             `db:"live_from" json:"live_from,omitempty"`
	Until          *time.Time             `db:"live_until" json:"live_until,omitempty"`
	Email          networks.Policy        `db:"email" json:"email" enum:"allowed,limited,disallowed,unknown"`
	Cashback       networks.Policy        `db:"cashback" json:"cashback" enum:"allowed,limited,disallowed,unknown"`
	Codes          networks.Policy        `db:"codes" json:"codes" enum:"allowed,limited,disallowed,unknown"`
	SubIDs         *bool                  `db:"sub_ids" json:"sub_ids,omitempty"`
	ValidationDays *int                   `db:"validation_days" json:"validation_days,omitempty"`
	Currency       string                 `db:"currency" json:"currency,omitempty"`
	EarningsPer100 *int64                 `db:"earnings_per_100" json:"earnings_per_100_clicks,omitempty"`
	ApprovalPoints *int                   `db:"approval_points" json:"approval_points,omitempty"`
	ListedAt       time.Time              `db:"listed_at" json:"listed_at"`
	ReadAt         *time.Time             `db:"read_at" json:"read_at,omitempty"`
}

// Topic is a way of promoting about which a programme has a policy.
type Topic string

// The topics.
const (
	Email    Topic = "email"
	Cashback Topic = "cashback"
	Codes    Topic = "codes"
)

// Topics returns all topics.
func Topics() []Topic { return []Topic{Email, Cashback, Codes} }

// Says returns what the network says of a topic.
func (l *Listing) Says(t Topic) networks.Policy {
	switch t {
	case Email:
		return l.Email
	case Cashback:
		return l.Cashback
	}
	return l.Codes
}

// Answer is what a person says of a topic that the network leaves open.
type Answer struct {
	Topic  Topic           `db:"topic" json:"topic" enum:"email,cashback,codes"`
	Said   networks.Policy `db:"said" json:"said" enum:"limited,disallowed,unknown"` // by the network
	May    bool            `db:"may" json:"may" required:"true"`
	Reason string          `db:"reason" json:"reason"`
	By     string          `db:"answered_by" json:"answered_by" readOnly:"true"`
	Name   string          `db:"answered_name" json:"answered_name" readOnly:"true"`
	At     time.Time       `db:"answered_at" json:"answered_at" readOnly:"true"`
}

// Line names the answer within its listing.
func (a Answer) Line() string { return string(a.Topic) + "/" + postgres.Stamp(a.At) }

// Open reports whether a person has to say something of a topic: where the network
// allows it on conditions or doesn't say. Whether a mail promises cashback the
// network can't know: where it forbids that, a person says that this one doesn't.
func Open(t Topic, said networks.Policy) bool {
	switch said {
	case networks.Limited:
		return true
	case networks.Unknown:
		return t != Cashback
	case networks.Disallowed:
		return t == Cashback
	}
	return false
}

// Validate returns everything that is wrong with an answer about the listing.
func (a Answer) Validate(l *Listing) error {
	var wrong fault.List
	if !slices.Contains(Topics(), a.Topic) {
		wrong.Add("topic", "programmes.topic")
	}
	if a.Reason == "" || !form.Line(a.Reason, 500) {
		wrong.Add("reason", "programmes.reason")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if a.Said != l.Says(a.Topic) {
		return fault.New(fault.Conflict, "programmes.said_otherwise")
	}
	if !Open(a.Topic, a.Said) {
		return fault.New(fault.Conflict, "programmes.nothing_asked")
	}
	return nil
}

// Finding is what of a programme is in the way of a mailing, or to be known.
type Finding struct {
	Listing  ListingID // 0: the network lists none
	Severity links.Severity
	Message  words.Message
}

// Findings returns what is in the way of a mail at a moment, which gives codes or
// not. answers are the newest of each topic. Dates are told in the zone.
func (l *Listing) Findings(at time.Time, codes bool, answers map[Topic]Answer, zone *time.Location) []Finding {
	var all []Finding
	note := func(severity links.Severity, key string, args ...any) {
		all = append(all, Finding{l.ID, severity, words.Of(key, args...)})
	}
	day := func(at time.Time) string { return at.In(zone).Format(time.DateOnly) }
	switch {
	case l.Relation != networks.Joined:
		note(links.Blocks, "programmes.not_joined", "programme", l.Name, "account", l.Account, "relation", l.Relation)
	case !l.Live:
		note(links.Blocks, "programmes.stopped", "programme", l.Name, "account", l.Account)
	case l.From != nil && at.Before(*l.From):
		note(links.Blocks, "programmes.begins", "programme", l.Name, "account", l.Account, "day", day(*l.From))
	case l.Until != nil && !at.Before(*l.Until):
		note(links.Blocks, "programmes.ended", "programme", l.Name, "account", l.Account, "day", day(l.Until.Add(-time.Second)))
	}
	for _, t := range Topics() {
		said := l.Says(t)
		answer, answered := answers[t]
		answered = answered && answer.Said == said
		switch {
		case t == Codes && !codes:
		case said == networks.Disallowed && t != Cashback:
			note(links.Blocks, "programmes.forbids", "programme", l.Name, "account", l.Account, "topic", t)
		case !Open(t, said):
		case !answered:
			note(links.Asks, "programmes.asks", "programme", l.Name, "account", l.Account, "topic", t, "said", said)
		case !answer.May:
			note(links.Blocks, "programmes.refused", "programme", l.Name, "account", l.Account, "topic", t,
				"who", answer.Name, "day", day(answer.At), "reason", answer.Reason)
		}
	}
	if l.SubIDs != nil && !*l.SubIDs {
		note(links.Tells, "programmes.no_sub_ids", "programme", l.Name, "account", l.Account)
	}
	return all
}
