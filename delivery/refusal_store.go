package delivery

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/tracking"
	"keur/tracking/bounces"
)

// refused writes what the refusals of a round mean beyond the ledger: another
// attempt later, or a bounce that counts for the member.
func (l *Ledger) refused(ctx context.Context, tx *sqlx.Tx, now time.Time, round []Change, result *RoundResult) error {
	var deferred, final []*Change
	for i := range round {
		switch ch := &round[i]; {
		case !result.applied[i]:
		case ch.State == Deferred:
			deferred = append(deferred, ch)
		case ch.State == Bounced, ch.State == Failed:
			final = append(final, ch)
		}
	}
	if err := postgres.Act(ctx, tx); err != nil { // a round begins as a statement of nobody's
		return err
	}
	if len(deferred) > 0 {
		if err := postpone(ctx, tx, deferred); err != nil {
			return err
		}
	}
	return l.bounce(ctx, tx, now, final)
}

// consequences is refused for one late outcome.
func (l *Ledger) consequences(ctx context.Context, tx *sqlx.Tx, now time.Time, ch *Change) error {
	return l.refused(ctx, tx, now, []Change{*ch}, &RoundResult{applied: []bool{true}})
}

// bounce reports to tracking which members' servers refused them for good, and
// counts by class what a send's health is judged by. A mail that failed is
// nobody's bounce.
func (l *Ledger) bounce(ctx context.Context, tx *sqlx.Tx, now time.Time, final []*Change) error {
	var deltas []tracking.Delta
	for _, ch := range final {
		send := ch.Item.batch.Send.ID
		if ch.State == Bounced {
			b := tracking.Bounced{Send: send, Member: ch.Item.Member, Class: ch.class, Source: "session", Said: bounces.Redact(ch.said)}
			if err := l.tracking.Conclude(ctx, tx, b); err != nil {
				return err
			}
		}
		deltas = append(deltas, tracking.Delta{Send: send, Measure: refusedPrefix + tracking.Measure(ch.class), Hour: now,
			Variant: int16(ch.Item.variant), N: 1})
	}
	return tracking.Count(ctx, tx, deltas)
}

// refusedPrefix and the class of a refusal make the measure of it.
const refusedPrefix tracking.Measure = "refused_"

// appendCounts appends counts of deliveries to those of their send.
func appendCounts(ctx context.Context, tx *sqlx.Tx, send int64, counts []count) error {
	deltas := make([]tracking.Delta, len(counts))
	for i, c := range counts {
		deltas[i] = tracking.Delta{Send: send, Measure: tracking.Measure(c.State), Hour: c.Hour, Variant: int16(c.Variant),
			Domain: c.Domain, N: c.N}
	}
	return tracking.Count(ctx, tx, deltas)
}
