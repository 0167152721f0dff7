package delivery

import (
	"context"
	"time"

	"keur/internal/postgres"
)

// heartbeat says that a worker is there for a route, and returns its rank among
// those that are, and how many they are. It goes by the database's clock.
func (l *Ledger) heartbeat(ctx context.Context, worker string, route int64, forget time.Duration) (rank, alive int, err error) {
	if _, err := l.db.ExecContext(ctx, `
		INSERT INTO delivery_workers (id, route_id, seen_at) VALUES ($1, $2, now())
		    ON CONFLICT (route_id, id) DO UPDATE SET seen_at = now()`, worker, route); err != nil {
		return 0, 0, postgres.Fault(err, "worker %s", worker)
	}
	if _, err := l.db.ExecContext(ctx, `
		DELETE FROM delivery_workers WHERE seen_at < now() - make_interval(secs => $1)`, forget.Seconds()); err != nil {
		return 0, 0, postgres.Fault(err, "worker %s", worker)
	}
	err = l.db.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE id < $1), count(*) FROM delivery_workers WHERE route_id = $2`, worker, route).Scan(&rank, &alive)
	return rank, max(alive, 1), postgres.Fault(err, "worker %s", worker)
}

// leave says that a worker is no longer there for a route.
func (l *Ledger) leave(ctx context.Context, worker string, route int64) error {
	_, err := l.db.ExecContext(ctx, `DELETE FROM delivery_workers WHERE id = $1 AND route_id = $2`, worker, route)
	return postgres.Fault(err, "worker %s", worker)
}
