// Package delivery brings each frozen member of a send its mail, exactly once:
// the ledger with one row per recipient, and what a
// send's mail is made of. Its workers are in delivery/worker.
package delivery

import (
	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/states"
	"keur/tracking"
)

// State is where a delivery stands in the ledger.
type State string

// The states of a delivery. Queued, Sending, Deferred and InDoubt may still
// change.
const (
	Queued   State = "queued"
	Sending  State = "sending"  // its intent is durable; it is in flight or about to be
	Sent     State = "sent"     // the server answered 250
	Deferred State = "deferred" // refused for now; delivery_retries says when it is tried again
	Bounced  State = "bounced"  // refused for good
	Failed   State = "failed"   // given up
	Lapsed   State = "lapsed"   // its send's deadline passed before it left
	Skipped  State = "skipped"  // left out, with the reason
	InDoubt  State = "in_doubt" // may have arrived or not: a person decides
)

// Transitions lists which state of a delivery may follow which. One goes back
// only when it was put off and its time has come, or when it is in doubt and a
// person has it sent again.
func Transitions() states.Machine[State] {
	return states.Machine[State]{First: Queued, Follows: map[State][]State{
		Queued:   {Sending, Lapsed, Skipped},
		Sending:  {Sent, Deferred, Bounced, Failed, InDoubt},
		Deferred: {Queued, Lapsed},
		InDoubt:  {Sent, Deferred, Bounced, Failed},
	}}
}

// Ledger keeps one row per member of a send, and is all that decides whether a
// mail may leave. Any number of goroutines and processes may use it.
type Ledger struct {
	db       *sqlx.DB
	clock    clock.Clock
	tracking *tracking.Store
	vouchers *campaigns.Vouchers
}

// NewLedger returns the ledger in db. What a bounce or a delivery means in
// other rooms is written through their stores, in the same transaction.
func NewLedger(db *sqlx.DB, clock clock.Clock, tracking *tracking.Store, vouchers *campaigns.Vouchers) *Ledger {
	return &Ledger{db: db, clock: clock, tracking: tracking, vouchers: vouchers}
}
