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

// Queue hands out what the ledger holds to workers: batches of the sends that
// are sending, each to one worker at a time, under a lease.
type Queue struct{ *Ledger }

// Active returns the sends that are sending over a route, 0 being the local
// capture inbox.
func (q Queue) Active(ctx context.Context, route int64) ([]ActiveSend, error) {
	var sends []ActiveSend
	err := q.db.SelectContext(ctx, &sends, `
		SELECT s.id, s.mailing_id, s.month::text AS month, s.label_id, s.revision_id, s.slot_at, s.slot_local, s.deadline_at
		  FROM sends s
		  JOIN labels l ON l.id = s.label_id
		 WHERE s.state = 'sending' AND coalesce(l.smtp_route_id, 0) = $1
		 ORDER BY s.id`, route)
	return sends, postgres.Fault(err, "thing.sends")
}

// BusyRoutes returns the routes that a send is sending over.
func (q Queue) BusyRoutes(ctx context.Context) ([]int64, error) {
	var routes []int64
	err := q.db.SelectContext(ctx, &routes, `
		SELECT DISTINCT coalesce(l.smtp_route_id, 0)
		  FROM sends s
		  JOIN labels l ON l.id = s.label_id
		 WHERE s.state = 'sending'`)
	return routes, postgres.Fault(err, "thing.routes")
}

// Claim takes the next batch of the send for a worker and loads what its mails
// need. It returns nil when there is none, with the moment when there will be,
// or a zero time when that isn't known.
func (q Queue) Claim(ctx context.Context, s *ActiveSend, worker string, lease time.Duration) (*Batch, time.Time, error) {
	var b *Batch
	var next time.Time
	err := postgres.InTx(ctx, q.db, func(tx *sqlx.Tx) (err error) {
		b, next, err = q.take(ctx, tx, s, worker, lease)
		if err != nil || b == nil {
			return err
		}
		return q.load(ctx, tx, b)
	})
	if err != nil {
		return nil, time.Time{}, postgres.Fault(err, "thing.batches_of_send", "send", s.ID)
	}
	return b, next, nil
}

// take locks a batch that waits, or whose holder let its lease run out, and
// raises its fence: from here on the former holder's intents are refused. What
// that one had under way is in doubt. Leases go by the database's clock, since
// those of two machines may differ.
func (q Queue) take(ctx context.Context, tx *sqlx.Tx, s *ActiveSend, worker string, lease time.Duration) (*Batch, time.Time, error) {
	b := &Batch{Send: s}
	now := q.clock.Now()
	err := tx.GetContext(ctx, b, `
		SELECT number, fence, part, state, first_member, last_member, not_before, time_zone
		  FROM delivery_batches
		 WHERE send_id = $1 AND state <> 'done' AND not_before <= $2 AND has_come(not_before) AND (state = 'waiting' OR lease_until < now())
		   AND EXISTS (SELECT FROM sends WHERE id = $1 AND state = 'sending')
		 ORDER BY not_before, number
		 LIMIT 1
		   FOR UPDATE SKIP LOCKED`, s.ID, now)
	if errors.Is(err, sql.ErrNoRows) {
		next, err := nextBatch(ctx, tx, s.ID, now)
		return nil, next, err
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	b.Fence++
	if _, err := tx.ExecContext(ctx, `
		UPDATE delivery_batches
		   SET state = 'running', worker = $3, fence = $4, lease_until = now() + make_interval(secs => $5)
		 WHERE send_id = $1 AND number = $2`, s.ID, b.Number, worker, b.Fence, lease.Seconds()); err != nil {
		return nil, time.Time{}, err
	}
	if b.State == BatchRunning {
		if err := doubt(ctx, tx, b, now); err != nil {
			return nil, time.Time{}, err
		}
	}
	return b, time.Time{}, nil
}

func nextBatch(ctx context.Context, tx *sqlx.Tx, send int64, now time.Time) (time.Time, error) {
	var next sql.NullTime
	err := tx.GetContext(ctx, &next, `
		SELECT min(not_before) FROM delivery_batches WHERE send_id = $1 AND state = 'waiting' AND not_before > $2`, send, now)
	return next.Time, err
}

// doubt marks what a lost holder had under way.
func doubt(ctx context.Context, tx *sqlx.Tx, b *Batch, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'in_doubt', changed_at = $6, reason = 'worker_lost'
		 WHERE send_month = $1 AND send_id = $2 AND member_id BETWEEN $3 AND $4 AND part = $5 AND state = 'sending'`,
		b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part, now)
	return err
}

// load reads the batch's queued deliveries with what their mails need. Who has
// said no since the audience was frozen is skipped, with the reason; after the
// send's deadline, everyone lapses.
func (q Queue) load(ctx context.Context, tx *sqlx.Tx, b *Batch) error {
	now := q.clock.Now()
	if b.Send.Lapsed(now) {
		return lapse(ctx, tx, b, "deadline", now)
	}
	skipped, err := q.loadItems(ctx, tx, b)
	if err != nil {
		return fmt.Errorf("load batch %d of send %d: %w", b.Number, b.Send.ID, err)
	}
	if err := q.fillVouchers(ctx, tx, b, &skipped); err != nil {
		return err
	}
	if len(skipped.members) > 0 {
		// The key comes by the join for the reason that roundSQL has.
		if _, err := tx.ExecContext(ctx, `
			UPDATE deliveries d SET state = 'skipped', changed_at = $3, reason = u.reason
			  FROM (SELECT $1::date AS send_month, $2::bigint AS send_id, * FROM unnest($4::bigint[], $5::text[]) AS m(member_id, reason) OFFSET 0) u
			 WHERE d.send_month = u.send_month AND d.send_id = u.send_id AND d.member_id = u.member_id AND d.state = 'queued'`,
			b.Send.Month, b.Send.ID, now, pq.Array(skipped.members), pq.Array(skipped.reasons)); err != nil {
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

func (q Queue) loadItems(ctx context.Context, tx *sqlx.Tx, b *Batch) (skips, error) {
	var skipped skips
	columns := b.Send.mail.columns
	// The columns come from attributes.slot, never from a person; see Mails.
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
	rows, err := tx.QueryContext(ctx, query, b.Send.Month, b.Send.ID, b.FirstMember, b.LastMember, b.Part, b.Send.Label)
	if err != nil {
		return skipped, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		it := Item{batch: b, values: make([]string, len(columns))}
		var reason string
		into := []any{&it.Member, &it.variant, &it.attempt, &it.address, &reason}
		for i := range it.values {
			into = append(into, &it.values[i])
		}
		if err := rows.Scan(into...); err != nil {
			return skipped, err
		}
		it.attempt++
		if reason != "" {
			skipped.add(it.Member, reason)
			continue
		}
		b.Items = append(b.Items, it)
	}
	return skipped, rows.Err()
}

// Disown ends the leases of a send's batches that the base takes for a worker's and
// that it doesn't hold: of those that it claimed without hearing so, since the
// connection broke, those that it couldn't close, and those that it was told to have
// lost by a base that is behind. Whoever claims next takes them.
// The worker mustn't be claiming a batch of that send meanwhile.
func (q Queue) Disown(ctx context.Context, send int64, worker string, held []*Batch) error {
	var numbers []int64
	for _, b := range held {
		if b.Send.ID == send {
			numbers = append(numbers, int64(b.Number))
		}
	}
	_, err := postgres.Exec(ctx, q.db, `
		UPDATE delivery_batches SET lease_until = now()
		 WHERE send_id = $1 AND worker = $2 AND state = 'running' AND lease_until > now() AND number <> ALL(coalesce($3::int[], '{}'))`,
		send, worker, pq.Array(numbers))
	return postgres.Fault(err, "thing.leases")
}

// Extend renews the leases of the batches that a worker holds, and returns those
// that are no longer its own.
func (q Queue) Extend(ctx context.Context, held []*Batch, lease time.Duration) ([]*Batch, error) {
	var sends, numbers, fences []int64
	for _, b := range held {
		sends, numbers, fences = append(sends, b.Send.ID), append(numbers, int64(b.Number)), append(fences, int64(b.Fence))
	}
	var kept []int
	err := postgres.Select(ctx, q.db, &kept, `
		WITH ours AS MATERIALIZED ( -- locked in the order in which a round locks them
		  SELECT w.ord, b.send_id, b.number
		    FROM unnest($1::bigint[], $2::int[], $3::int[]) WITH ORDINALITY AS w(send_id, number, fence, ord)
		    JOIN delivery_batches b ON b.send_id = w.send_id AND b.number = w.number
		   WHERE b.fence = w.fence AND b.state = 'running'
		   ORDER BY b.send_id, b.number
		     FOR NO KEY UPDATE OF b)
		UPDATE delivery_batches b
		   SET lease_until = now() + make_interval(secs => $4)
		  FROM ours
		 WHERE b.send_id = ours.send_id AND b.number = ours.number
		RETURNING ours.ord`, pq.Array(sends), pq.Array(numbers), pq.Array(fences), lease.Seconds())
	if err != nil {
		return nil, postgres.Fault(err, "thing.leases")
	}
	still := make([]bool, len(held))
	for _, ord := range kept {
		still[ord-1] = true
	}
	var lost []*Batch
	for i, b := range held {
		if !still[i] {
			lost = append(lost, b)
		}
	}
	return lost, nil
}
