package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval"
	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/each"
	"keur/internal/postgres"
	"keur/internal/trace"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/series"
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

// advancer takes sends from their plan to their end.
type advancer struct {
	db        *sqlx.DB
	clock     clock.Clock
	mailings  *mailings.Store
	sends     *mailings.Sends
	approval  *approval.Engine
	ledger    *delivery.Ledger
	preflight *Preflight
	freezer   *freezer
	guard     *guard
	series    *series.Store
}

// advance takes every send that is due one or more steps further.
func (a *advancer) advance(ctx context.Context) error {
	open, err := a.sends.Open(ctx, a.clock.Now().Add(mostAhead))
	if err != nil {
		return err
	}
	_, err = each.Try(ctx, atOnce, open, func(ctx context.Context, send mailings.Send) error {
		if err := a.advanceOne(ctx, send); err != nil {
			return fmt.Errorf("advance send %d, which is %s: %w", send.ID, send.State, err)
		}
		return nil
	})
	return err
}

// advanceOne takes a send as far as it can go now. Each step is its own
// transaction, so that a crash loses at most one step, which is done again.
func (a *advancer) advanceOne(ctx context.Context, send mailings.Send) error {
	for {
		next, err := a.step(ctx, send)
		if err != nil || next.State == send.State {
			return err
		}
		send = next
	}
}

// step does what the send's state calls for and returns the send after it.
func (a *advancer) step(ctx context.Context, send mailings.Send) (mailings.Send, error) {
	now := a.clock.Now()
	switch send.State {
	case mailings.Planned, mailings.Preflight, mailings.Freezing:
		late, err := a.isLate(ctx, &send, now)
		if err != nil {
			return send, err
		}
		if late {
			return a.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.Missed, now) })
		}
		return a.prepare(ctx, send, now)
	case mailings.Sending, mailings.Paused:
		return a.watch(ctx, send, now)
	}
	return send, nil
}

// prepare brings a send from its plan to its slot.
func (a *advancer) prepare(ctx context.Context, send mailings.Send, now time.Time) (mailings.Send, error) {
	begins, err := a.freezer.begins(ctx, &send)
	if err != nil {
		return send, err
	}
	paused, err := a.series.Paused(ctx, send.MailingID)
	if err != nil {
		return send, err
	}
	switch {
	case paused && now.Before(begins):
		return send, nil
	case paused: // nobody's release brings it back: the days of its members are over
		return a.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.SendCancelled, now) })
	case send.State == mailings.Planned:
		ahead, err := a.ahead(ctx, &send)
		if err != nil || now.Before(begins.Add(-ahead)) {
			return send, err
		}
		return a.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.Preflight, now) })
	case send.State == mailings.Preflight:
		problem, err := a.checked(ctx, &send)
		if err != nil {
			return send, err
		}
		return a.move(ctx, send, func(m *mailings.Send) error {
			if !problem.IsZero() {
				return m.Hold(problem, now)
			}
			return m.MoveTo(mailings.Freezing, now)
		})
	case send.FrozenAt == nil:
		return a.freeze(ctx, send, begins)
	case now.Before(begins):
		return send, nil
	}
	return a.begin(ctx, send, now)
}

// checked is the send's preflight.
func (a *advancer) checked(ctx context.Context, send *mailings.Send) (words.Message, error) {
	ctx, span := a.follow(ctx, "preflight", send)
	defer span.End()
	problem, err := a.preflight.check(ctx, send)
	span.Word("keur.held_for", problem.Key)
	span.Failed(err)
	return problem, err
}

// follow begins a span of what is done for a send, which names as its causes the
// calls that let the send go.
func (a *advancer) follow(ctx context.Context, name string, send *mailings.Send) (context.Context, *trace.Span) {
	if !trace.On(ctx) {
		return ctx, nil
	}
	causes, err := mailings.NewCauses(a.db).Of(ctx, send.RevisionID)
	ctx, span := trace.After(ctx, name, time.Now(), causes)
	if err != nil { // which is no reason to stop the send
		span.Word("keur.causes", "unreadable")
	}
	span.Number("keur.send", int64(send.ID))
	span.Number("keur.mailing", int64(send.MailingID))
	return ctx, span
}

// freeze freezes the send's audience, or holds it at an obstacle. It begins the
// send at once if its first mail may leave. Other trouble passes: it is tried again.
func (a *advancer) freeze(ctx context.Context, send mailings.Send, begins time.Time) (mailings.Send, error) {
	traced, span := a.follow(ctx, "freeze", &send)
	after, err := a.freezer.freeze(traced, send)
	span.Failed(err)
	span.End()
	now := a.clock.Now()
	if found, ok := errors.AsType[obstacle](err); ok {
		return a.move(ctx, send, func(m *mailings.Send) error { return m.Hold(found.reason, now) })
	}
	if err != nil || after.FrozenAt == nil || now.Before(begins) {
		return after, err
	}
	return a.begin(ctx, after, now)
}

// begin starts a frozen send, unless an advertiser was stopped meanwhile: not
// one mail may leave then.
func (a *advancer) begin(ctx context.Context, send mailings.Send, now time.Time) (mailings.Send, error) {
	stopped, err := a.guard.stopSwitch(ctx, &send)
	if err != nil {
		return send, err
	}
	return a.move(ctx, send, func(m *mailings.Send) error {
		if !stopped.IsZero() {
			return m.Hold(stopped, now)
		}
		return m.MoveTo(mailings.Sending, now)
	})
}

// watch guards a send that is under way, and finishes it when every delivery
// has its outcome. While a person may still decide about a delivery in doubt,
// it isn't finished: until its deadline, a resend goes out with it.
func (a *advancer) watch(ctx context.Context, send mailings.Send, now time.Time) (mailings.Send, error) {
	progress, err := a.ledger.Progress(ctx, send.ID)
	if err != nil {
		return send, err
	}
	undecided := progress[delivery.InDoubt] > 0 && send.DeadlineAt != nil && now.Before(*send.DeadlineAt)
	if progress.Left() == 0 && !undecided {
		return a.move(ctx, send, func(m *mailings.Send) error { return m.MoveTo(mailings.Finished, now) })
	}
	if send.State == mailings.Paused {
		return send, nil
	}
	problem, err := a.guard.alarm(ctx, &send)
	if err != nil {
		return send, err
	}
	if !problem.IsZero() {
		return a.move(ctx, send, func(m *mailings.Send) error { return m.Hold(problem, now) })
	}
	return send, a.guard.keepWindow(ctx, &send, now)
}

// ahead returns how long before its slot a send's audience is frozen.
func (a *advancer) ahead(ctx context.Context, send *mailings.Send) (time.Duration, error) {
	round, err := a.approval.Standing(ctx, send.RevisionID)
	if err != nil {
		return 0, err
	}
	return min(mostAhead, freezeAhead+time.Duration(round.Audience/freezePerSecond)*time.Second), nil
}

// isLate reports whether the slot passed by more than the mailing's grace.
func (a *advancer) isLate(ctx context.Context, send *mailings.Send, now time.Time) (bool, error) {
	if now.Before(send.SlotAt) {
		return false, nil
	}
	content, err := a.mailings.Content(ctx, send.RevisionID)
	if err != nil {
		return false, err
	}
	return send.Late(content.Schedule.GracePeriod(), now), nil
}

// move changes a send if it is still in the state it was seen in and nobody
// else works on it; otherwise it returns it unchanged, to be looked at again.
func (a *advancer) move(ctx context.Context, seen mailings.Send, change func(*mailings.Send) error) (mailings.Send, error) {
	after := seen
	err := postgres.InTx(ctx, a.db, func(tx *sqlx.Tx) error {
		held, mine, err := a.sends.Claim(ctx, tx, seen.ID)
		if err != nil || !mine || held.State != seen.State {
			return err
		}
		after, err = a.sends.UpdateIn(ctx, tx, seen.ID, change)
		return err
	})
	if err != nil {
		return seen, err
	}
	return after, nil
}
