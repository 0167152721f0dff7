package tracking

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/clock"
	"keur/internal/postgres"
)

// relayed notes which mails a relay posts as delivered. It posts one of each, so that
// a million come within minutes, one by one or some thousand at once: while some are
// being written, what else comes gathers, and is written together next.
type relayed struct {
	db    *sqlx.DB
	clock clock.Clock
	key   postgres.Key

	mu      sync.Mutex
	waiting *posted // gathers; nil: nothing waits
	writing bool
}

// posted is what is written together.
type posted struct {
	refs []Ref
	done chan struct{}
	err  error
	told map[Ref]bool // those of which it wasn't known
}

// take notes that mails were delivered, and returns of how many that wasn't known. It
// returns when that is durable.
func (r *relayed) take(ctx context.Context, refs []Ref) (fresh int, err error) {
	if len(refs) == 0 {
		return 0, nil
	}
	r.mu.Lock()
	if r.waiting == nil {
		r.waiting = &posted{done: make(chan struct{})}
	}
	mine := r.waiting
	mine.refs = append(mine.refs, refs...)
	if !r.writing {
		r.writing = true
		go r.write(context.WithoutCancel(ctx)) // of others as well, who may wait for longer than this one
	}
	r.mu.Unlock()
	select {
	case <-mine.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for _, ref := range refs {
		if mine.told[named(ref)] {
			fresh++
		}
	}
	return fresh, mine.err
}

// write writes what gathered until nothing has.
func (r *relayed) write(ctx context.Context) {
	ctx = r.key.Acting(ctx, "system:tracking")
	for {
		r.mu.Lock()
		now := r.waiting
		r.waiting, r.writing = nil, now != nil
		r.mu.Unlock()
		if now == nil {
			return
		}
		now.told, now.err = r.note(ctx, now.refs)
		close(now.done)
	}
}

// named is a delivery's ref, whatever named it.
func named(ref Ref) Ref { return Ref{Send: ref.Send, Member: ref.Member} }

// mostAtOnce is how many one transaction notes.
const mostAtOnce = 5_000

// note writes deliveries of sends that are reported; of others nobody asks.
func (r *relayed) note(ctx context.Context, refs []Ref) (map[Ref]bool, error) {
	ids := map[int64]bool{}
	var sends pq.Int64Array
	for _, ref := range refs {
		if !ids[ref.Send] {
			ids[ref.Send], sends = true, append(sends, ref.Send)
		}
	}
	var found []send
	if err := r.db.SelectContext(ctx, &found, `
		SELECT id, month::text, label_id, reported FROM sends WHERE id = ANY ($1) AND reported`, sends); err != nil {
		return nil, postgres.Fault(err, "thing.sends")
	}
	months := map[int64]string{}
	for _, s := range found {
		months[s.ID] = s.Month
	}
	byMonth := map[string][]Ref{}
	for _, ref := range refs {
		if month, is := months[ref.Send]; is {
			byMonth[month] = append(byMonth[month], ref)
		}
	}
	told := map[Ref]bool{}
	for month, all := range byMonth {
		for len(all) > 0 {
			n := min(mostAtOnce, len(all))
			if err := r.noteIn(ctx, month, all[:n], told); err != nil {
				return told, err
			}
			all = all[n:]
		}
	}
	return told, nil
}

// noteIn writes deliveries of one month, and counts those that weren't known and
// weren't returned. Of a mail that the ledger doesn't have, as its month was dropped, or
// that never left nothing is written: it would be a row for which there is no partition,
// or arrive without having been accepted. Rows are locked in the order of their key, so
// that two who write the same wait and don't collide. The month is named, and not a
// parameter, so that a plan has one partition of the ledger.
func (r *relayed) noteIn(ctx context.Context, month string, refs []Ref, told map[Ref]bool) error {
	var sends, members pq.Int64Array
	for _, ref := range refs {
		sends, members = append(sends, ref.Send), append(members, ref.Member)
	}
	now := r.clock.Now()
	var found []Ref
	err := postgres.InTx(ctx, r.db, func(tx *sqlx.Tx) error {
		found = nil
		rows, err := tx.QueryContext(ctx, fmt.Sprintf(`
			WITH posted AS MATERIALIZED (
			  SELECT p.send_id, p.member_id, d.variant
			    FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[]) AS u(send_id, member_id)) p
			    JOIN LATERAL (SELECT variant, state, attempts, reason FROM deliveries
			          WHERE send_month = %[1]s AND send_id = p.send_id AND member_id = p.member_id LIMIT 1) d ON true
			   WHERE NOT (d.state IN ('queued', 'skipped', 'lapsed') AND d.attempts = 0)
			     AND NOT (d.state = 'failed' AND coalesce(d.reason, '') LIKE 'ours%%') -- as delivery_never_left() has it
			), told AS (
			  INSERT INTO relay_reports AS r (send_month, send_id, member_id, delivered_at)
			  SELECT %[1]s::date, send_id, member_id, $3::timestamptz FROM posted ORDER BY 2, 3
			  ON CONFLICT (send_month, send_id, member_id) DO UPDATE SET delivered_at = excluded.delivered_at WHERE r.delivered_at IS NULL
			  RETURNING send_id, member_id, returned
			), counted AS (
			  INSERT INTO outcome_deltas (send_id, measure, hour, variant, domain, n)
			  SELECT t.send_id, $4::text, $5::timestamptz, p.variant, coalesce(m.domain, ''), count(*)
			    FROM (SELECT * FROM told WHERE NOT returned OFFSET 0) t
			    JOIN posted p USING (send_id, member_id)
			    LEFT JOIN members m ON m.id = t.member_id
			   GROUP BY 1, 4, 5)
			SELECT send_id, member_id FROM told`, pq.QuoteLiteral(month)),
			sends, members, now, string(RelayDelivered), now.UTC().Truncate(time.Hour))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var ref Ref
			if err := rows.Scan(&ref.Send, &ref.Member); err != nil {
				return err
			}
			found = append(found, ref)
		}
		return rows.Err()
	})
	if err != nil {
		return postgres.Fault(err, "thing.mail_events")
	}
	for _, ref := range found {
		told[ref] = true
	}
	return nil
}

// returned notes that a mail came back which a relay had taken: it isn't delivered,
// whatever the relay posted or will.
func (s *Store) returned(ctx context.Context, tx *sqlx.Tx, a act) error {
	if !a.send.Reported {
		return nil
	}
	var delivered []bool
	if err := tx.SelectContext(ctx, &delivered, `
		INSERT INTO relay_reports AS r (send_month, send_id, member_id, returned) VALUES ($1, $2, $3, true)
		ON CONFLICT (send_month, send_id, member_id) DO UPDATE SET returned = true WHERE NOT r.returned
		RETURNING delivered_at IS NOT NULL`, a.send.Month, a.send.ID, a.ref.Member); err != nil {
		return postgres.Fault(err, "thing.mail_events")
	}
	if len(delivered) == 1 && delivered[0] {
		return s.count(ctx, tx, a, RelayDelivered, -1)
	}
	return nil
}
