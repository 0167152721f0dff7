// Package reports reads what came of the sends: how many members a mailing
// reached, what they did with it, and what that means per placement, campaign,
// advertiser, label and period. It reads any table and writes none.
package reports

import (
	"strings"

	"keur/tracking"
)

// Counts is what became of deliveries, humans and machines apart. Unique
// counts are of members per send: who clicked in two sends counts twice.
type Counts struct {
	Sent          int64 `json:"sent"`      // taken or refused for good by the receiver's server
	Bounced       int64 `json:"bounced"`   // of these: refused at once, or returned later
	Delivered     int64 `json:"delivered"` // sent − bounced
	Deferred      int64 `json:"deferred"`  // refused for now, tried again
	Failed        int64 `json:"failed"`    // given up
	Lapsed        int64 `json:"lapsed"`    // the deadline passed before they left
	Skipped       int64 `json:"skipped"`   // left out, at freezing or later
	InDoubt       int64 `json:"in_doubt"`  // may have arrived or not
	OpensUnique   int64 `json:"opens_unique"`
	Opens         int64 `json:"opens"`
	OpensMachine  int64 `json:"opens_machine"`
	ClicksUnique  int64 `json:"clicks_unique"`
	Clicks        int64 `json:"clicks"`
	ClicksMachine int64 `json:"clicks_machine"`
	Unsubscribes  int64 `json:"unsubscribes"`
	Complaints    int64 `json:"complaints"`
	// Of sends over routes whose server posts what becomes of each mail.
	Relayed        int64 `json:"relayed,omitempty"`         // accepted by it
	RelayDelivered int64 `json:"relay_delivered,omitempty"` // as it posted, and not returned since
	RelayReturned  int64 `json:"relay_returned,omitempty"`  // came back after it had accepted them
	RelayUnknown   int64 `json:"relay_unknown,omitempty"`   // the rest: not known yet
}

// fields are the counts in the order of countNames.
func (c *Counts) fields() []*int64 {
	return []*int64{
		&c.Sent, &c.Bounced, &c.Delivered, &c.Deferred, &c.Failed, &c.Lapsed, &c.Skipped, &c.InDoubt,
		&c.OpensUnique, &c.Opens, &c.OpensMachine, &c.ClicksUnique, &c.Clicks, &c.ClicksMachine, &c.Unsubscribes, &c.Complaints,
		&c.Relayed, &c.RelayDelivered, &c.RelayReturned, &c.RelayUnknown,
	}
}

// plus adds other counts.
func (c *Counts) plus(other Counts) {
	into := c.fields()
	for i, n := range other.fields() {
		*into[i] += *n
	}
}

// Rate is a share as the exact fraction that it is.
type Rate struct {
	Num   int64    `json:"num"`
	Den   int64    `json:"den"`
	Value *float64 `json:"value"` // nil when there is nothing to divide by
}

// NewRate returns num of den.
func NewRate(num, den int64) Rate {
	r := Rate{Num: num, Den: den}
	if den > 0 {
		value := float64(num) / float64(den)
		r.Value = &value
	}
	return r
}

// CTR is the share of deliveries that a human clicked in.
func (c *Counts) CTR() Rate { return NewRate(c.ClicksUnique, c.Delivered) }

// CTOR is the share of the members who opened that clicked.
func (c *Counts) CTOR() Rate { return NewRate(c.ClicksUnique, c.OpensUnique) }

// The ledger's measures bear the states of a delivery.
const (
	sent     tracking.Measure = "sent"
	bounced  tracking.Measure = "bounced"
	deferred tracking.Measure = "deferred"
	failed   tracking.Measure = "failed"
	lapsed   tracking.Measure = "lapsed"
	skipped  tracking.Measure = "skipped"
	inDoubt  tracking.Measure = "in_doubt"
)

// What the counts of a send come to, besides, if its route's server posts what
// becomes of mail.
const (
	relayed       tracking.Measure = "relayed"
	relayReturned tracking.Measure = "relay_returned"
)

// atRelay returns what a count of such a send is besides; "" nothing.
func atRelay(measure tracking.Measure) tracking.Measure {
	switch {
	case measure == sent:
		return relayed
	case strings.HasPrefix(string(measure), string(tracking.BouncePrefix)):
		return relayReturned
	}
	return ""
}

// add takes in what belongs to a delivery as a whole, and to no link of it.
func (c *Counts) add(measure tracking.Measure, n int64) {
	switch measure {
	case sent:
		c.Sent += n
		c.Delivered += n
	case bounced: // in the session
		c.Sent += n
		c.Bounced += n
	case deferred:
		c.Deferred += n
	case failed:
		c.Failed += n
	case lapsed:
		c.Lapsed += n
	case skipped:
		c.Skipped += n
	case inDoubt:
		c.InDoubt += n
	case tracking.OpenUnique:
		c.OpensUnique += n
	case tracking.OpenTotal:
		c.Opens += n
	case tracking.OpenMachine:
		c.OpensMachine += n
	case tracking.Unsubscribed:
		c.Unsubscribes += n
	case tracking.Complained:
		c.Complaints += n
	case relayed:
		c.Relayed += n
		c.RelayUnknown += n
	case tracking.RelayDelivered:
		c.RelayDelivered += n
		c.RelayUnknown -= n
	case relayReturned:
		c.RelayReturned += n
		c.RelayUnknown -= n
	default:
		if strings.HasPrefix(string(measure), string(tracking.BouncePrefix)) { // of a mail that was taken first
			c.Bounced += n
			c.Delivered -= n
		}
	}
}

// take takes in a count of a mail or of a link in it, if that is within the
// scope.
func (c *Counts) take(found count, on link, in scope) {
	if in.has(on) {
		switch found.Measure {
		case tracking.ClickTotal:
			c.Clicks += found.N
		case tracking.ClickMachine:
			c.ClicksMachine += found.N
		case in.unique:
			c.ClicksUnique += found.N
		case in.repeat:
			c.ClicksUnique -= found.N
		}
	}
	c.add(found.Measure, found.N)
}
