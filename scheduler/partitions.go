package scheduler

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/mailings"
)

// partitions are the months that deliveries and events are kept by.
type partitions struct {
	db         *sqlx.DB
	clock      clock.Clock
	keptMonths int // 0: for ever
}

// makeAhead keeps the months ahead ready: a mailing may be planned for a year
// from now, and its send then has a partition.
func (p partitions) makeAhead(ctx context.Context) error {
	now := p.clock.Now()
	_, err := p.db.ExecContext(ctx, `SELECT ensure_partitions($1, $2)`, now.AddDate(0, -1, 0), now.AddDate(0, 4, 0))
	return postgres.Fault(err, "thing.partitions")
}

// dropOld forgets the deliveries and events of months that are over since
// longer than they are to be kept. Their counts stay.
func (p partitions) dropOld(ctx context.Context) error {
	if p.keptMonths == 0 {
		return nil
	}
	_, err := p.db.ExecContext(ctx, `SELECT drop_partitions($1)`, p.clock.Now().AddDate(0, -p.keptMonths, 0))
	return postgres.Fault(err, "thing.old_partitions")
}

// makeFor makes room for a slot that lies further ahead than the duty looks.
// Nearly always the partition is there, and nothing is locked.
func (p partitions) makeFor(ctx context.Context, tx *sqlx.Tx, at time.Time) error {
	month := mailings.MonthOf(at)
	_, err := tx.ExecContext(ctx, `
		SELECT ensure_partitions($1, $1) WHERE to_regclass('deliveries_' || to_char($1::date, 'YYYY_MM')) IS NULL`, month)
	return postgres.Fault(err, "thing.partitions_of_month", "month", month)
}
