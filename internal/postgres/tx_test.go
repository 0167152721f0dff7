package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

func TestInTxNamesTheActor(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.SetMaxOpenConns(1) // so that a leftover would show in the next transaction
	for actor, want := range map[string]string{
		"user:12": "user:12", "": "database:keur_app_login", "system:scheduler": "system:scheduler",
	} {
		var got string
		err := postgres.InTx(pgtest.Acting(t.Context(), actor), db, func(tx *sqlx.Tx) error {
			return tx.Get(&got, `SELECT current_actor()`)
		})
		if err != nil || got != want {
			t.Errorf("actor %q, want %q: %v", got, want, err)
		}
	}
}

func TestInTxKeepsOrDrops(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`CREATE TABLE kept (n int); GRANT ALL ON kept TO keur_app`)
	insert := func(n int, then func() error) error {
		return postgres.InTx(t.Context(), db.App, func(tx *sqlx.Tx) error {
			tx.MustExec(`INSERT INTO kept VALUES ($1)`, n)
			return then()
		})
	}
	refused := errors.New("refused")
	if err := insert(1, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := insert(2, func() error { return refused }); !errors.Is(err, refused) {
		t.Errorf("the error came back as %v", err)
	}
	func() {
		defer func() {
			if recover() != "panic" {
				t.Error("the panic was swallowed")
			}
		}()
		_ = insert(3, func() error { panic("panic") })
	}()
	var sum int
	if err := db.App.Get(&sum, `SELECT sum(n) FROM kept`); err != nil || sum != 1 {
		t.Errorf("kept %d, %v", sum, err)
	}
	if n := db.App.Stats().InUse; n != 0 {
		t.Errorf("%d connections not given back", n)
	}
}

func TestInTxTriesAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for code, want := range map[string]int{"40001": 3, "40P01": 3, "23505": 1} {
		runs := 0
		err := postgres.InTx(t.Context(), db, func(tx *sqlx.Tx) error {
			runs++
			if runs == 3 {
				return nil
			}
			_, err := tx.Exec(`DO $$ BEGIN RAISE SQLSTATE '` + code + `'; END $$`)
			return postgres.Fault(err, "thing.mailing", "id", 7)
		})
		if runs != want || (err == nil) != (want == 3) {
			t.Errorf("%s: %d runs, %v", code, runs, err)
		}
	}
}

func TestInTxHearsDeferredTriggers(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`
		CREATE TABLE guarded (n int);
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN RAISE EXCEPTION 'someone else must approve it'; END $$;
		CREATE CONSTRAINT TRIGGER late AFTER INSERT ON guarded
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
		GRANT ALL ON guarded TO keur_app`)
	err := postgres.InTx(t.Context(), db.App, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`INSERT INTO guarded VALUES (1)`)
		return err
	})
	if !fault.Is(err, fault.Conflict) || err.Error() != "someone else must approve it" {
		t.Errorf("commit says %v", err)
	}
}

func TestListenWakes(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	ctx, cancel := context.WithCancel(t.Context())
	woken, ended := make(chan struct{}, 10), make(chan error, 1)
	go func() { ended <- postgres.Listen(ctx, db.AppURL, "keur", func() { woken <- struct{}{} }) }()
	wait := func(why string) {
		t.Helper()
		select {
		case <-woken:
		case <-time.After(10 * time.Minute):
			t.Fatal("not woken ", why)
		}
	}
	wait("at the start")
	db.App.MustExec(`NOTIFY keur, 'sends'`)
	wait("by a notification")
	db.Owner.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()`)
	wait("after the connection broke")
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(10 * time.Minute):
		t.Fatal("listening goes on")
	}
}

func TestListenWaitsForAServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := postgres.Listen(ctx, "postgres://x@/keur?host=/nowhere&sslmode=disable", "keur", func() { t.Error("woken") })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
