package scheduler

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"keur/internal/postgres"
	"keur/mailings"
)

// An audience is frozen ahead of its slot, so that the first mail leaves at
// once whatever its size: a minute, and what its members take at a pace that
// any machine keeps.
const (
	freezeAhead     = time.Minute
	freezePerSecond = 20_000
	mostAhead       = 20 * time.Minute
	atOnce          = 4 // sends that one process advances side by side
)

// advance takes every send that is due one or more steps further.
func (s *Scheduler) advance(ctx context.Context) error {
	open, err := s.Sends.Open(ctx, s.Clock.Now().Add(mostAhead))
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, send := range open {
		group.Go(func() error {
			if err := s.advanceOne(ctx, send); err != nil && ctx.Err() == nil {
				// One send's trouble must not stop the others.
				s.Log.Error("advance a send", "send", send.ID, "state", send.State, "error", err)
			}
			return nil
		})
	}
	return group.Wait()
}

// advanceOne takes a send as far as it can go now. Each step is its own
// transaction, so that a crash loses at most one step, which is done again.
func (s *Scheduler) advanceOne(ctx context.Context, send mailings.Send) error {
	for {
		next, err := s.step(ctx, send)
		if err != nil || next.State == send.State {
			return err
		}
		send = next
	}
}

// step does what the send's state calls for and returns the send after it.
func (s *Scheduler) step(ctx context.Context, send mailings.Send) (mailings.Send, error) {
	now := s.Clock.Now()
	switch send.State {
	case mailings.Planned, mailings.Preflight, mailings.Freezing:
		late, err := s.isLate(ctx, &send, now)
		if err != nil {
			return send, err
		}
		if late {
			return s.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.Missed, now) })
		}
		return s.prepare(ctx, send, now)
	case mailings.Sending, mailings.Paused:
		return s.watch(ctx, send, now)
	}
	return send, nil
}

// prepare brings a send from its plan to its slot.
func (s *Scheduler) prepare(ctx context.Context, send mailings.Send, now time.Time) (mailings.Send, error) {
	switch {
	case send.State == mailings.Planned:
		ahead, err := s.ahead(ctx, &send)
		if err != nil || now.Before(send.SlotAt.Add(-ahead)) {
			return send, err
		}
		return s.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.Preflight, now) })
	case send.State == mailings.Preflight:
		problem, err := s.preflight(ctx, &send)
		if err != nil {
			return send, err
		}
		return s.move(ctx, send, func(m *mailings.Send) error {
			if !problem.IsZero() {
				return m.Hold(problem, now)
			}
			return m.MoveTo(mailings.Freezing, now)
		})
	case send.FrozenAt == nil:
		return s.freeze(ctx, send)
	case now.Before(send.SlotAt):
		return send, nil
	}
	return s.begin(ctx, send, now)
}

// begin starts a frozen send, unless an advertiser was stopped meanwhile: not
// one mail may leave then.
func (s *Scheduler) begin(ctx context.Context, send mailings.Send, now time.Time) (mailings.Send, error) {
	stopped, err := s.stopSwitch(ctx, &send)
	if err != nil {
		return send, err
	}
	return s.move(ctx, send, func(m *mailings.Send) error {
		if !stopped.IsZero() {
			return m.Hold(stopped, now)
		}
		return m.MoveTo(mailings.Sending, now)
	})
}

// ahead returns how long before its slot a send's audience is frozen.
func (s *Scheduler) ahead(ctx context.Context, send *mailings.Send) (time.Duration, error) {
	round, err := s.Approval.Standing(ctx, send.RevisionID)
	if err != nil {
		return 0, err
	}
	return min(mostAhead, freezeAhead+time.Duration(round.Audience/freezePerSecond)*time.Second), nil
}

// isLate reports whether the slot passed by more than the mailing's grace.
func (s *Scheduler) isLate(ctx context.Context, send *mailings.Send, now time.Time) (bool, error) {
	if now.Before(send.SlotAt) {
		return false, nil
	}
	content, err := s.Mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return false, err
	}
	return now.After(send.SlotAt.Add(content.Schedule.GracePeriod())), nil
}

// move changes a send if it is still in the state it was seen in and nobody
// else works on it; otherwise it returns it unchanged, to be looked at again.
func (s *Scheduler) move(ctx context.Context, seen mailings.Send, change func(*mailings.Send) error) (mailings.Send, error) {
	after := seen
	err := postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		held, mine, err := s.Sends.Claim(ctx, tx, seen.ID)
		if err != nil || !mine || held.State != seen.State {
			return err
		}
		after, err = s.Sends.UpdateIn(ctx, tx, seen.ID, change)
		return err
	})
	if err != nil {
		return seen, err
	}
	return after, nil
}
