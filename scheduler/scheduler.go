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
	"keur/campaigns/targets"
	"keur/delivery"
	"keur/delivery/warmups"
	"keur/internal/clock"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
	"keur/mailings/series"
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
	// Follow asks where a link ends, and whether it keeps its sub-id through the
	// redirects; nil leaves that part of preflight out.
	Follow links.Follow
	// Records are how DNS stands for the labels; nil leaves that part out.
	Records *domains.Watch
	// RetentionMonths is after how long deliveries and events are dropped; 0: never.
	RetentionMonths int
	// Key proves to the base that it is the scheduler who acts.
	Key postgres.Key
	// Duties of other rooms that run on a clock.
	Duties []Duty
}

// Scheduler drives mailings from approved to done.
type Scheduler struct {
	Control   *Control
	Series    *SeriesControl
	Preflight *Preflight

	clock    clock.Clock
	log      *slog.Logger
	key      postgres.Key
	sends    *mailings.Sends
	planner  *planner
	advancer *advancer
	runner   *dutyRunner
	duties   []Duty
	wake     chan struct{}
}

// New returns a scheduler; Run starts it.
func New(p Parts) *Scheduler {
	months := partitions{p.DB, p.Clock, p.RetentionMonths}
	planner := &planner{p.DB, p.Clock, p.Mailings, p.Sends, p.Approval, months}
	preflight := &Preflight{
		p.Clock, p.Labels, p.DKIM, p.Advertisers, p.Vouchers, p.Mailings, p.Sends, p.Reach, p.Segments, p.Approval, p.Compiler,
		p.Follow, p.Records, warmups.NewStore(p.DB, p.Clock),
	}
	freezer := &freezer{
		p.DB, p.Clock, p.Labels, p.Vouchers, p.Mailings, p.Sends, p.Segments, p.Reach, p.Approval, p.Ledger,
	}
	steps := series.NewStore(p.DB, p.Clock)
	guard := &guard{p.DB, p.Labels, p.Advertisers, p.Mailings, p.Sends, p.Ledger, p.Approval, targets.NewStore(p.DB, p.Clock)}
	return &Scheduler{
		Control: &Control{p.DB, p.Clock, p.Labels, p.Mailings, p.Sends, months}, Preflight: preflight,
		Series: &SeriesControl{p.DB, p.Clock, p.Mailings, p.Sends, steps},
		clock:  p.Clock, log: p.Log, key: p.Key, sends: p.Sends, planner: planner,
		advancer: &advancer{
			p.DB, p.Clock, p.Mailings, p.Sends, p.Approval, p.Ledger, preflight, freezer, guard, steps,
		},
		runner: &dutyRunner{p.DB, p.Clock, p.Log, uuid.New()},
		duties: append([]Duty{
			{Name: "expire-approvals", Every: 20 * time.Second, Run: Counted(p.Approval.ExpireDue)},
			{Name: "remind-approvers", Every: time.Minute, Run: Counted(p.Approval.Reminders.SendDue)},
			{Name: "remind-of-ends", Every: time.Hour, Run: Counted(p.Approval.Reminders.SendEnding)},
			{Name: "notify-of-stops", Every: 5 * time.Second, Run: Counted(p.Approval.Stops.Notify)},
			{Name: "notify-of-mended-links", Every: time.Minute, Run: guard.mended},
			{Name: "make-partitions", Every: 6 * time.Hour, Run: months.makeAhead},
			{Name: "drop-old-partitions", Every: 24 * time.Hour, Run: months.dropOld},
			{Name: "plan-sends", Every: 15 * time.Second, Run: planner.scheduled},
			{Name: "sweep-ended-sends", Every: 15 * time.Second, Run: guard.sweep},
		}, p.Duties...),
		wake: make(chan struct{}, 1),
	}
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
	ctx = s.acting(ctx)
	var active sync.WaitGroup
	for _, duty := range s.duties {
		active.Go(func() { s.runner.repeat(ctx, duty) })
	}
	s.follow(ctx)
	active.Wait()
}

func (s *Scheduler) acting(ctx context.Context) context.Context {
	return s.key.Acting(ctx, "system:scheduler")
}

// follow advances the sends: when one is due, when woken, and every second in
// any case, because a notification is only a hint.
func (s *Scheduler) follow(ctx context.Context) {
	for {
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("advance the sends", "error", err)
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
	due, ok, err := s.sends.NextSlot(ctx, s.clock.Now())
	if err != nil || !ok {
		return most
	}
	return max(time.Millisecond, min(most, due.Sub(s.clock.Now())))
}

// Tick plans and advances whatever is due now, once. What is planned goes on
// even if something can't be planned.
func (s *Scheduler) Tick(ctx context.Context) error {
	ctx = s.acting(ctx)
	return errors.Join(s.planner.approved(ctx), s.advancer.advance(ctx))
}

// Attend does the duties that are due now, once and one after the other: for
// who runs no scheduler but lets it look at moments of their own choice.
func (s *Scheduler) Attend(ctx context.Context) {
	ctx = s.acting(ctx)
	for _, duty := range s.duties {
		s.runner.attend(ctx, duty)
	}
}
