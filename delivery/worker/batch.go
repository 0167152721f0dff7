package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"keur/delivery"
	"keur/delivery/warmups"
	"keur/internal/trace"
)

// batch is a batch that this process holds.
type batch struct {
	*delivery.Batch
	tasks     []task
	inFlight  sync.WaitGroup // tasks handed out and not settled yet
	stop      chan struct{}  // closed when no more of its tasks may leave
	stopped   atomic.Bool
	lost      atomic.Bool   // another worker holds it now: don't touch it any more
	closing   atomic.Bool   // it is being closed, and its lease with it
	firstSent atomic.Bool   // a server took a mail of it
	unsent    atomic.Bool   // tasks of it were let go that needn't wait
	untried   atomic.Int64  // mails of it that have an outcome and were offered to no server
	waits     []bool        // of its tasks, those whose provider takes none now; nil: none
	after     time.Duration // for how long the batch then waits with them
	warm      warmups.Taken // of the plan of its domain
	opened    time.Time     // when it came into the lanes of a shaped route
	withdrawn bool          // from the lanes, under their lock
	over      atomic.Bool   // nothing of it is under way any more
	span      *trace.Span   // nil: nobody is told
	apart     atomic.Bool   // mails of it wait for it to be taken again, whatever the others do
}

// task is one mail of a batch.
type task struct {
	*delivery.Item
	batch *batch
}

func newBatch(b *delivery.Batch) *batch {
	made := &batch{Batch: b, tasks: make([]task, len(b.Items)), stop: make(chan struct{})}
	for i := range b.Items {
		made.tasks[i] = task{&b.Items[i], made}
	}
	return made
}

// letGo is for a task that was handed out and not sent. Its delivery stays queued.
func (b *batch) letGo() {
	b.unsent.Store(true)
	b.apart.Store(true)
	b.inFlight.Done()
}

// rests is for how long the batch waits with what is queued still: for a provider,
// but not with what is for another.
func (b *batch) rests() time.Duration {
	if b.unsent.Load() {
		return 0
	}
	return b.after
}

// halt keeps what has not left yet from leaving. Lost says that the batch is
// another worker's.
func (b *batch) halt(lost bool) {
	if lost {
		b.lost.Store(true)
	}
	if !b.stopped.Swap(true) {
		close(b.stop)
	}
}
