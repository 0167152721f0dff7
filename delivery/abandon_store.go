package delivery

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/mailings"
)

// Abandoned is why deliveries of a send that was called off lapse.
const Abandoned = "cancelled"

// abandonSize is how many deferred deliveries lapse in one transaction.
const abandonSize = 500

// Unfinished returns the sends that ended, cancelled or missed, before all
// their deliveries did.
func (l *Ledger) Unfinished(ctx context.Context) ([]mailings.SendID, error) {
	var ids []mailings.SendID
	err := l.db.SelectContext(ctx, &ids, `
		SELECT s.id FROM sends s
		 WHERE s.state IN ('cancelled', 'missed')
		   AND (EXISTS (SELECT FROM delivery_batches b WHERE b.send_id = s.id AND b.state <> 'done')
		        OR EXISTS (SELECT FROM delivery_retries r WHERE r.send_id = s.id))
		 ORDER BY s.id`)
	return ids, postgres.Fault(err, "thing.sends")
}

// Abandon lets everything lapse that a send which ended still has queued or
// deferred, and returns how many batches and retries that were. What a worker
// has in flight is left to it: it gives the rest of its batch back, or loses its
// lease, and the next call takes that.
func (l *Ledger) Abandon(ctx context.Context, send mailings.Send) (int, error) {
	total := 0
	for _, step := range []func(context.Context, *sqlx.Tx, *ActiveSend) (int, error){l.abandonBatch, l.abandonRetries} {
		for {
			var n int
			err := postgres.InTx(ctx, l.db, func(tx *sqlx.Tx) (err error) {
				n, err = step(ctx, tx, &ActiveSend{ID: int64(send.ID), Month: send.Month.String()})
				return err
			})
			total += n
			if err != nil {
				return total, postgres.Fault(err, "thing.deliveries_of_send", "send", send.ID)
			}
			if n == 0 {
				break
			}
		}
	}
	return total, nil
}

// abandonBatch ends one batch that nobody holds.
func (l *Ledger) abandonBatch(ctx context.Context, tx *sqlx.Tx, s *ActiveSend) (int, error) {
	b, now := &Batch{Send: s}, l.clock.Now()
	err := tx.GetContext(ctx, b, `
		SELECT number, fence, part, state, first_member, last_member
		  FROM delivery_batches
		 WHERE send_id = $1 AND (state = 'waiting' OR (state = 'running' AND lease_until < now()))
		 ORDER BY number LIMIT 1
		   FOR UPDATE SKIP LOCKED`, s.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if b.State == BatchRunning {
		if err := doubt(ctx, tx, b, now); err != nil {
			return 0, err
		}
	}
	if err := lapse(ctx, tx, b, Abandoned, now); err != nil {
		return 0, err
	}
	if err := l.settleBatch(ctx, tx, b); err != nil {
		return 0, err
	}
	if err := countBatch(ctx, tx, b); err != nil {
		return 0, err
	}
	// The fence rises, so that a holder that was thought dead changes nothing.
	_, err = tx.ExecContext(ctx, `
		UPDATE delivery_batches SET state = 'done', worker = NULL, lease_until = NULL, fence = fence + 1
		 WHERE send_id = $1 AND number = $2`, s.ID, b.Number)
	return 1, err
}

// lapse ends what is queued in a batch that is locked.
func lapse(ctx context.Context, tx *sqlx.Tx, b *Batch, reason string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'lapsed', changed_at = $6, reason = $7
		 WHERE send_month = $1 AND send_id = $2 AND member_id BETWEEN $3 AND $4 AND part = $5 AND state = 'queued'`,
		b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part, now, reason)
	return err
}

// abandonRetries ends some of the deferred deliveries.
func (l *Ledger) abandonRetries(ctx context.Context, tx *sqlx.Tx, s *ActiveSend) (int, error) {
	var members []int64
	if err := tx.SelectContext(ctx, &members, `
		DELETE FROM delivery_retries
		 WHERE (send_id, member_id) IN (SELECT send_id, member_id FROM delivery_retries WHERE send_id = $1
		                                 ORDER BY member_id LIMIT $2 FOR UPDATE SKIP LOCKED)
		RETURNING member_id`, s.ID, abandonSize); err != nil {
		return 0, err
	}
	for _, member := range members {
		at, err := lock(ctx, tx, s.Month, s.ID, member)
		if err != nil {
			return 0, err
		}
		if at.State != Deferred {
			continue
		}
		if err := l.move(ctx, tx, at, Lapsed, Abandoned, 0, l.clock.Now()); err != nil {
			return 0, err
		}
	}
	return len(members), l.settleCodes(ctx, tx, s.ID, members, false)
}
