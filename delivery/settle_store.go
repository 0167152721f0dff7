package delivery

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// SettleLate writes an outcome that came when its batch was no longer the
// worker's: its process was held up for longer than its lease or has begun
// anew, and its deliveries are in doubt since. Now it is known what became of
// this one. If the ledger has the outcome already, because only the answer to a
// commit was lost, nothing changes. What was not taken stays in doubt, with the
// reason: only a person sends again what was once in doubt.
//
// It reports false while the delivery is still called under way: whoever holds
// its batch is to write the outcome, or to call it in doubt first.
func (q Queue) SettleLate(ctx context.Context, o LateOutcome) (settled bool, err error) {
	err = postgres.InTx(ctx, q.db, func(tx *sqlx.Tx) error {
		at, err := lock(ctx, tx, o.Month, o.Send, o.Member)
		if err != nil {
			return err
		}
		settled = at.State != Sending || at.Attempts != o.Attempt
		if at.State != InDoubt || at.Attempts != o.Attempt || o.State == InDoubt {
			return nil
		}
		if o.State == Deferred {
			_, err := tx.ExecContext(ctx, `
				UPDATE deliveries SET reason = $4 WHERE send_month = $1 AND send_id = $2 AND member_id = $3`, at.Month, at.Send, at.Member, o.Reason)
			return err
		}
		now := q.clock.Now()
		if err := q.move(ctx, tx, at, o.State, o.Reason, o.Code, now); err != nil {
			return err
		}
		return q.consequences(ctx, tx, now, o.change())
	})
	return settled && err == nil, postgres.Fault(err, "thing.delivery_of_send", "send", o.Send)
}

// row is a delivery, locked.
type row struct {
	Month    string     `db:"month"`
	Send     int64      `db:"send_id"`
	Member   int64      `db:"member_id"`
	State    State      `db:"state"`
	Variant  int        `db:"variant"`
	Part     int        `db:"part"`
	Attempts int        `db:"attempts"`
	SentAt   *time.Time `db:"sent_at"`
	Changed  *time.Time `db:"changed_at"`
	Domain   string     `db:"domain"`
	counted  bool       // its batch is done, so that its state stands in the counts
}

// lock locks a delivery and, before it, the batch that it is in, so that the
// batch isn't counted meanwhile.
func lock(ctx context.Context, tx *sqlx.Tx, month string, send, member int64) (row, error) {
	var at row
	for {
		if err := tx.GetContext(ctx, &at.Part, `
			SELECT part FROM deliveries WHERE send_month = $1 AND send_id = $2 AND member_id = $3`, month, send, member); err != nil {
			return at, postgres.Fault(err, "thing.this_delivery")
		}
		part := at.Part
		var state string
		err := tx.GetContext(ctx, &state, `
			SELECT state FROM delivery_batches
			 WHERE send_id = $1 AND part = $2 AND $3 BETWEEN first_member AND last_member FOR SHARE`, send, part, member)
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // skipped at freezing: in no batch
			return at, err
		}
		if err := tx.GetContext(ctx, &at, `
			SELECT d.send_month::text AS month, d.send_id, d.member_id, d.state, d.variant, d.part, d.attempts, d.sent_at, d.changed_at,
			       coalesce((SELECT domain FROM members m WHERE m.id = d.member_id), '') AS domain
			  FROM deliveries d
			 WHERE send_month = $1 AND send_id = $2 AND member_id = $3
			   FOR UPDATE`, month, send, member); err != nil {
			return at, err
		}
		at.counted = state == "done"
		if at.Part == part {
			return at, nil
		}
	}
}

// move changes the state of a locked delivery outside of any worker's round,
// and corrects the counts if it stands in them.
func (l *Ledger) move(ctx context.Context, tx *sqlx.Tx, at row, to State, reason string, code int, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE deliveries
		   SET state = $4::text::delivery_state, reason = nullif($5, ''), reply_code = coalesce(nullif($6, 0), reply_code), changed_at = $7,
		       sent_at = CASE WHEN $4::text = 'sent' THEN $7 ELSE sent_at END
		 WHERE send_month = $1 AND send_id = $2 AND member_id = $3`,
		at.Month, at.Send, at.Member, to, reason, code, now); err != nil {
		return err
	}
	if to == Sent || to == Failed || to == Bounced {
		gone := to == Sent || at.State == InDoubt && to == Failed // may have arrived: nobody else gets its code
		if err := l.settleCodes(ctx, tx, at.Send, []int64{at.Member}, gone); err != nil {
			return err
		}
	}
	if !at.counted {
		return nil
	}
	gone := count{State: at.State, Variant: at.Variant, Domain: at.Domain, Hour: at.hour(), N: -1}
	come := count{State: to, Variant: at.Variant, Domain: at.Domain, Hour: now.Truncate(time.Hour), N: 1}
	return appendCounts(ctx, tx, at.Send, []count{gone, come})
}

// hour is the one that the delivery's present state is counted in.
func (at *row) hour() time.Time {
	when := at.SentAt
	if when == nil {
		when = at.Changed
	}
	return when.Truncate(time.Hour)
}
