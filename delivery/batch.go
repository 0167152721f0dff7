package delivery

import (
	"time"

	"keur/internal/form"
	"keur/internal/states"
	"keur/mailings/schedules"
)

// ActiveSend is a send whose deliveries leave, as workers see it.
type ActiveSend struct {
	ID       int64               `db:"id"`
	Mailing  int64               `db:"mailing_id"`
	Month    string              `db:"month"` // first day, the partition
	Label    int                 `db:"label_id"`
	Revision int64               `db:"revision_id"`
	SlotAt   time.Time           `db:"slot_at"`
	Slot     schedules.LocalTime `db:"slot_local"` // by the label's clock
	Deadline *time.Time          `db:"deadline_at"`
	Causes   []string            `db:"-"` // traceparents of what let it go, where spans are told
	mail     *Mail
}

// Lapsed reports whether the send's deadline has passed.
func (s *ActiveSend) Lapsed(now time.Time) bool { return s.Deadline != nil && now.After(*s.Deadline) }

// Domain is that of the sender's address, in lower case. Its mail must be ready.
func (s *ActiveSend) Domain() string { return s.mail.domain }

// PerMinute is the pace of the send; 0: none. Its mail must be ready.
func (s *ActiveSend) PerMinute() int { return s.mail.perMinute }

// giveUp is how long after its slot a refused delivery is still tried, unless
// its send's deadline comes first.
const giveUp = 48 * time.Hour

// usualAttempts is how many fit into giveUp.
const usualAttempts = 15

// until is the moment after which a delivery of the send isn't tried any more. One
// that first left days after the slot, since no more might leave from its domain on
// the days before, has as many attempts as others.
func (s *ActiveSend) until(attempt int) time.Time {
	end := s.SlotAt.Add(giveUp)
	if s.Deadline != nil && (s.Deadline.Before(end) || attempt < usualAttempts) {
		return *s.Deadline
	}
	return end
}

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

// Batch is a range of a send's members that one worker holds under a lease.
type Batch struct {
	Send        *ActiveSend
	Number      int        `db:"number"`
	Fence       int        `db:"fence"` // grows with each holder
	Part        int        `db:"part"`
	State       BatchState `db:"state"`
	FirstMember int64      `db:"first_member"`
	LastMember  int64      `db:"last_member"`
	NotBefore   time.Time  `db:"not_before"`
	TimeZone    string     `db:"time_zone"` // of its members, where they get their mail by their own clock; empty: the label's
	Items       []Item
}

// Slot is the moment of the send's slot, by the clock of the batch's members.
func (b *Batch) Slot() time.Time {
	if zone, err := time.LoadLocation(b.TimeZone); err == nil && b.TimeZone != "" {
		return b.Send.Slot.In(zone)
	}
	return b.Send.SlotAt
}

// First reports whether the batch is what its send began with: of all
// processes, only the one that held it says when the first mail left.
func (b *Batch) First() bool { return b.Number == 1 && b.Fence == 1 }

// Domain is where the item's mail goes.
func (it *Item) Domain() string {
	return form.Domain(it.address)
}

// Item is one delivery of a batch, with what its mail needs of the member.
type Item struct {
	Member   int64
	batch    *Batch
	variant  int
	attempt  int // the number that its next intent will have
	address  string
	values   []string
	vouchers []string
}
