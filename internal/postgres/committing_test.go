package postgres_test

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestACommitGoesToItsEnd: whoever gives up while a transaction commits doesn't cut it
// short, as PostgreSQL would then call done what no standby has yet.
func TestACommitGoesToItsEnd(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`
		CREATE TABLE notes (n int);
		GRANT SELECT, INSERT ON notes TO keur_app;
		CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER notes_wait AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
		  FOR EACH ROW EXECUTE FUNCTION wait_for_lock()`)
	holder := db.Owner.MustBegin()
	defer func() { _ = holder.Rollback() }()
	holder.MustExec(`SELECT pg_advisory_xact_lock(4711)`)

	ctx, giveUp := context.WithCancel(pgtest.Acting(t.Context(), "system:test"))
	done := make(chan error, 1)
	go func() {
		done <- postgres.InTx(ctx, db.App, func(tx *sqlx.Tx) error {
			_, err := tx.Exec(`INSERT INTO notes VALUES (1)`)
			return err
		})
	}()
	pgtest.Await(t, db.Owner, `SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 4711`)
	giveUp()
	// What the driver would send because of that goes over a connection of its own, and
	// has been heard when another statement was canceled that was begun later.
	later, cancel := context.WithCancel(t.Context())
	slept := make(chan error, 1)
	go func() { _, err := db.Owner.ExecContext(later, `SELECT pg_sleep(600)`); slept <- err }()
	pgtest.Await(t, db.Owner, `SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'`)
	cancel()
	<-slept
	if err := holder.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the commit: %v", err)
	}
	if n := pgtest.Count(t, db.Owner, `SELECT count(*) FROM notes`); n != 1 {
		t.Errorf("%d are kept", n)
	}
}
