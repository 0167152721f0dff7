package scheduler

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/internal/clock"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
)

// Sends of a recurring mailing are planned two days ahead, and always the next.
const (
	planAhead = 48 * time.Hour
	planMost  = 200
)

// planner gives mailings their sends.
type planner struct {
	db         *sqlx.DB
	clock      clock.Clock
	mailings   *mailings.Store
	sends      *mailings.Sends
	approval   *approval.Engine
	partitions partitions
}

// approved gives every mailing that was just approved its sends.
func (p *planner) approved(ctx context.Context) error { return p.inState(ctx, mailings.Approved) }

// scheduled gives every scheduled mailing its further sends: those of the coming
// days, and at least the next one. A mailing without any left is concluded.
func (p *planner) scheduled(ctx context.Context) error { return p.inState(ctx, mailings.Scheduled) }

func (p *planner) inState(ctx context.Context, state mailings.State) error {
	ids, err := p.mailings.InState(ctx, state)
	if err != nil {
		return err
	}
	_, err = each.Try(ctx, 1, ids, func(ctx context.Context, id mailings.ID) error {
		if err := p.plan(ctx, id); err != nil {
			return fmt.Errorf("plan mailing %d: %w", id, err)
		}
		return nil
	})
	return err
}

func (p *planner) plan(ctx context.Context, id mailings.ID) error {
	m, err := p.mailings.Get(ctx, id)
	if err != nil {
		return err
	}
	content, err := p.mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return err
	}
	round, err := p.approval.Standing(ctx, *m.RevisionID)
	if fault.Is(err, fault.Conflict) { // withdrawn meanwhile, or the policy became stricter
		return postgres.InTx(ctx, p.db, func(tx *sqlx.Tx) error {
			_, err := p.approval.EndIn(ctx, tx, id)
			return err
		})
	}
	if err != nil {
		return err
	}
	last, err := p.sends.LastSlot(ctx, id)
	if err != nil {
		return err
	}
	due := dueSlots(round.Slots, content.Schedule.Kind, m.State, last, p.clock.Now())
	if m.State == mailings.Scheduled && len(due) > 0 {
		if due, err = p.unplanned(ctx, &m, due); err != nil || len(due) == 0 {
			return err
		}
	}
	err = postgres.InTx(ctx, p.db, func(tx *sqlx.Tx) error {
		m, err := p.mailings.UpdateIn(ctx, tx, id, func(m *mailings.Mailing) error {
			switch {
			case m.State == mailings.Approved:
				return m.MoveTo(mailings.Scheduled)
			case m.State == mailings.Scheduled:
				return nil
			}
			return fault.New(fault.Conflict, "scheduler.mailing_is", "state", m.State)
		})
		if err != nil {
			return err
		}
		for _, slot := range due {
			if err := p.partitions.makeFor(ctx, tx, slot.At); err != nil {
				return err
			}
			if _, err := p.sends.Plan(ctx, tx, m, slot.Local, slot.At, deadline(&content.Schedule, slot)); err != nil {
				return err
			}
		}
		if len(due) > 0 {
			return nil
		}
		return p.conclude(ctx, tx, id)
	})
	if fault.Is(err, fault.Conflict) && !postgres.Refused(err) {
		return nil // someone edited or withdrew it; there is nothing to plan
	}
	return err
}

// farthestWest is the zone whose clocks show a time last.
var farthestWest = time.FixedZone("", -12*60*60)

// deadline returns when deliveries of a slot lapse: so long after it, and by the
// members' own clocks so long after it comes to those furthest west, of whom none
// would get it otherwise.
func deadline(s *schedules.Schedule, slot schedules.Slot) time.Time {
	last := slot.At
	if west := slot.Local.In(farthestWest); s.MemberLocal && west.After(last) {
		last = west
	}
	return last.Add(s.LapseAfter())
}

// unplanned returns the slots that have no send yet. One that was called off
// counts as a send here: planning on must not bring it back.
func (p *planner) unplanned(ctx context.Context, m *mailings.Mailing, due []schedules.Slot) ([]schedules.Slot, error) {
	taken, err := p.sends.Slots(ctx, m, due[0].At, due[len(due)-1].At)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(due, func(slot schedules.Slot) bool { return slices.Contains(taken, slot.Local) }), nil
}

// dueSlots returns the approved slots to have sends for at now. A single slot
// is planned once, and even when it just passed, so that it is seen as missed
// and not forgotten. Of a scheduled one planning goes on behind the last slot
// that has a send, so that those of a long outage are seen as missed as well.
func dueSlots(approved []schedules.Slot, kind schedules.Kind, state mailings.State, last, now time.Time) (due []schedules.Slot) {
	if kind == schedules.Once {
		if state == mailings.Scheduled {
			return nil
		}
		return approved
	}
	after := now
	if state == mailings.Scheduled && !last.IsZero() && last.Before(now) {
		after = last
	}
	for _, slot := range approved {
		switch {
		case !slot.At.After(after):
		case !slot.At.After(now.Add(planAhead)) && len(due) < planMost:
			due = append(due, slot)
		case len(due) == 0:
			return []schedules.Slot{slot}
		}
	}
	return due
}

// conclude ends a mailing when each of its sends has ended: for good, or, where
// its schedule goes on and its approval doesn't, until it is submitted anew.
func (p *planner) conclude(ctx context.Context, tx *sqlx.Tx, id mailings.ID) error {
	tally, err := p.sends.Tally(ctx, tx, id, p.clock.Now())
	if err != nil || tally.Open > 0 {
		return err
	}
	if ended, err := p.approval.EndIn(ctx, tx, id); err != nil || ended {
		return err
	}
	_, err = p.mailings.UpdateIn(ctx, tx, id, func(m *mailings.Mailing) error { return m.Conclude(tally) })
	return err
}
