package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/words"
)

func TestOpenSetsTheSession(t *testing.T) {
	t.Parallel()
	url := strings.Replace(pgtest.Database(t).AppURL, "timezone=", "x.y=", 1)
	var got []string
	err := pgtest.Open(t, url).Select(&got, `
		SELECT current_setting(name) FROM unnest('{timezone,jit,application_name}'::text[]) AS name`)
	if err != nil || !slices.Equal(got, []string{"UTC", "off", "keur"}) {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for url, says := range map[string]string{
		"postgres://x:hush@/keur?host=/nowhere&sslmode=disable": "PostgreSQL at /nowhere",
		"postgres://x:hush@h:port/keur":                         "the database URL is not valid",
		pgtest.As(pgtest.Database(t).AppURL, "nobody", "hush"):  "as nobody",
	} {
		_, err := postgres.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestFault(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	db.Owner.MustExec(`
		CREATE TABLE things (
			id   int PRIMARY KEY,
			name varchar(3) NOT NULL CHECK (name <> 'bad'),
			up   int REFERENCES things
		);
		GRANT SELECT, INSERT ON things TO keur_app;
		INSERT INTO things VALUES (1, 'one')`)
	for _, c := range []struct {
		query string
		kind  fault.Kind
		says  string
	}{
		{`SELECT id FROM things WHERE id = 9`, fault.NotFound, "mailing 7 doesn't exist"},
		{`INSERT INTO things VALUES (1, 'two') RETURNING id`, fault.Conflict, "mailing 7 exists already"},
		{`INSERT INTO things VALUES (2, 'two', 9) RETURNING id`, fault.Invalid, "refers to something"},
		{`INSERT INTO things VALUES (2, NULL) RETURNING id`, fault.Invalid, "lacks name"},
		{`INSERT INTO things VALUES (2, 'bad') RETURNING id`, fault.Invalid, "breaks the rule things_name_check"},
		{`INSERT INTO things VALUES (2, 'long') RETURNING id`, fault.Invalid, "too long"},
		{`DELETE FROM things RETURNING id`, fault.Forbidden, "doesn't allow"},
		{`SELECT pg_terminate_backend(pg_backend_pid())::int`, fault.Unavailable, "try again"},
		{`SELECT nonsense`, fault.Internal, "mailing 7: "},
	} {
		var id int
		err := postgres.Fault(db.App.Get(&id, c.query), "thing.mailing", "id", 7)
		if fault.Of(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (%s)", c.query, err, fault.Of(err))
		}
	}
	for _, code := range []string{"40001", "40P01"} { // the first also at a standby, of what its base did
		_, err := db.App.Exec(`DO $$ BEGIN RAISE SQLSTATE '` + code + `'; END $$`)
		if err = postgres.Fault(err, "thing.mailing", "id", 7); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v (%s)", code, err, fault.Of(err))
		}
	}
	if postgres.Fault(nil, "thing.mailing") != nil {
		t.Error("nil became a fault")
	}
	_, err := db.App.Exec(`DO $$ BEGIN RAISE EXCEPTION 'the mailing changed 100%% since'; END $$`)
	if err := postgres.Fault(err, "thing.mailing", "id", 7); !fault.Is(err, fault.Conflict) ||
		err.Error() != "the mailing changed 100% since" {
		t.Errorf("a trigger's sentence became %v", err)
	}
	_, err = db.App.Exec(`
		DO $$ BEGIN
		  RAISE EXCEPTION 'this approval round is already withdrawn' USING CONSTRAINT = 'approval.round_closed', DETAIL = jsonb_build_object('state', 'withdrawn');
		END $$`)
	told, is := errors.AsType[*fault.Error](postgres.Fault(err, "thing.mailing", "id", 7))
	if want := "deze keuringsronde is al afgerond (ingetrokken)"; !is || words.In("nl").Say(told.Message) != want {
		t.Errorf("a trigger's message became %v, want %s", told, want)
	}
}
