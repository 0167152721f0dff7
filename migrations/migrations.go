// Package migrations holds the schema as numbered SQL files, one for each room
// until the first release and forward-only after it, and applies them as the
// owner of the base.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"keur/internal/fault"
	"keur/internal/postgres"
)

//go:embed 0*.sql
var files embed.FS

// Migrate brings the base at ownerURL to the newest schema and reports each
// step. Of two that start at once, one applies and the other waits and finds
// nothing left to do.
func Migrate(ctx context.Context, ownerURL string, report func(step string)) error {
	return migrate(ctx, ownerURL, files, report)
}

// Version returns the schema that this program is written for.
func Version() int64 {
	var newest int64
	for _, name := range names(files) {
		if n, err := goose.NumericComponent(name); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// Current returns the schema that the base has; 0 if it has none.
func Current(ctx context.Context, db *sqlx.DB) (int64, error) {
	var version int64
	err := db.GetContext(ctx, &version, `SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	var e *pq.Error
	if errors.As(err, &e) && e.Code == "42P01" { // undefined table: never migrated
		return 0, nil
	}
	if errors.As(err, &e) && e.Code == "42501" {
		return 0, fault.Wrap(err, fault.Forbidden, "keur's role may not read this base; run keur migrate as its owner (KEUR_OWNER_DATABASE_URL), which grants what is needed")
	}
	return version, postgres.Fault(err, "version of the schema")
}

// Check returns a fault that says what to do if the base's schema is not the
// one that this program is written for. A step of those who work beside each
// other may come in after one with a higher number, so each is looked for.
func Check(ctx context.Context, db *sqlx.DB) error {
	current, err := Current(ctx, db)
	switch {
	case err != nil:
		return err
	case current < Version():
		return fault.New(fault.Unavailable, "the base has schema %d and this keur needs %d: run keur migrate", current, Version())
	case current > Version():
		return fault.New(fault.Unavailable, "the base has schema %d, made by a newer keur than this one, which knows %d: start the newer one", current, Version())
	}
	var applied []int64
	if err := db.SelectContext(ctx, &applied, `SELECT version_id FROM goose_db_version WHERE is_applied`); err != nil {
		return postgres.Fault(err, "version of the schema")
	}
	for _, name := range names(files) {
		if n, err := goose.NumericComponent(name); err == nil && !slices.Contains(applied, n) {
			return fault.New(fault.Unavailable, "the base lacks %s of the schema: run keur migrate", name)
		}
	}
	return nil
}

func migrate(ctx context.Context, ownerURL string, from fs.FS, report func(step string)) error {
	db, err := postgres.Open(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if len(names(from)) == 0 {
		return nil
	}
	provider, err := newProvider(db.DB, from)
	if err != nil {
		return err
	}
	// One at a time, so that a long migration is reported when it is done and not at the end.
	for {
		done, err := provider.UpByOne(ctx)
		switch {
		case errors.Is(err, goose.ErrNoNextVersion):
			return allowCurrent(ctx, db)
		case err != nil:
			return fmt.Errorf("migrate the base: %w", err)
		}
		report(fmt.Sprintf("%s applied in %s", done.Source.Path, done.Duration.Round(1e6)))
	}
}

func newProvider(db *sql.DB, from fs.FS) (*goose.Provider, error) {
	// Ask for the lock each second, for as long as a migration of big tables may take.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 3600))
	if err != nil {
		return nil, fmt.Errorf("lock for migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, from, goose.WithSessionLocker(locker), goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// allowCurrent lets the application read which schema the base has; the table
// is goose's, so no migration can grant this before goose made it.
func allowCurrent(ctx context.Context, db *sqlx.DB) error {
	_, err := db.ExecContext(ctx, `
		DO $$ BEGIN
			IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'keur_app') THEN
				GRANT SELECT ON goose_db_version TO keur_app;
			END IF;
		END $$`)
	return postgres.Fault(err, "version of the schema")
}

func names(from fs.FS) []string {
	names, _ := fs.Glob(from, "0*.sql") // only a bad pattern fails
	return names
}
