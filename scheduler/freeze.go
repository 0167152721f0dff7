package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/delivery"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
	"keur/segments"
)

// obstacle is a reason to hold a send instead of freezing its audience. It
// undoes the transaction in which it was found.
type obstacle struct{ reason words.Message }

func (o obstacle) Error() string { return o.reason.String() }

// freeze writes the send's audience to the ledger, in one transaction with the
// send's row: a crash leaves nothing of it, and another process begins anew.
func (s *Scheduler) freeze(ctx context.Context, send mailings.Send) (mailings.Send, error) {
	plan, err := s.freezePlan(ctx, &send)
	if err != nil {
		return s.holdFor(ctx, send, asObstacle(err))
	}
	after := send
	err = postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		held, mine, err := s.Sends.Claim(ctx, tx, send.ID)
		if err != nil || !mine || held.State != mailings.Freezing || held.FrozenAt != nil {
			return err
		}
		if err := s.lockCaps(ctx, tx, plan.scope); err != nil {
			return err
		}
		sql, args, err := s.Segments.AudienceSQL(ctx, tx, plan.scope)
		if err != nil {
			return err
		}
		frozen, err := s.Ledger.Freeze(ctx, tx, held, sql, args, plan.options)
		if err != nil {
			return err
		}
		if err := plan.drift(&held, frozen.Queued); err != nil {
			return err
		}
		for _, pool := range plan.pools {
			if err := s.Vouchers.Reserve(ctx, tx, pool, int64(send.ID), send.Month.First()); err != nil {
				return asObstacle(err)
			}
		}
		shown, err := json.Marshal(waterfallOf(frozen))
		if err != nil {
			return err
		}
		after, err = s.Sends.UpdateIn(ctx, tx, send.ID, func(m *mailings.Send) error {
			now, water := s.Clock.Now(), json.RawMessage(shown)
			m.FrozenAt, m.Audience, m.Waterfall = &now, &frozen.Queued, &water
			return nil
		})
		return err
	})
	if err != nil {
		return s.holdFor(ctx, send, err)
	}
	if now := s.Clock.Now(); after.FrozenAt != nil && !now.Before(after.SlotAt) {
		return s.begin(ctx, after, now)
	}
	return after, nil
}

// holdFor holds the send if err is an obstacle; other trouble passes, and the
// send is tried again.
func (s *Scheduler) holdFor(ctx context.Context, send mailings.Send, err error) (mailings.Send, error) {
	var o obstacle
	if !errors.As(err, &o) {
		return send, err
	}
	return s.move(ctx, send, func(m *mailings.Send) error { return m.Hold(o.reason, s.Clock.Now()) })
}

// lockCaps keeps two sends from being frozen at once where caps hold: neither
// would see the other's deliveries, and a member could get both. The lock is
// held until the freezing commits.
func (s *Scheduler) lockCaps(ctx context.Context, tx *sqlx.Tx, scope segments.Scope) error {
	if len(scope.Caps) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('keur.freeze'))`)
	return postgres.Fault(err, "thing.audience")
}

// asObstacle turns a fault that a person can mend into a reason to hold.
func asObstacle(err error) error {
	if kind := fault.Of(err); kind == fault.Internal || kind == fault.Unavailable {
		return err
	}
	return obstacle{words.OfError(err)}
}

// frozenPlan is all that freezing needs, worked out before anything is locked.
type frozenPlan struct {
	scope    segments.Scope
	options  delivery.FreezeOptions
	pools    []campaigns.PoolID
	approved func(count int) bool // within the drift that the approval allows
	count    int
}

// drift returns an obstacle when the audience differs from the approved one by
// more than the policy allows, and no colleague has released it.
func (p *frozenPlan) drift(send *mailings.Send, count int) error {
	drifted := words.Of("hold.drift", "now", count, "approved", p.count)
	if send.Excused(drifted) || p.approved(count) {
		return nil
	}
	return obstacle{drifted}
}

func (s *Scheduler) freezePlan(ctx context.Context, send *mailings.Send) (frozenPlan, error) {
	var p frozenPlan
	round, err := s.Approval.Standing(ctx, send.RevisionID)
	if err != nil {
		return p, err
	}
	content, err := s.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return p, err
	}
	m, err := s.Mailings.Get(ctx, send.MailingID)
	if err != nil {
		return p, err
	}
	label, err := s.Labels.Get(ctx, send.LabelID)
	if err != nil {
		return p, err
	}
	if p.scope, err = s.Reach.Scope(ctx, &m, &content, send.SlotAt); err != nil {
		return p, err
	}
	p.count = round.Audience
	// How many reach a step of a series differs from day to day by nature.
	p.approved = func(count int) bool { return content.Schedule.Kind == mailings.Series || !round.Drifted(count) }
	for _, pool := range content.VoucherPools() {
		p.pools = append(p.pools, campaigns.PoolID(pool))
	}
	for _, subject := range content.Subjects {
		p.options.Weights = append(p.options.Weights, subject.Weight)
	}
	return p, s.dealTimes(ctx, &p.options, send, &content, mailings.HoursOf(&content.Schedule, &label))
}

// dealTimes says from when deliveries may leave: the slot, or the first open
// moment after it; by each member's own wall clock where the mailing says so.
func (s *Scheduler) dealTimes(ctx context.Context, o *delivery.FreezeOptions, send *mailings.Send, content *mailings.Content, hours mailings.Hours) error {
	zone, err := content.Zone()
	if err != nil {
		return err
	}
	var ok bool
	if o.NotBefore, ok = hours.Next(send.SlotAt, zone); !ok {
		return fault.New(fault.Conflict, "scheduler.window_never_opens")
	}
	if !content.Schedule.MemberLocal {
		return nil
	}
	names, err := s.Segments.TimeZones(ctx, send.LabelID)
	if err != nil {
		return err
	}
	for _, name := range names {
		theirs, err := time.LoadLocation(name)
		if err != nil {
			continue // not a zone we know: they get it by the label's clock
		}
		// Further east the slot is over already; they get it at once.
		at := send.SlotLocal.In(theirs)
		if at.Before(send.SlotAt) {
			at = send.SlotAt
		}
		if at, ok = hours.Next(at, theirs); ok {
			o.Zones = append(o.Zones, delivery.Zone{Name: name, NotBefore: at})
		}
	}
	return nil
}

// waterfallOf returns the frozen audience's waterfall, counted from its rows.
func waterfallOf(f delivery.Frozen) segments.Waterfall {
	w := segments.Waterfall{Matched: f.Queued, Audience: f.Queued}
	for _, reason := range segments.Reasons() {
		n := f.Skipped[string(reason)]
		w.Matched += n
		w.Steps = append(w.Steps, segments.Step{Reason: reason, N: n})
	}
	return w
}
