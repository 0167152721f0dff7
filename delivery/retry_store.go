package delivery

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/each"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// retrySize is how many deliveries a batch of retries holds at most.
const retrySize = 1000

// postpone notes when the deferred deliveries are tried again.
func postpone(ctx context.Context, tx *sqlx.Tx, deferred []*Change) error {
	var months, dues []string
	var sends, members []int64
	for _, ch := range deferred {
		s := ch.Item.batch.Send
		months, sends, members, dues = append(months, s.Month), append(sends, s.ID), append(members, ch.Item.Member),
			append(dues, postgres.Stamp(ch.due))
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO delivery_retries (send_month, send_id, member_id, due_at)
		SELECT * FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::timestamptz[]) ORDER BY 2, 3
		    ON CONFLICT (send_id, member_id) DO UPDATE SET due_at = excluded.due_at`,
		pq.Array(months), pq.Array(sends), pq.Array(members), pq.Array(dues))
	return err
}

// retrying is a send of which mail is to be tried again.
type retrying struct {
	ID       int64               `db:"id"`
	Revision mailings.RevisionID `db:"revision_id"`
	Label    labels.ID           `db:"label_id"`
}

// Requeue queues the deferred deliveries whose time has come, each in a new
// batch of its send, and returns how many. From there on they go the same way,
// under the same fences, as at their first attempt, and within their send's hours: a
// worker takes them at once. Deliveries of a send that isn't sending wait.
func (l *Ledger) Requeue(ctx context.Context, hours Hours) (int, error) {
	var sends []retrying
	if err := l.db.SelectContext(ctx, &sends, `
		SELECT s.id, s.revision_id, s.label_id FROM delivery_retries r JOIN sends s ON s.id = r.send_id
		 WHERE r.due_at <= $1 AND s.state = 'sending'
		 GROUP BY s.id ORDER BY min(r.due_at)`, l.clock.Now()); err != nil {
		return 0, postgres.Fault(err, "thing.retries")
	}
	total := 0
	_, err := each.Try(ctx, 1, sends, func(ctx context.Context, send retrying) error {
		open, err := hours.Of(ctx, send.Revision, send.Label)
		if err != nil {
			return err
		}
		for {
			var n int
			err := postgres.InTx(ctx, l.db, func(tx *sqlx.Tx) (err error) {
				n, err = l.requeue(ctx, tx, send.ID, &open)
				return err
			})
			if err != nil || n == 0 {
				return postgres.Fault(err, "thing.deliveries_of_send", "send", send.ID)
			}
			total += n
		}
	})
	return total, err
}

// requeue does it for some deliveries of one send. Members of a time zone whose clock
// their mail goes by stay with their own: by it a window shuts, and a day of a domain's
// plan begins.
func (l *Ledger) requeue(ctx context.Context, tx *sqlx.Tx, send int64, hours *SendHours) (int, error) {
	now := l.clock.Now()
	var due []struct {
		Month  string `db:"send_month"`
		Member int64  `db:"member_id"`
		Zone   string `db:"time_zone"`
	}
	// A part has one zone. The month comes from the row and the delivery by OFFSET, so
	// that each is a probe of its own partition.
	if err := tx.SelectContext(ctx, &due, `
		WITH zones AS MATERIALIZED (SELECT DISTINCT part, time_zone FROM delivery_batches WHERE send_id = $1 AND time_zone <> '')
		SELECT r.send_month::text, r.member_id, coalesce((SELECT z.time_zone FROM zones z WHERE z.part = d.part), '') AS time_zone
		  FROM delivery_retries r JOIN sends s ON s.id = r.send_id
		 CROSS JOIN LATERAL (SELECT part FROM deliveries
		        WHERE send_month = r.send_month AND send_id = r.send_id AND member_id = r.member_id OFFSET 0) d
		 WHERE r.send_id = $1 AND r.due_at <= $2 AND s.state = 'sending'
		 ORDER BY r.member_id
		 LIMIT $3
		   FOR UPDATE OF r SKIP LOCKED`, send, now, retrySize); err != nil || len(due) == 0 {
		return 0, err
	}
	members := map[string][]int64{}
	for _, d := range due {
		members[d.Zone] = append(members[d.Zone], d.Member)
	}
	for _, zone := range slices.Sorted(maps.Keys(members)) {
		if err := queueAgain(ctx, tx, due[0].Month, send, zone, members[zone], now, hours.Opens(now, zone)); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// queueAgain moves deferred deliveries, whose members are sorted and of one time zone,
// into a batch of their own, which leaves from a moment on.
func queueAgain(
	ctx context.Context, tx *sqlx.Tx, month string, send int64, zone string, members []int64, now, from time.Time,
) error {
	// The lock on the send makes numbers and parts without gaps or twins.
	if _, err := tx.ExecContext(ctx, `SELECT FROM sends WHERE id = $1 FOR NO KEY UPDATE`, send); err != nil {
		return err
	}
	if err := uncountDeferred(ctx, tx, month, send, members); err != nil {
		return err
	}
	// The key comes by the join for the reason that roundSQL has.
	if _, err := tx.ExecContext(ctx, `
		WITH part AS (
		  INSERT INTO delivery_batches (send_id, number, send_month, part, first_member, last_member, size, not_before, time_zone)
		  SELECT $2, max(number) + 1, $1, max(part) + 1, $3, $4, $5, $9, $8 FROM delivery_batches WHERE send_id = $2
		  RETURNING part)
		UPDATE deliveries d
		   SET state = 'queued', part = (SELECT part FROM part), changed_at = $6
		  FROM (SELECT $1::date AS send_month, $2::bigint AS send_id, * FROM unnest($7::bigint[]) AS m(member_id) OFFSET 0) u
		 WHERE d.send_month = u.send_month AND d.send_id = u.send_id AND d.member_id = u.member_id AND d.state = 'deferred'`,
		month, send, members[0], members[len(members)-1], len(members), now, pq.Array(members), zone, from); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM delivery_retries WHERE send_id = $1 AND member_id = ANY($2)`, send, pq.Array(members))
	return err
}

// uncountDeferred takes out of the counts those that stand in them as deferred.
// What is deferred in a batch that isn't done yet was never counted, and will
// be where it goes; so those batches are locked until then, in the order in
// which rounds and leases lock them.
func uncountDeferred(ctx context.Context, tx *sqlx.Tx, month string, send int64, members []int64) error {
	if _, err := tx.ExecContext(ctx, `
		SELECT FROM delivery_batches WHERE send_id = $1 AND state <> 'done' ORDER BY number FOR SHARE`, send); err != nil {
		return err
	}
	var counts []count
	if err := tx.SelectContext(ctx, &counts, `
		SELECT d.state, d.variant, coalesce(m.domain, '') AS domain, date_trunc('hour', d.changed_at, 'UTC') AS hour, -count(*) AS n
		  FROM (SELECT $1::date AS send_month, $2::bigint AS send_id, * FROM unnest($3::bigint[]) AS m(member_id) OFFSET 0) u
		  JOIN deliveries d ON d.send_month = u.send_month AND d.send_id = u.send_id AND d.member_id = u.member_id AND d.state = 'deferred'
		  JOIN delivery_batches b ON b.send_id = d.send_id AND b.part = d.part AND d.member_id BETWEEN b.first_member AND b.last_member AND b.state = 'done'
		  LEFT JOIN members m ON m.id = d.member_id
		 GROUP BY 1, 2, 3, 4`, month, send, pq.Array(members)); err != nil {
		return err
	}
	return appendCounts(ctx, tx, send, counts)
}
