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

// Finish ends a batch whose items are all settled, and counts what became of
// its deliveries in the same transaction, so that the counts equal the ledger
// at any moment. If some are queued still, because nothing could be sent, the
// batch waits for another turn instead, for so long at least. Of one that the base takes
// for another worker's nothing changes, and it isn't ours.
func (q Queue) Finish(ctx context.Context, b *Batch, after time.Duration) (ours bool, err error) {
	err = postgres.InTx(ctx, q.db, func(tx *sqlx.Tx) (err error) {
		if ours, err = holds(ctx, tx, b); err != nil || !ours {
			return err
		}
		var queued bool
		if err := tx.GetContext(ctx, &queued, `
			SELECT EXISTS (SELECT FROM deliveries
			 WHERE send_month = $1 AND send_id = $2 AND member_id BETWEEN $3 AND $4 AND part = $5 AND state = 'queued')`,
			b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part); err != nil {
			return err
		}
		if queued {
			return putBack(ctx, tx, b, q.clock.Now(), after)
		}
		if err := countBatch(ctx, tx, b); err != nil {
			return err
		}
		if err := q.settleVouchers(ctx, tx, b); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE delivery_batches SET state = 'done', worker = NULL, lease_until = NULL WHERE send_id = $1 AND number = $2`, b.Send.ID, b.Number)
		return err
	})
	return ours && err == nil, postgres.Fault(err, "thing.batch_of_send", "batch", b.Number, "send", b.Send.ID)
}

// Queued returns how many of a batch's deliveries have not been tried yet.
func (q Queue) Queued(ctx context.Context, b *Batch) (n int, err error) {
	err = q.db.GetContext(ctx, &n, `
		SELECT count(*) FROM deliveries
		 WHERE send_month = $1 AND send_id = $2 AND member_id BETWEEN $3 AND $4 AND part = $5 AND state = 'queued'`,
		b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part)
	return n, postgres.Fault(err, "thing.batch_of_send", "batch", b.Number, "send", b.Send.ID)
}

// holds locks the batch if its fence is still ours.
func holds(ctx context.Context, tx *sqlx.Tx, b *Batch) (bool, error) {
	var one int
	err := tx.GetContext(ctx, &one, `
		SELECT 1 FROM delivery_batches WHERE send_id = $1 AND number = $2 AND fence = $3 AND state = 'running' FOR UPDATE`,
		b.Send.ID, b.Number, b.Fence)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func putBack(ctx context.Context, tx *sqlx.Tx, b *Batch, now time.Time, after time.Duration) error {
	var due *time.Time // none: as it was
	if after > 0 {
		at := now.Add(after)
		due = &at
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE delivery_batches SET state = 'waiting', worker = NULL, lease_until = NULL, not_before = greatest(not_before, $3)
		 WHERE send_id = $1 AND number = $2`, b.Send.ID, b.Number, due)
	return err
}

// countBatch counts every delivery of the batch that changed since freezing;
// those that were skipped then were counted then.
func countBatch(ctx context.Context, tx *sqlx.Tx, b *Batch) error {
	var counts []count
	if err := tx.SelectContext(ctx, &counts, `
		SELECT d.state, d.variant, coalesce(m.domain, '') AS domain,
		       date_trunc('hour', coalesce(d.sent_at, d.changed_at), 'UTC') AS hour, count(*) AS n
		  FROM deliveries d
		  LEFT JOIN members m ON m.id = d.member_id
		 WHERE d.send_month = $1 AND d.send_id = $2 AND d.member_id BETWEEN $3 AND $4 AND d.part = $5 AND d.changed_at IS NOT NULL
		 GROUP BY 1, 2, 3, 4`, b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part); err != nil {
		return err
	}
	return appendCounts(ctx, tx, b.Send.ID, counts)
}

// count is a number of deliveries that are alike.
type count struct {
	State   State     `db:"state"`
	Variant int       `db:"variant"`
	Domain  string    `db:"domain"`
	Hour    time.Time `db:"hour"`
	N       int64     `db:"n"`
}

// WaitingZones returns the members' time zones, "" for the label's, of which a
// send has deliveries that may leave now.
func (l *Ledger) WaitingZones(ctx context.Context, send mailings.SendID, now time.Time) ([]string, error) {
	var zones []string
	err := l.db.SelectContext(ctx, &zones, `
		SELECT DISTINCT time_zone FROM delivery_batches WHERE send_id = $1 AND state <> 'done' AND not_before <= $2`, send, now)
	return zones, postgres.Fault(err, "thing.batches_of_send", "send", send)
}

// Postpone makes what is left of a zone wait until a later moment: the
// mailing's window has closed. A batch that a worker has in hand is given back
// with its next intent, so that a slow pace carries nothing past the window.
func (l *Ledger) Postpone(ctx context.Context, send mailings.SendID, zone string, until time.Time) error {
	_, err := postgres.Exec(ctx, l.db, `
		UPDATE delivery_batches SET not_before = $3
		 WHERE send_id = $1 AND time_zone = $2 AND state <> 'done' AND not_before < $3`, send, zone, until)
	return postgres.Fault(err, "thing.batches_of_send", "send", send)
}
