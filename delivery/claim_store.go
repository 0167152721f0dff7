package delivery

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// sending returns the sends that are sending over a route, 0 being the local
// capture inbox.
func (l *Ledger) sending(ctx context.Context, route int64) ([]run, error) {
	var runs []run
	err := l.db.SelectContext(ctx, &runs, `
		SELECT s.id, s.mailing_id, s.month::text AS month, s.label_id, s.revision_id, s.slot_at, s.deadline_at
		  FROM sends s
		  JOIN labels l ON l.id = s.label_id
		 WHERE s.state = 'sending' AND coalesce(l.smtp_route_id, 0) = $1
		 ORDER BY s.id`, route)
	return runs, postgres.Fault(err, "sends")
}

// busyRoutes returns the routes that a send is sending over.
func (l *Ledger) busyRoutes(ctx context.Context) ([]int64, error) {
	var routes []int64
	err := l.db.SelectContext(ctx, &routes, `
		SELECT DISTINCT coalesce(l.smtp_route_id, 0)
		  FROM sends s
		  JOIN labels l ON l.id = s.label_id
		 WHERE s.state = 'sending'`)
	return routes, postgres.Fault(err, "routes")
}

// claim takes the next batch of the send for a worker and loads what its mails
// need. It returns nil when there is none, with the moment when there will be,
// or a zero time when that isn't known.
func (l *Ledger) claim(ctx context.Context, r *run, worker string, lease time.Duration) (*batch, time.Time, error) {
	var b *batch
	var next time.Time
	err := postgres.InTx(ctx, l.db, func(tx *sqlx.Tx) (err error) {
		b, next, err = l.take(ctx, tx, r, worker, lease)
		if err != nil || b == nil {
			return err
		}
		return l.load(ctx, tx, b)
	})
	if err != nil {
		return nil, time.Time{}, postgres.Fault(err, "the batches of send %d", r.ID)
	}
	return b, next, nil
}

// take locks a batch that waits, or whose holder let its lease run out, and
// raises its fence: from here on the former holder's intents are refused. What
// that one had under way is in doubt. Leases go by the database's clock, since
// those of two machines may differ.
func (l *Ledger) take(ctx context.Context, tx *sqlx.Tx, r *run, worker string, lease time.Duration) (*batch, time.Time, error) {
	b := &batch{run: r, stop: make(chan struct{})}
	now := l.clock.Now()
	err := tx.GetContext(ctx, b, `
		SELECT number, fence, part, state, first_member, last_member, not_before
		  FROM delivery_batches
		 WHERE send_id = $1 AND state <> 'done' AND not_before <= $2 AND (state = 'waiting' OR lease_until < now())
		   AND EXISTS (SELECT FROM sends WHERE id = $1 AND state = 'sending')
		 ORDER BY not_before, number
		 LIMIT 1
		   FOR UPDATE SKIP LOCKED`, r.ID, now)
	if errors.Is(err, sql.ErrNoRows) {
		next, err := l.nextBatch(ctx, tx, r.ID, now)
		return nil, next, err
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	b.Fence++
	if _, err := tx.ExecContext(ctx, `
		UPDATE delivery_batches
		   SET state = 'running', worker = $3, fence = $4, lease_until = now() + make_interval(secs => $5)
		 WHERE send_id = $1 AND number = $2`, r.ID, b.Number, worker, b.Fence, lease.Seconds()); err != nil {
		return nil, time.Time{}, err
	}
	if b.State == BatchRunning {
		if err := l.doubt(ctx, tx, b, now); err != nil {
			return nil, time.Time{}, err
		}
	}
	return b, time.Time{}, nil
}

func (l *Ledger) nextBatch(ctx context.Context, tx *sqlx.Tx, send int64, now time.Time) (time.Time, error) {
	var next sql.NullTime
	err := tx.GetContext(ctx, &next, `
		SELECT min(not_before) FROM delivery_batches WHERE send_id = $1 AND state = 'waiting' AND not_before > $2`, send, now)
	return next.Time, err
}

// doubt marks what a lost holder had under way.
func (l *Ledger) doubt(ctx context.Context, tx *sqlx.Tx, b *batch, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'in_doubt', changed_at = $6, reason = 'worker_lost'
		 WHERE send_month = $1 AND send_id = $2 AND member_id BETWEEN $3 AND $4 AND part = $5 AND state = 'sending'`,
		b.run.Month, b.run.ID, b.FirstMember, b.LastMember, b.Part, now)
	return err
}

// load reads the batch's queued deliveries with what their mails need. Who has
// said no since the audience was frozen is skipped, with the reason; after the
// send's deadline, everyone lapses.
func (l *Ledger) load(ctx context.Context, tx *sqlx.Tx, b *batch) error {
	now := l.clock.Now()
	if b.run.lapsed(now) {
		return l.lapse(ctx, tx, b, "deadline", now)
	}
	skipped, err := l.loadItems(ctx, tx, b)
	if err != nil {
		return fmt.Errorf("load batch %d of send %d: %w", b.Number, b.run.ID, err)
	}
	if err := l.fillVouchers(ctx, tx, b, &skipped); err != nil {
		return err
	}
	if len(skipped.members) > 0 {
		// The key comes by the join for the reason that roundSQL has.
		if _, err := tx.ExecContext(ctx, `
			UPDATE deliveries d SET state = 'skipped', changed_at = $3, reason = u.reason
			  FROM (SELECT $1::date AS send_month, $2::bigint AS send_id, * FROM unnest($4::bigint[], $5::text[]) AS m(member_id, reason) OFFSET 0) u
			 WHERE d.send_month = u.send_month AND d.send_id = u.send_id AND d.member_id = u.member_id AND d.state = 'queued'`,
			b.run.Month, b.run.ID, now, pq.Array(skipped.members), pq.Array(skipped.reasons)); err != nil {
			return err
		}
	}
	return nil
}

// skips are members who mustn't be mailed after all.
type skips struct {
	members []int64
	reasons []string
}

func (s *skips) add(member int64, reason string) {
	s.members, s.reasons = append(s.members, member), append(s.reasons, reason)
}

func (l *Ledger) loadItems(ctx context.Context, tx *sqlx.Tx, b *batch) (skips, error) {
	var skipped skips
	columns := b.run.letter.columns
	// The columns come from attributes.slot, never from a person; see Letters.
	query := `
		SELECT d.member_id, d.variant, d.attempts, coalesce(m.address, ''),
		       CASE WHEN m.id IS NULL THEN 'erased'
		            WHEN ms.mail_consent IS NOT TRUE THEN 'no_consent'
		            WHEN EXISTS (SELECT FROM suppressions x WHERE x.member_id = d.member_id AND x.label_id IN (0, $6)) THEN 'suppressed'
		            ELSE '' END` + strings.Join(columns, "") + `
		  FROM deliveries d
		  LEFT JOIN members m ON m.id = d.member_id
		  LEFT JOIN memberships ms ON ms.label_id = $6 AND ms.member_id = d.member_id
		 WHERE d.send_month = $1 AND d.send_id = $2 AND d.member_id BETWEEN $3 AND $4 AND d.part = $5 AND d.state = 'queued'`
	rows, err := tx.QueryContext(ctx, query, b.run.Month, b.run.ID, b.FirstMember, b.LastMember, b.Part, b.run.Label)
	if err != nil {
		return skipped, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		it := item{batch: b, values: make([]string, len(columns))}
		var reason string
		into := []any{&it.member, &it.variant, &it.attempt, &it.address, &reason}
		for i := range it.values {
			into = append(into, &it.values[i])
		}
		if err := rows.Scan(into...); err != nil {
			return skipped, err
		}
		it.attempt++
		if reason != "" {
			skipped.add(it.member, reason)
			continue
		}
		b.items = append(b.items, it)
	}
	return skipped, rows.Err()
}

// extend renews the leases of the batches that a process holds, and returns
// those that are no longer its own.
func (l *Ledger) extend(ctx context.Context, held []*batch, lease time.Duration) ([]*batch, error) {
	var sends, numbers, fences []int64
	for _, b := range held {
		sends, numbers, fences = append(sends, b.run.ID), append(numbers, int64(b.Number)), append(fences, int64(b.Fence))
	}
	var kept []int
	err := l.db.SelectContext(ctx, &kept, `
		UPDATE delivery_batches b
		   SET lease_until = now() + make_interval(secs => $4)
		  FROM unnest($1::bigint[], $2::int[], $3::int[]) WITH ORDINALITY AS w(send_id, number, fence, ord)
		 WHERE b.send_id = w.send_id AND b.number = w.number AND b.fence = w.fence AND b.state = 'running'
		RETURNING w.ord`, pq.Array(sends), pq.Array(numbers), pq.Array(fences), lease.Seconds())
	if err != nil {
		return nil, postgres.Fault(err, "leases")
	}
	still := make([]bool, len(held))
	for _, ord := range kept {
		still[ord-1] = true
	}
	var lost []*batch
	for i, b := range held {
		if !still[i] {
			lost = append(lost, b)
		}
	}
	return lost, nil
}
