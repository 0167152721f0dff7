package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Sends of a recurring mailing are planned two days ahead, and always the next.
const (
	planAhead = 48 * time.Hour
	planMost  = 200
)

// planApproved gives every mailing that was just approved its sends.
func (s *Scheduler) planApproved(ctx context.Context) error { return s.planAll(ctx, mailings.Approved) }

// planOn gives every scheduled mailing its further sends: those of the coming
// days, and at least the next one. A mailing without any left is concluded.
func (s *Scheduler) planOn(ctx context.Context) error { return s.planAll(ctx, mailings.Scheduled) }

func (s *Scheduler) planAll(ctx context.Context, state mailings.State) error {
	ids, err := s.Mailings.InState(ctx, state)
	if err != nil {
		return err
	}
	var troubles []error
	for _, id := range ids {
		if err := s.planMailing(ctx, id); err != nil {
			// One mailing's trouble must not stop the others.
			troubles = append(troubles, fmt.Errorf("plan mailing %d: %w", id, err))
		}
	}
	return errors.Join(troubles...)
}

func (s *Scheduler) planMailing(ctx context.Context, id mailings.ID) error {
	m, err := s.Mailings.Get(ctx, id)
	if err != nil {
		return err
	}
	content, err := s.Mailings.Content(ctx, *m.RevisionID)
	if err != nil {
		return err
	}
	zone, err := content.Zone()
	if err != nil {
		return err
	}
	last, err := s.Sends.LastSlot(ctx, id)
	if err != nil {
		return err
	}
	due := dueSlots(&content.Schedule, zone, m.State, last, s.Clock.Now())
	if m.State == mailings.Scheduled && len(due) > 0 {
		if due, err = s.unplanned(ctx, &m, due); err != nil || len(due) == 0 {
			return err
		}
	}
	err = postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		m, err := s.Mailings.UpdateIn(ctx, tx, id, func(m *mailings.Mailing) error {
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
			if err := s.makePartition(ctx, tx, slot.At); err != nil {
				return err
			}
			if _, err := s.Sends.Plan(ctx, tx, m, slot.Local, slot.At, slot.At.Add(content.Schedule.LapseAfter())); err != nil {
				return err
			}
		}
		if len(due) > 0 {
			return nil
		}
		return s.conclude(ctx, tx, id)
	})
	if fault.Is(err, fault.Conflict) {
		return nil // someone edited or withdrew it; there is nothing to plan
	}
	return err
}

// unplanned returns the slots that have no send yet. One that was called off
// counts as a send here: planning on must not bring it back.
func (s *Scheduler) unplanned(ctx context.Context, m *mailings.Mailing, due []mailings.Slot) ([]mailings.Slot, error) {
	taken, err := s.Sends.Slots(ctx, m, due[0].At, due[len(due)-1].At)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(due, func(slot mailings.Slot) bool { return slices.Contains(taken, slot.Local) }), nil
}

// dueSlots returns the slots to have sends for at now. A single slot is planned
// once, and even when it just passed, so that it is seen as missed and not
// forgotten. Of a scheduled one planning goes on behind the last slot that has
// a send, so that those of a long outage are seen as missed as well.
func dueSlots(schedule *mailings.Schedule, zone *time.Location, state mailings.State, last, now time.Time) []mailings.Slot {
	if schedule.Kind == mailings.Once {
		if state == mailings.Scheduled {
			return nil
		}
		return []mailings.Slot{{Local: schedule.At, At: schedule.At.In(zone)}}
	}
	after := now
	if state == mailings.Scheduled && !last.IsZero() && last.Before(now) {
		after = last
	}
	if due := schedule.Slots(zone, after, now.Add(planAhead), planMost); len(due) > 0 {
		return due
	}
	if next, ok := schedule.Next(zone, now); ok {
		return []mailings.Slot{next}
	}
	return nil
}

// makePartition makes room for a slot that lies further ahead than the duty
// looks. Nearly always the partition is there, and nothing is locked.
func (s *Scheduler) makePartition(ctx context.Context, tx *sqlx.Tx, at time.Time) error {
	month := mailings.MonthOf(at)
	_, err := tx.ExecContext(ctx, `
		SELECT ensure_partitions($1, $1) WHERE to_regclass('deliveries_' || to_char($1::date, 'YYYY_MM')) IS NULL`, month)
	return postgres.Fault(err, "thing.partitions_of_month", "month", month)
}

// conclude ends a mailing when each of its sends has ended.
func (s *Scheduler) conclude(ctx context.Context, tx *sqlx.Tx, id mailings.ID) error {
	tally, err := s.Sends.Tally(ctx, tx, id, s.Clock.Now())
	if err != nil || tally.Open > 0 {
		return err
	}
	_, err = s.Mailings.UpdateIn(ctx, tx, id, func(m *mailings.Mailing) error { return m.Conclude(tally) })
	return err
}
