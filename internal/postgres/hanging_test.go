package postgres_test

import (
	"strings"
	"testing"
	"time"

	"keur/internal/pgtest"
)

// TestAServerThatHangsIsLeft: whoever waits for an answer of a primary that hangs, or
// for it to take what is said to it, is let go once its standby leads, and asks that one
// next.
func TestAServerThatHangsIsLeft(t *testing.T) {
	t.Parallel()
	server := pgtest.Server(t)
	standby := server.Standby()
	db := pgtest.Open(t, server.AnyURL(standby))
	db.SetMaxOpenConns(2)
	hangs := make(chan struct{})
	failed := make(chan error, 2)
	for _, statement := range []string{
		`SELECT 1`,
		`SELECT length('` + strings.Repeat("x", 16<<20) + `')`, // more than there is room for on the way
	} {
		conn, err := db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			<-hangs
			var n int
			err := conn.GetContext(t.Context(), &n, statement)
			_ = conn.Close()
			failed <- err
		}()
	}
	server.Freeze()
	defer server.Thaw() // else what is killed at the end would stay
	close(hangs)
	standby.Promote()
	patience := time.After(time.Minute)
	for range 2 {
		select {
		case err := <-failed:
			if err == nil {
				t.Error("a server that hangs answered")
			}
		case <-patience:
			t.Fatal("still waits for a server that hangs, though another one leads")
		}
	}
	var follows bool
	if err := db.GetContext(t.Context(), &follows, `SELECT pg_is_in_recovery()`); err != nil || follows {
		t.Errorf("the next question went to one that follows (%t), %v", follows, err)
	}
}
