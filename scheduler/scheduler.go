// Package scheduler lets what was approved happen at its moment: it turns
// schedules into sends, checks each again before its slot, freezes its audience
// into the ledger, starts, guards and finishes it. Any number of processes may
// run it: every duty is idempotent and claimed in PostgreSQL, a send by the
// lock on its row, so nothing happens twice and nothing stops when one dies.
package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

// Parts are what a Scheduler works with.
type Parts struct {
	DB          *sqlx.DB
	Clock       clock.Clock
	Log         *slog.Logger
	Labels      *labels.Store
	DKIM        *labels.DKIMKeys
	Advertisers *campaigns.Advertisers
	Vouchers    *campaigns.Vouchers
	Mailings    *mailings.Store
	Sends       *mailings.Sends
	Segments    *segments.Engine
	Reach       *mailings.Reach
	Approval    *approval.Engine
	Ledger      *delivery.Ledger
	Compiler    *templates.Compiler
	// CheckLink asks whether a link answers and keeps its sub-id through the
	// redirects; nil leaves that part of preflight out.
	CheckLink func(ctx context.Context, url, subIDParameter string) error
	// RetentionMonths is after how long deliveries and events are dropped; 0: never.
	RetentionMonths int
	// Duties of other rooms that run on a clock.
	Duties []Duty
}

// Scheduler drives mailings from approved to done.
type Scheduler struct {
	Parts
	me   uuid.UUID
	wake chan struct{}
}

// New returns a scheduler; Run starts it.
func New(p Parts) *Scheduler {
	return &Scheduler{Parts: p, me: uuid.New(), wake: make(chan struct{}, 1)}
}

// Wake makes the scheduler look at once; a notification does this.
func (s *Scheduler) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, and returns when everything it began is done or
// given back.
func (s *Scheduler) Run(ctx context.Context) {
	ctx = postgres.WithActor(ctx, "system:scheduler")
	var active sync.WaitGroup
	for _, duty := range s.duties() {
		active.Go(func() { s.repeat(ctx, duty) })
	}
	s.follow(ctx)
	active.Wait()
}

// repeat attends to a duty now, since a process that never lives for a day does
// the daily ones as well, and then at its interval until ctx ends.
func (s *Scheduler) repeat(ctx context.Context, duty Duty) {
	ticker := time.NewTicker(duty.Every)
	defer ticker.Stop()
	for ctx.Err() == nil {
		s.attend(ctx, duty)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// follow advances the sends: when one is due, when woken, and every second in
// any case, because a notification is only a hint.
func (s *Scheduler) follow(ctx context.Context) {
	for {
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("advance the sends", "error", err)
		}
		timer := time.NewTimer(s.untilNext(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// untilNext returns how long until the next slot, at most a second.
func (s *Scheduler) untilNext(ctx context.Context) time.Duration {
	const most = time.Second
	due, ok, err := s.Sends.NextSlot(ctx, s.Clock.Now())
	if err != nil || !ok {
		return most
	}
	return max(time.Millisecond, min(most, due.Sub(s.Clock.Now())))
}

// Tick plans and advances whatever is due now, once. What is planned goes on
// even if something can't be planned.
func (s *Scheduler) Tick(ctx context.Context) error {
	return errors.Join(s.planApproved(ctx), s.advance(ctx))
}

// Attend does the duties that are due now, once and one after the other: for
// who runs no scheduler but lets it look at moments of their own choice.
func (s *Scheduler) Attend(ctx context.Context) {
	for _, duty := range s.duties() {
		s.attend(ctx, duty)
	}
}

// duties are all that runs on a clock beside the sends themselves.
func (s *Scheduler) duties() []Duty {
	own := []Duty{
		{Name: "expire-approvals", Every: 20 * time.Second, Run: Counted(s.Approval.ExpireDue)},
		{Name: "remind-approvers", Every: time.Minute, Run: Counted(s.Approval.RemindDue)},
		{Name: "notify-of-stops", Every: 5 * time.Second, Run: Counted(s.Approval.NotifyStopped)},
		{Name: "make-partitions", Every: 6 * time.Hour, Run: s.makePartitions},
		{Name: "drop-old-partitions", Every: 24 * time.Hour, Run: s.dropPartitions},
		{Name: "plan-sends", Every: 15 * time.Second, Run: s.planOn},
		{Name: "sweep-ended-sends", Every: 15 * time.Second, Run: s.sweep},
	}
	return append(own, s.Duties...)
}

// makePartitions keeps the months ahead ready: a mailing may be planned for a
// year from now, and its send then has a partition.
func (s *Scheduler) makePartitions(ctx context.Context) error {
	now := s.Clock.Now()
	_, err := s.DB.ExecContext(ctx, `SELECT ensure_partitions($1, $2)`, now.AddDate(0, -1, 0), now.AddDate(0, 4, 0))
	return postgres.Fault(err, "thing.partitions")
}

// dropPartitions forgets the deliveries and events of months that are over
// since longer than they are to be kept. Their counts stay.
func (s *Scheduler) dropPartitions(ctx context.Context) error {
	if s.RetentionMonths == 0 {
		return nil
	}
	_, err := s.DB.ExecContext(ctx, `SELECT drop_partitions($1)`, s.Clock.Now().AddDate(0, -s.RetentionMonths, 0))
	return postgres.Fault(err, "thing.old_partitions")
}
