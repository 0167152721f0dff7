package pgtest_test

import (
	"sync/atomic"
	"testing"

	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/proctest"
)

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	for range 3 {
		t.Run("own", func(t *testing.T) {
			t.Parallel()
			db := pgtest.Database(t)
			if _, err := db.Owner.Exec(`CREATE TABLE only_here (n int)`); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestZoneIsOdd(t *testing.T) {
	t.Parallel()
	var zone string
	if err := pgtest.New(t).Get(&zone, `SHOW timezone`); err != nil || zone != pgtest.Zone {
		t.Fatalf("zone %q, %v", zone, err)
	}
}

func TestAppIsNobodySpecial(t *testing.T) {
	t.Parallel()
	var app struct {
		Name     string
		Super    bool
		Owns     int
		IsMember bool `db:"is_member"`
	}
	err := pgtest.New(t).Get(&app, `
		SELECT current_user AS name, rolsuper AS super, pg_has_role('keur_app', 'usage') AS is_member,
		       (SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owns
		  FROM pg_roles r
		 WHERE rolname = current_user`)
	if err != nil || app.Super || app.Owns > 0 || !app.IsMember {
		t.Fatalf("%+v, %v", app, err)
	}
}

// TestAWrongPasswordIsRefused: passwords go to the test server as they are, and count.
func TestAWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), pgtest.As(pgtest.Database(t).AppURL, "keur_app_login", "wrong"))
	if err == nil {
		_ = db.Close()
		t.Error("the server lets in who has a wrong password")
	}
}

func TestServerSurvivesKill(t *testing.T) {
	t.Parallel()
	s := pgtest.Server(t)
	db := pgtest.Open(t, s.OwnerURL())
	if _, err := db.Exec(`CREATE TABLE kept AS SELECT 7 AS n`); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := db.Ping(); err == nil {
		t.Fatal("a killed server answers")
	}
	s.Start()
	var n int
	proctest.Until(t, "the server answers again", func() bool { return db.Get(&n, `SELECT n FROM kept`) == nil })
	if n != 7 {
		t.Fatalf("after restart: %d", n)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		b.Run("", func(b *testing.B) { pgtest.New(b) })
	}
}

// TestFurnishedOnce has three tests that want the same base: it is made once,
// and what one of them does in its copy the others don't see.
func TestFurnishedOnce(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	for range 3 {
		t.Run("copy", func(t *testing.T) {
			t.Parallel()
			db := pgtest.Furnished(t, "two users", func(t testing.TB, db pgtest.DB) {
				made.Add(1)
				pgtest.User(t, db.App, "Ann")
				pgtest.User(t, db.App, "Ben")
			})
			pgtest.User(t, db.App, "Cas")
			if n := pgtest.Count(t, db.Owner, `SELECT count(*) FROM users`); n != 3 || made.Load() != 1 {
				t.Errorf("%d users in a copy of a base that was made %d times", n, made.Load())
			}
		})
	}
}
