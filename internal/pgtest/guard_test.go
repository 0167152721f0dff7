package pgtest

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// TestGuard asks a pool in and beside transactions.
func TestGuard(t *testing.T) {
	t.Parallel()
	url := Database(t).AppURL
	use := func(name string, do func(db *sqlx.DB) error, found bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGuard()
			db := limited(t)(postgres.Pool(url, g.over))
			err := do(db)
			if (err != nil) != found || (len(g.findings()) > 0) != found {
				t.Errorf("found %q with error %v, want one: %t", g.findings(), err, found)
			}
			if found && (!strings.Contains(err.Error(), "within a transaction") || !strings.Contains(g.findings()[0], "guard_test") &&
				!strings.Contains(g.findings()[0], "keur/")) {
				t.Errorf("the finding says too little: %v", g.findings())
			}
		})
	}
	var n int
	within := func(do func(db *sqlx.DB, tx *sqlx.Tx) error) func(db *sqlx.DB) error {
		return func(db *sqlx.DB) error {
			return postgres.InTx(t.Context(), db, func(tx *sqlx.Tx) error { return do(db, tx) })
		}
	}
	use("a query on the pool", within(func(db *sqlx.DB, _ *sqlx.Tx) error { return db.Get(&n, `SELECT 1`) }), true)
	use("a statement on the pool", within(func(db *sqlx.DB, _ *sqlx.Tx) error { _, err := db.Exec(`SELECT 1`); return err }), true)
	use("a prepared statement of the pool", within(func(db *sqlx.DB, _ *sqlx.Tx) error { _, err := db.Preparex(`SELECT 1`); return err }), true)
	use("a transaction within a transaction", within(func(db *sqlx.DB, _ *sqlx.Tx) error {
		return postgres.InTx(t.Context(), db, func(*sqlx.Tx) error { return nil })
	}), true)
	use("a query on the transaction", within(func(_ *sqlx.DB, tx *sqlx.Tx) error { return tx.Get(&n, `SELECT 1`) }), false)
	use("another goroutine's query", within(func(db *sqlx.DB, _ *sqlx.Tx) error {
		done := make(chan error)
		go func() { done <- db.Get(&n, `SELECT 1`) }()
		return <-done
	}), false)
	use("a query after the transaction", func(db *sqlx.DB) error {
		if err := within(func(_ *sqlx.DB, tx *sqlx.Tx) error { return tx.Get(&n, `SELECT 1`) })(db); err != nil {
			return err
		}
		tx, err := db.Beginx()
		if err != nil {
			return err
		}
		if err := tx.Rollback(); err != nil {
			return err
		}
		return db.Get(&n, `SELECT 1`)
	}, false)
}
