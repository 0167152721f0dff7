package postgres_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// acts returns who acts in a transaction of ctx after the statements.
func acts(ctx context.Context, db *sqlx.DB, statements ...string) (actor string, err error) {
	err = postgres.InTx(ctx, db, func(tx *sqlx.Tx) error {
		for _, sql := range statements {
			if _, err := tx.Exec(sql); err != nil {
				return postgres.Fault(err, "thing.actor")
			}
		}
		return tx.Get(&actor, `SELECT current_actor()`)
	})
	return actor, err
}

// Nobody becomes a person, and nobody somebody else, with the application's
// login and without a proof.
func TestTheLoginIsNobody(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	user := pgtest.User(t, db.Owner, "An")
	me := fmt.Sprintf("user:%d", user)
	secret := fmt.Sprintf("%d %x", time.Now().Unix(), postgres.Key("another key").MAC("act", me, fmt.Sprint(time.Now().Unix())))
	old := time.Now().Add(-time.Hour).Unix()
	late := fmt.Sprintf("%d %x", old, pgtest.Key().MAC("act", me, fmt.Sprint(old)))
	for name, try := range map[string]struct {
		sql, says string
	}{
		"a credential that is none":   {`SELECT act('` + me + `', 'system', '')`, "case not found"},
		"a user without a proof":      {`SELECT act('` + me + `', 'process', '')`, "proof of who you are"},
		"an operator without a proof": {`SELECT act('console', 'process', '')`, "proof of who you are"},
		"a login by name":             {`SELECT act('database:keur', 'process', '')`, "proof of who you are"},
		"somebody by name":            {`SELECT act('Anna de Vries', 'process', '')`, "proof of who you are"},
		"a contact by no link":        {`SELECT act('contact:1', 'link', 'x')`, "proof of who you are"},
		"a user by no session":        {`SELECT act('` + me + `', 'session', '')`, "proof of who you are"},
		"a user by no token":          {`SELECT act('` + me + `', 'token', 'keur_x')`, "proof of who you are"},
		"another key's word":          {`SELECT act('` + me + `', 'process', '` + secret + `')`, "proof of who you are"},
		"a word of an hour ago":       {`SELECT act('` + me + `', 'process', '` + late + `')`, "proof of who you are"},
		"no credential":               {`SELECT act('` + me + `', NULL, NULL)`, "case not found"},
		"a setting":                   {`SELECT set_config('keur.actor', '` + me + `', true)`, ""},
		"who acts, written":           {`INSERT INTO acting VALUES (pg_current_xact_id(), now(), '` + me + `', 'session')`, "doesn't allow"},
		"who acts, changed":           {`UPDATE acting SET actor = '` + me + `'`, "doesn't allow"},
		"who acts, read":              {`SELECT * FROM acting`, "doesn't allow"},
		"the key, read":               {`SELECT * FROM credential_keys`, "doesn't allow"},
		"a key of one's own":          {`INSERT INTO credential_keys VALUES ('x', 'y')`, "doesn't allow"},
		"a table over acting":         {`CREATE TEMP TABLE acting ON COMMIT DROP AS SELECT pg_current_xact_id() AS xid, now() AS began, '` + me + `' AS actor`, ""},
		"the key's answer":            {`SELECT proven('x', 'act')`, "doesn't allow"},
	} {
		t.Run(name, func(t *testing.T) {
			actor, err := acts(t.Context(), db.App, try.sql)
			if try.says != "" && (err == nil || !strings.Contains(err.Error(), try.says)) {
				t.Errorf("got %v, want %q", err, try.says)
			}
			if err == nil && actor != "database:keur_app_login" {
				t.Errorf("acts as %s", actor)
			}
		})
	}
}

// Nor does it become a part of the program: of each name by which the program
// acts, without its key, by another key's word, by a word for another name, cut
// off, for a moment to come, and by the program's own once ten minutes are over.
func TestTheLoginIsNoPartOfTheProgram(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	now := time.Now().Unix()
	say := func(key postgres.Key, actor string, at int64) string {
		return fmt.Sprintf("%d %x", at, key.MAC("act", actor, fmt.Sprint(at)))
	}
	for _, part := range parts(t) {
		good := say(pgtest.Key(), part, now)
		if actor, err := acts(t.Context(), db.App, fmt.Sprintf(`SELECT act('%s', 'process', '%s')`, part, good)); err != nil || actor != part {
			t.Fatalf("by the program's word: %q, %v", actor, err)
		}
		for name, secret := range map[string]string{
			"nothing":               "",
			"a moment alone":        fmt.Sprint(now),
			"another key":           say(postgres.Key("another key"), part, now),
			"no key":                say(nil, part, now),
			"another part's word":   say(pgtest.Key(), part+"x", now),
			"the word, cut off":     good[:len(good)-2],
			"the word, longer":      good + "00",
			"the word, moved on":    fmt.Sprintf("%d%s", now+1, good[strings.Index(good, " "):]),
			"a word of then":        say(pgtest.Key(), part, now-601),
			"a word of what's next": say(pgtest.Key(), part, now+700),
		} {
			actor, err := acts(t.Context(), db.App, fmt.Sprintf(`SELECT act('%s', 'process', '%s')`, part, secret))
			if err == nil || !strings.Contains(err.Error(), "proof of who you are") {
				t.Errorf("%s by %s: acts as %q, %v", part, name, actor, err)
			}
		}
		for _, credential := range []string{"system", "session", "token", "link", "link_code"} {
			if actor, err := acts(t.Context(), db.App, fmt.Sprintf(`SELECT act('%s', '%s', '%s')`, part, credential, good)); err == nil {
				t.Errorf("%s by %s: acts as %q", part, credential, actor)
			}
		}
	}
}

// parts returns the names by which the program acts without a person, read from
// its source.
func parts(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{"department:1": true}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range partName.FindAllSubmatch(source, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil || len(found) < 6 {
		t.Fatalf("found %v, %v", found, err)
	}
	return slices.Sorted(maps.Keys(found))
}

var partName = regexp.MustCompile(`"(system:[a-z]+|member)"\)`)

// A transaction has one actor, until its end.
func TestOneActorATransaction(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	ctx := pgtest.Acting(t.Context(), "user:4")
	now := fmt.Sprint(time.Now().Unix())
	word := fmt.Sprintf("%s %x", now, pgtest.Key().MAC("act", "system:scheduler", now))
	for _, c := range []struct{ sql, actor, says string }{
		{`SELECT act('system:scheduler', 'process', '` + word + `')`, "", "somebody else acts"},
		{`SAVEPOINT a; SELECT set_config('keur.actor', 'user:5', true)`, "user:4", ""},
		{`SAVEPOINT a; ROLLBACK TO a`, "user:4", ""},
	} {
		actor, err := acts(ctx, db.App, c.sql)
		if actor != c.actor || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %q, %v", c.sql, actor, err)
		}
	}
	// Those of transactions that are over are forgotten, one time in fifty.
	db.Owner.MustExec(`INSERT INTO acting VALUES ('3', now(), 'user:4', 'session')`)
	left := 1
	for n := 0; n < 2000 && left > 0; n++ {
		if _, err := acts(ctx, db.App); err != nil {
			t.Fatal(err)
		}
		left = pgtest.Count(t, db.Owner, `SELECT count(*) FROM acting WHERE xid = '3'`)
	}
	if left > 0 {
		t.Error("who acted in a transaction that is over is never forgotten")
	}
}

// A disabled user is nobody, even by the program's word.
func TestDisabledUsersDontAct(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	user := pgtest.User(t, db.Owner, "An")
	ctx := pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", user))
	if _, err := acts(ctx, db.App); err != nil {
		t.Fatal(err)
	}
	db.Owner.MustExec(`UPDATE users SET disabled_at = now()`)
	if _, err := acts(ctx, db.App); err == nil {
		t.Error("a disabled user acts")
	}
}

// A base that knows another secret says so.
func TestKeyIsChecked(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	if err := pgtest.Key().Check(t.Context(), db.App); err != nil {
		t.Error(err)
	}
	other := postgres.Key(strings.Repeat("k", 32))
	if err := other.Check(t.Context(), db.App); err == nil || !strings.Contains(err.Error(), "another KEUR_SECRET") {
		t.Error(err)
	}
	if err := other.Install(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	if err := other.Check(t.Context(), db.App); err != nil || pgtest.Key().Check(t.Context(), db.App) == nil {
		t.Errorf("after another was installed: %v", err)
	}
}

// BenchmarkInTx is what a transaction costs by who acts in it.
func BenchmarkInTx(b *testing.B) {
	db := pgtest.New(b)
	for _, actor := range []string{"", "system:delivery", "user:4"} {
		b.Run(actor, func(b *testing.B) {
			ctx := pgtest.Acting(b.Context(), actor)
			for b.Loop() {
				if err := postgres.InTx(ctx, db, func(*sqlx.Tx) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
