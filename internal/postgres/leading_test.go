package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// ofSeveral names another server beside that of the URL, which isn't there.
func ofSeveral(t *testing.T, dbURL string) string {
	t.Helper()
	at, err := url.Parse(dbURL)
	if err != nil {
		t.Fatal(err)
	}
	query := at.Query()
	query.Set("host", "/nowhere,"+query.Get("host"))
	at.RawQuery = query.Encode()
	return at.String()
}

// TestAFencedPrimaryIsLeft: a server that takes no writes any more, and keeps our
// connections, gets none of our transactions: they would write all the same.
func TestAFencedPrimaryIsLeft(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t, ofSeveral(t, pgtest.Database(t).AppURL))
	db.SetMaxOpenConns(1)
	var fenced, now int
	if err := db.Get(&fenced, `SELECT pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	db.MustExec(`SET default_transaction_read_only = on`) // what a reload does to every session
	for until := time.Now().Add(time.Minute); now == 0 || now == fenced; {
		if err := db.Get(&now, `SELECT pg_backend_pid() FROM pg_sleep(0.05)`); err != nil || time.Now().After(until) {
			t.Fatalf("still asks the server that was fenced: %v", err)
		}
	}
}

// TestAFencedPrimaryIsLeftByWhoKeepsAConnection, as rounds of deliveries and imports
// do, before their next transaction.
func TestAFencedPrimaryIsLeftByWhoKeepsAConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.Open(t, ofSeveral(t, pgtest.Database(t).AppURL))
	conn, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), `SET default_transaction_read_only = on`); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); ; {
		err := postgres.InTx(t.Context(), conn, func(tx *sqlx.Tx) error { _, err := tx.Exec(`SELECT pg_sleep(0.05)`); return err })
		if fault.Is(err, fault.Unavailable) {
			break
		}
		if err != nil || time.Now().After(until) {
			t.Fatalf("still writes to the server that was fenced: %v", err)
		}
	}
}

// TestAListenerLooksForThePrimary: of several servers, a listener doesn't stay at
// the one that it found first, which may be none that is written to any more.
func TestAListenerLooksForThePrimary(t *testing.T) {
	t.Parallel()
	base := pgtest.Database(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	listeners := map[int]bool{}
	err := postgres.ListenEvery(ctx, ofSeveral(t, base.AppURL), "moves", func() { // while the connection stands
		var pids []int
		if err := base.Owner.Select(&pids, `
			SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%moves%'`); err != nil {
			t.Error(err)
		}
		for _, pid := range pids {
			listeners[pid] = true
		}
		if len(listeners) > 1 {
			stop()
		}
	}, 20*time.Millisecond)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("listened over %d connections: %v", len(listeners), err)
	}
}
