package networks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
)

// budgets count calls over all processes, as networks count them: by a
// credential, or all that come from one publisher together.
type budgets struct {
	db    *sqlx.DB
	clock clock.Clock
}

// budgetOf returns the name of what calls with these credentials are counted
// under. Connections with one credential share it.
func budgetOf(network string, l Limit, credentials Credentials) string {
	if l.Counted == "" {
		return network
	}
	sum := sha256.Sum256([]byte(credentials[l.Counted]))
	return network + ":" + hex.EncodeToString(sum[:])
}

// spend takes a call off what is left. Any number of processes may: the row is
// the lock, and holds the moments of the calls that still count.
func (b *budgets) spend(ctx context.Context, key string, l Limit) error {
	now := b.clock.Now()
	taken, err := postgres.Exec(postgres.Aside(ctx), b.db, `
		INSERT INTO network_budgets AS b (key, calls) VALUES ($1, ARRAY[$2::timestamptz])
		ON CONFLICT (key) DO UPDATE SET calls = ARRAY(SELECT at FROM unnest(b.calls) at WHERE at > $3) || $2::timestamptz
		 WHERE (b.blocked_until IS NULL OR b.blocked_until <= $2)
		   AND (SELECT count(*) FROM unnest(b.calls) at WHERE at > $3) < $4`, key, now, now.Add(-l.Per), l.Calls)
	if err != nil {
		return postgres.Fault(err, "thing.connections")
	}
	if n, err := taken.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, free, err := b.left(ctx, key, l)
	if err != nil {
		return err
	}
	return &Wait{free}
}

// block notes that the network takes no calls until a moment.
func (b *budgets) block(ctx context.Context, key string, until time.Time) error {
	_, err := postgres.Exec(postgres.Aside(ctx), b.db, `
		INSERT INTO network_budgets AS b (key, blocked_until) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET blocked_until = greatest(b.blocked_until, excluded.blocked_until)`, key, until)
	return postgres.Fault(err, "thing.connections")
}

// left returns how many calls are left, and when there is one again if none is.
func (b *budgets) left(ctx context.Context, key string, l Limit) (calls int, free time.Time, err error) {
	now := b.clock.Now()
	var row []struct {
		Spent   int        `db:"spent"`
		Oldest  *time.Time `db:"oldest"`
		Blocked *time.Time `db:"blocked_until"`
	}
	err = b.db.SelectContext(ctx, &row, `
		SELECT count(at) AS spent, min(at) AS oldest, max(blocked_until) AS blocked_until
		  FROM network_budgets LEFT JOIN LATERAL unnest(calls) at ON at > $2 WHERE key = $1`, key, now.Add(-l.Per))
	if err != nil || len(row) == 0 {
		return l.Calls, now, postgres.Fault(err, "thing.connections")
	}
	calls, free = max(l.Calls-row[0].Spent, 0), now
	if calls == 0 && row[0].Oldest != nil {
		free = row[0].Oldest.Add(l.Per)
	}
	if blocked := row[0].Blocked; blocked != nil && blocked.After(now) {
		calls = 0
		if blocked.After(free) {
			free = *blocked
		}
	}
	return calls, free, nil
}
