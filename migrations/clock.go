package migrations

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// MoveClock has the base at ownerURL go by the clocks of the processes that use
// it, as tests and the demo's past need, or by its own again. While it is moved,
// moments that a process says, such as that of a verdict, are taken as said.
// Only the owner can, and the trail tells when.
func MoveClock(ctx context.Context, ownerURL string, moved bool) error {
	db, err := postgres.Open(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	change := `DELETE FROM moved_clock`
	if moved {
		change = `INSERT INTO moved_clock DEFAULT VALUES ON CONFLICT DO NOTHING`
	}
	if _, err := db.ExecContext(ctx, change); err != nil {
		return fmt.Errorf("move the base's clock: %w", err)
	}
	return nil
}

// ClockMoved reports whether the base goes by the clocks of its processes.
func ClockMoved(ctx context.Context, db *sqlx.DB) (moved bool, err error) {
	if err = db.GetContext(ctx, &moved, `SELECT EXISTS (SELECT FROM moved_clock)`); err != nil {
		return false, fmt.Errorf("look at the base's clock: %w", err)
	}
	return moved, nil
}
