package postgres_test

import (
	"testing"
	"time"

	"keur/internal/pgtest"
)

// TestAServerThatHangsIsLeft: whoever waits for an answer of a primary that hangs is
// let go once its standby leads, and asks that one next.
func TestAServerThatHangsIsLeft(t *testing.T) {
	t.Parallel()
	server := pgtest.Server(t)
	standby := server.Standby()
	db := pgtest.Open(t, server.AnyURL(standby))
	db.SetMaxOpenConns(1)
	conn, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.Freeze()
	defer server.Thaw() // else what is killed at the end would stay
	failed := make(chan error, 1)
	go func() {
		var n int
		failed <- conn.GetContext(t.Context(), &n, `SELECT 1`)
	}()
	standby.Promote()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("a server that hangs answered")
		}
	case <-time.After(time.Minute):
		t.Fatal("still waits for a server that hangs, though another one leads")
	}
	_ = conn.Close()
	var follows bool
	if err := db.GetContext(t.Context(), &follows, `SELECT pg_is_in_recovery()`); err != nil || follows {
		t.Errorf("the next question went to one that follows (%t), %v", follows, err)
	}
}
