package scheduler

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// obstacle is a reason to hold a send instead of freezing its audience. It
// undoes the transaction in which it was found.
type obstacle struct{ reason words.Message }

func (o obstacle) Error() string { return o.reason.String() }

// freezer freezes audiences into the ledger.
type freezer struct {
	db       *sqlx.DB
	clock    clock.Clock
	labels   *labels.Store
	vouchers *campaigns.Vouchers
	mailings *mailings.Store
	sends    *mailings.Sends
	segments *segments.Engine
	reach    *mailings.Reach
	approval *approval.Engine
	ledger   *delivery.Ledger
}

// freeze writes the send's audience to the ledger, in one transaction with the
// send's row: a crash leaves nothing of it, and another process begins anew.
// Returns an obstacle if the send is to be held instead.
func (f *freezer) freeze(ctx context.Context, send mailings.Send) (mailings.Send, error) {
	plan, err := f.plan(ctx, &send)
	if err != nil {
		return send, asObstacle(err)
	}
	after := send
	err = postgres.InTx(ctx, f.db, func(tx *sqlx.Tx) error {
		held, mine, err := f.sends.Claim(ctx, tx, send.ID)
		if err != nil || !mine || held.State != mailings.Freezing || held.FrozenAt != nil {
			return err
		}
		if err := f.lockCaps(ctx, tx, plan.scope); err != nil {
			return err
		}
		sql, args, err := f.segments.AudienceSQL(ctx, tx, plan.scope)
		if err != nil {
			return err
		}
		frozen, err := f.ledger.Freeze(ctx, tx, held, sql, args, plan.options)
		if err != nil {
			return err
		}
		sealed, err := f.sends.GetIn(ctx, tx, send.ID)
		if err != nil {
			return err
		}
		reason := plan.round.Exceeds(&plan.today, approval.Frozen{N: frozen.Queued, Kept: sealed.Kept}, held.Releases)
		if !reason.IsZero() {
			return obstacle{reason}
		}
		for _, pool := range plan.pools {
			if err := f.vouchers.Reserve(ctx, tx, pool, int64(send.ID), send.Month.First()); err != nil {
				return asObstacle(err)
			}
		}
		shown, err := json.Marshal(waterfallOf(frozen))
		if err != nil {
			return err
		}
		after, err = f.sends.UpdateIn(ctx, tx, send.ID, func(m *mailings.Send) error {
			now, water := f.clock.Now(), json.RawMessage(shown)
			m.FrozenAt, m.OpensAt, m.Audience, m.Waterfall = &now, &plan.scope.Opens, &frozen.Queued, &water
			return nil
		})
		return err
	})
	return after, err
}

// lockCaps keeps two sends from being frozen at once where caps hold: neither
// would see the other's deliveries, and a member could get both. The lock is
// held until the freezing commits.
func (f *freezer) lockCaps(ctx context.Context, tx *sqlx.Tx, scope segments.Scope) error {
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
	return obstacle{reasonOf(err)}
}

// frozenPlan is all that freezing needs, worked out before anything is locked.
type frozenPlan struct {
	scope   segments.Scope
	options delivery.FreezeOptions
	pools   []campaigns.PoolID
	round   approval.Round
	today   policies.Policy
}

func (f *freezer) plan(ctx context.Context, send *mailings.Send) (frozenPlan, error) {
	var p frozenPlan
	var err error
	if p.round, p.today, err = f.approval.Limits(ctx, send.RevisionID); err != nil {
		return p, err
	}
	content, err := f.mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return p, err
	}
	m, err := f.mailings.Get(ctx, send.MailingID)
	if err != nil {
		return p, err
	}
	label, err := f.labels.Get(ctx, send.LabelID)
	if err != nil {
		return p, err
	}
	if p.scope, err = f.reach.Scope(ctx, &m, &content, send.SlotAt); err != nil {
		return p, err
	}
	hours := schedules.HoursOf(&content.Schedule, &label)
	if now := f.clock.Now(); now.After(send.SlotAt.Add(content.Schedule.GracePeriod())) { // released after that
		if opens, ok := hours.Next(now, label.Location()); ok {
			p.scope.Opens = opens
		}
	}
	for _, pool := range content.VoucherPools() {
		p.pools = append(p.pools, campaigns.PoolID(pool))
	}
	for _, subject := range content.Subjects {
		p.options.Weights = append(p.options.Weights, subject.Weight)
	}
	return p, f.dealTimes(ctx, &p.options, send, &content, hours)
}

// dealTimes says from when deliveries may leave: the slot, or the first open
// moment after it; by each member's own wall clock where the mailing says so.
func (f *freezer) dealTimes(
	ctx context.Context, o *delivery.FreezeOptions, send *mailings.Send, content *mailings.Content, hours schedules.Hours,
) error {
	zone, err := content.Zone()
	if err != nil {
		return err
	}
	var ok bool
	if o.NotBefore, ok = hours.Next(send.SlotAt, zone); !ok {
		return fault.New(fault.Conflict, "scheduler.window_never_opens")
	}
	if lapse := content.Schedule.LapseAfter(); !hours.Leaves(send.SlotAt, zone, lapse) {
		return fault.New(fault.Conflict, "mailings.never_leaves", "slot", send.SlotLocal, "hours", int(lapse.Hours()))
	}
	if !content.Schedule.MemberLocal {
		return nil
	}
	names, err := f.segments.TimeZones(ctx, send.LabelID)
	if err != nil {
		return err
	}
	for _, name := range names {
		theirs, err := time.LoadLocation(name)
		if err != nil {
			continue // not a zone we know: they get it by the label's clock
		}
		if at, ok := hours.Next(send.SlotLocal.In(theirs), theirs); ok {
			o.Zones = append(o.Zones, delivery.Zone{Name: name, NotBefore: at})
		}
	}
	return nil
}

// begins returns when the first mail of a send may leave: at its slot, or, by the
// members' own clocks, when those furthest east have it.
func (f *freezer) begins(ctx context.Context, send *mailings.Send) (time.Time, error) {
	content, err := f.mailings.Content(ctx, send.RevisionID)
	if err != nil || !content.Schedule.MemberLocal {
		return send.SlotAt, err
	}
	names, err := f.segments.TimeZones(ctx, send.LabelID)
	return earliest(schedules.Slot{Local: send.SlotLocal, At: send.SlotAt}, names), err
}

// earliest returns when the first clock shows a slot, of the label's and those of
// the zones that are known.
func earliest(slot schedules.Slot, zones []string) time.Time {
	first := slot.At
	for _, name := range zones {
		if theirs, err := time.LoadLocation(name); err == nil {
			if at := slot.Local.In(theirs); at.Before(first) {
				first = at
			}
		}
	}
	return first
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
