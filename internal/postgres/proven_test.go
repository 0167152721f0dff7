package postgres_test

import (
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestAConnectionIsProvenOnce: over the connections of a part of the program all is
// done as that part, also over one that was made in place of one that broke. Whoever
// acts in a transaction acts in it nevertheless.
func TestAConnectionIsProvenOnce(t *testing.T) {
	t.Parallel()
	base := pgtest.Database(t)
	own, err := postgres.OpenAs(t.Context(), base.AppURL, pgtest.Key(), "system:tracking", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = own.Close() }()
	actor := func(db *sqlx.DB) (is string) {
		for until := time.Now().Add(time.Minute); ; { // a connection that breaks may be noticed by who uses it
			err := postgres.InTx(t.Context(), db, func(tx *sqlx.Tx) error { return tx.Get(&is, `SELECT current_actor()`) })
			if err == nil {
				return is
			}
			if time.Now().After(until) {
				t.Error(err)
				return ""
			}
		}
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if is := actor(own); is != "system:tracking" {
				t.Errorf("done by %s", is)
			}
		})
	}
	both.Wait()
	base.Owner.MustExec(`SELECT pg_terminate_backend(process) FROM proven_connections`)
	if is := actor(own); is != "system:tracking" {
		t.Errorf("done by %s over a new connection", is)
	}
	var is string
	err = postgres.InTx(pgtest.Acting(t.Context(), "user:1"), own, func(tx *sqlx.Tx) error { return tx.Get(&is, `SELECT current_actor()`) })
	if err != nil || is != "user:1" {
		t.Errorf("somebody acts: %s, %v", is, err)
	}
	if is := actor(base.App); is == "system:tracking" {
		t.Error("a connection that isn't proven is the part's")
	}
}

// TestAConnectionIsProvenForItself: neither another key nor another part's name, nor
// the word of another connection proves one.
func TestAConnectionIsProvenForItself(t *testing.T) {
	t.Parallel()
	base := pgtest.Database(t)
	if _, err := postgres.OpenAs(t.Context(), base.AppURL, postgres.Key("another key"), "system:tracking", 1); err == nil {
		t.Error("another key proves a connection")
	}
	for _, actor := range []string{"user:1", "console", "database:keur", "system:", "contact:1"} {
		if _, err := postgres.OpenAs(t.Context(), base.AppURL, pgtest.Key(), actor, 1); err == nil {
			t.Errorf("a connection is %s for good", actor)
		}
	}
	own, err := postgres.OpenAs(t.Context(), base.AppURL, pgtest.Key(), "system:tracking", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = own.Close() }()
	var word string
	if err := own.Get(&word, `SELECT current_setting('keur.connection')`); err != nil {
		t.Fatal(err)
	}
	err = postgres.InTx(t.Context(), base.App, func(tx *sqlx.Tx) error {
		var is string
		if err := tx.Get(&is, `SELECT current_actor() FROM (SELECT set_config('keur.connection', $1, true)) x`, word); err != nil {
			return err
		}
		if is == "system:tracking" {
			t.Error("another connection's word makes one the part's")
		}
		_, err := tx.Exec(`SELECT prove_connection('system:tracking', $1, $2)`, word,
			pgtest.Key().MAC("connection", "1", "system:tracking", word))
		return postgres.Fault(err, "thing.actor")
	})
	if err == nil || fault.Is(err, fault.Unavailable) {
		t.Errorf("a proof of another process is taken: %v", err)
	}
}
