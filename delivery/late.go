package delivery

import "keur/tracking/bounces"

// LateOutcome is an outcome that the ledger hasn't yet, in a form that can
// outlive the process that knows it. It holds no address.
type LateOutcome struct {
	Send    int64         `json:"send"`
	Month   string        `json:"month"` // first day, the partition
	Member  int64         `json:"member"`
	Attempt int           `json:"attempt"`
	Variant int           `json:"variant"`
	State   State         `json:"state"`
	Code    int           `json:"code,omitempty"`   // of SMTP
	Reason  string        `json:"reason,omitempty"` // as the ledger has it
	Class   bounces.Class `json:"class,omitempty"`  // of a refusal
}

// Late returns the outcome that the change is.
func (c *Change) Late() LateOutcome {
	return LateOutcome{
		Send: c.Item.batch.Send.ID, Month: c.Item.batch.Send.Month, Member: c.Item.Member,
		Attempt: c.Item.attempt, Variant: c.Item.variant,
		State: c.State, Code: c.code, Reason: c.reason, Class: c.class,
	}
}

// change is Late turned round.
func (o LateOutcome) change() *Change {
	return &Change{
		Item: &Item{
			Member: o.Member, attempt: o.Attempt, variant: o.Variant,
			batch: &Batch{Send: &ActiveSend{ID: o.Send, Month: o.Month}},
		},
		State: o.State, code: o.Code, reason: o.Reason, class: o.Class,
	}
}
