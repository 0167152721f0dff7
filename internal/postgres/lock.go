package postgres

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// TryLock takes the advisory lock of that name until tx ends, and reports
// whether it got it; it never waits.
func TryLock(ctx context.Context, tx *sqlx.Tx, name string) (bool, error) {
	var got bool
	err := tx.GetContext(ctx, &got, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`, name)
	return got, Fault(err, "lock %s", name)
}
