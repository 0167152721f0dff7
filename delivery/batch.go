package delivery

import (
	"sync"
	"sync/atomic"
	"time"

	"keur/internal/states"
)

// run is one send as the workers see it.
type run struct {
	ID       int64      `db:"id"`
	Mailing  int64      `db:"mailing_id"`
	Month    string     `db:"month"` // first day, the partition
	Label    int        `db:"label_id"`
	Revision int64      `db:"revision_id"`
	SlotAt   time.Time  `db:"slot_at"`
	Deadline *time.Time `db:"deadline_at"`
	letter   *Letter
}

// lapsed reports whether the send's deadline has passed.
func (r *run) lapsed(now time.Time) bool { return r.Deadline != nil && now.After(*r.Deadline) }

// BatchState is where a batch stands.
type BatchState string

// The states of a batch.
const (
	BatchWaiting BatchState = "waiting"
	BatchRunning BatchState = "running" // a worker holds it
	BatchDone    BatchState = "done"
)

// BatchTransitions lists which state of a batch may follow which: it goes from
// worker to worker until it is done, or its send is called off.
func BatchTransitions() states.Machine[BatchState] {
	return states.Machine[BatchState]{First: BatchWaiting, Follows: map[BatchState][]BatchState{
		BatchWaiting: {BatchRunning, BatchDone},
		BatchRunning: {BatchWaiting, BatchDone},
	}}
}

// batch is a range of a send's members that this process holds.
type batch struct {
	run         *run
	Number      int        `db:"number"`
	Fence       int        `db:"fence"`
	Part        int        `db:"part"`
	State       BatchState `db:"state"`
	FirstMember int64      `db:"first_member"`
	LastMember  int64      `db:"last_member"`

	NotBefore time.Time `db:"not_before"`
	items     []item
	flying    sync.WaitGroup // items handed out and not settled yet
	stop      chan struct{}  // closed when no more of its items may leave
	stopped   atomic.Bool
	lost      atomic.Bool // another worker holds it now: don't touch it any more
	begun     atomic.Bool // a server took a mail of it
}

// first reports whether the batch is what its send began with: of all
// processes, only the one that held it says when the first mail left.
func (b *batch) first() bool { return b.Number == 1 && b.Fence == 1 }

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

// item is one delivery of a batch, with what its mail needs of the member.
type item struct {
	batch    *batch
	member   int64
	variant  int
	attempt  int // the number that its next intent will have
	address  string
	values   []string
	vouchers []string
}
