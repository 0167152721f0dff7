package worker

import (
	"sync/atomic"
	"time"

	"keur/delivery"
)

// Metrics counts what a process's worker does, for the page of metrics.
type Metrics struct {
	Accepted, Deferred, Rejected, Withheld, Lost, NotSent atomic.Int64
	Dials, DialErrors                                     atomic.Int64
	Spent                                                 atomic.Int64 // nanoseconds in transactions
	Rounds, Changes                                       atomic.Int64 // commits, and what was made durable by them

	// FirstMail is called when a server took the first mail of a send, with how
	// long after the moment it might leave that was; nil: nobody asks.
	FirstMail func(late time.Duration)
}

func (m *Metrics) count(o delivery.Outcome) {
	switch o {
	case delivery.OutcomeAccepted:
		m.Accepted.Add(1)
	case delivery.OutcomeDeferred:
		m.Deferred.Add(1)
	case delivery.OutcomeRejected:
		m.Rejected.Add(1)
	case delivery.OutcomeWithheld:
		m.Withheld.Add(1)
	case delivery.OutcomeNotSent:
		m.NotSent.Add(1)
	default:
		m.Lost.Add(1)
	}
}
