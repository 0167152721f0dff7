package reports

import (
	"keur/accounts"
	"keur/labels"
	"keur/segments"
)

// disclosure is how closely somebody is told what members did. What is told of
// several sends is the sum of what is told of each, so that no two sums that are
// told tell by their difference what neither does.
type disclosure int

const (
	exactly disclosure = iota // the program itself, and who plans or approves
	billed                    // who bills by it: exactly, but of no send to fewer than segments.Fewest members
	roughly                   // who only looks: each count of each send, rounded down to a multiple of segments.Fewest
)

// disclosureTo returns how closely the user is told what members of the label did;
// nil is the program itself.
func disclosureTo(u *accounts.User, label labels.ID) disclosure {
	switch {
	case u == nil || u.CountsExactly(label):
		return exactly
	case u.Can(label, accounts.Finance):
		return billed
	}
	return roughly
}

// counts returns what is told of the counts of one send, or of a part of it, to
// so many members.
func (d disclosure) counts(c Counts, audience int) Counts {
	switch {
	case d == exactly:
		return c
	case audience < segments.Fewest:
		return Counts{}
	case d == billed:
		return c
	}
	for _, n := range c.fields() {
		*n -= *n % segments.Fewest
	}
	c.Delivered = c.Sent - c.Bounced
	c.RelayUnknown = c.Relayed - c.RelayDelivered - c.RelayReturned
	if c.OpensUnique == 0 { // what a few did, however often
		c.Opens = 0
	}
	if c.ClicksUnique == 0 {
		c.Clicks = 0
	}
	return c
}

// outcome returns what is told of the outcome of one send.
func (d disclosure) outcome(o Outcome) Outcome {
	o.Counts = d.counts(o.Counts, o.Audience)
	if d == exactly {
		return o
	}
	o.Waterfall.Coarsen()
	o.Rounded = d == roughly
	if d == roughly {
		segments.Coarsen(&o.Audience)
	} else if o.Audience < segments.Fewest {
		o.Audience = 0
	}
	return o
}
