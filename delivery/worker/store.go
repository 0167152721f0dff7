package worker

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// store keeps what the workers of all processes must know of each other: which
// of them are alive on a route, and up to when a pace is reserved. It goes by
// the database's clock.
type store struct{ db *sqlx.DB }

// heartbeat says that a worker is alive on a route, and returns its rank among
// those that are, and how many they are.
func (s store) heartbeat(ctx context.Context, worker string, route int64, forget time.Duration) (rank, alive int, err error) {
	if _, err := postgres.Exec(ctx, s.db, `
		INSERT INTO delivery_workers (id, route_id, seen_at) VALUES ($1, $2, now())
		    ON CONFLICT (route_id, id) DO UPDATE SET seen_at = now()`, worker, route); err != nil {
		return 0, 0, postgres.Fault(err, "thing.worker", "name", worker)
	}
	if _, err := postgres.Exec(ctx, s.db, `
		DELETE FROM delivery_workers WHERE seen_at < now() - make_interval(secs => $1)`, forget.Seconds()); err != nil {
		return 0, 0, postgres.Fault(err, "thing.worker", "name", worker)
	}
	err = s.db.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE id < $1), count(*) FROM delivery_workers WHERE route_id = $2`, worker, route).Scan(&rank, &alive)
	return rank, max(alive, 1), postgres.Fault(err, "thing.worker", "name", worker)
}

// leave says that a worker is no longer there for a route.
func (s store) leave(ctx context.Context, worker string, route int64) error {
	_, err := postgres.Exec(ctx, s.db, `DELETE FROM delivery_workers WHERE id = $1 AND route_id = $2`, worker, route)
	return postgres.Fault(err, "thing.worker", "name", worker)
}

// reserve takes the next stretch of time of a pace and returns how far ahead it
// begins.
func (s store) reserve(ctx context.Context, key string, stretch time.Duration) (time.Duration, error) {
	var ends []float64
	err := postgres.Select(ctx, s.db, &ends, `
		INSERT INTO delivery_paces AS p (key, next_at) VALUES ($1, now() + make_interval(secs => $2))
		    ON CONFLICT (key) DO UPDATE SET next_at = greatest(p.next_at, now()) + make_interval(secs => $2)
		RETURNING extract(epoch FROM next_at - now())`, key, stretch.Seconds())
	if err != nil {
		return 0, postgres.Fault(err, "thing.pace", "name", key)
	}
	return time.Duration(ends[0]*float64(time.Second)) - stretch, nil
}
