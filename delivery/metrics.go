package delivery

import (
	"sync/atomic"
	"time"
)

// Metrics counts what a process's workers do, for the page of metrics.
type Metrics struct {
	Accepted, Deferred, Rejected, Lost, NotSent atomic.Int64
	Dials, DialErrors                           atomic.Int64
	Spent                                       atomic.Int64 // nanoseconds in transactions
	Rounds, Changes                             atomic.Int64 // commits, and what was made durable by them

	// FirstMail is called when a server took the first mail of a send, with how
	// long after the moment it might leave that was; nil: nobody asks.
	FirstMail func(late time.Duration)
}

func (m *Metrics) count(o Outcome) {
	switch o {
	case Accepted:
		m.Accepted.Add(1)
	case Deferred:
		m.Deferred.Add(1)
	case Rejected:
		m.Rejected.Add(1)
	case NotSent:
		m.NotSent.Add(1)
	default:
		m.Lost.Add(1)
	}
}
