package changes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/internal/words"
)

// doors is a table of which a row decides who gets in.
type doors struct {
	*changes.Store
	pgtest.DB
	clock *clock.Fake
	one   context.Context
	other context.Context
}

type door struct {
	Name string `json:"name"`
	Open bool   `json:"open"`
}

func newDoors(t *testing.T) *doors {
	t.Helper()
	db := pgtest.Database(t)
	db.Owner.MustExec(`
		CREATE TABLE doors (id int GENERATED ALWAYS AS IDENTITY, name text, open boolean, note text DEFAULT '');
		CREATE TRIGGER doors_guard BEFORE INSERT OR UPDATE OR DELETE ON doors FOR EACH ROW EXECUTE FUNCTION change_guard('note');
		GRANT SELECT, INSERT, UPDATE, DELETE ON doors TO keur_app`)
	now := clock.NewFake(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	d := &doors{DB: db, clock: now}
	as := func(name string) context.Context {
		return pgtest.Acting(t.Context(), fmt.Sprintf("user:%d", pgtest.User(t, db.Owner, name)))
	}
	d.one, d.other = as("One"), as("Other")
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE users SET admin = true`) })
	d.Store = changes.NewStore(db.App, now, []changes.Kind{changes.KindOf("doors.add", proposal, add)})
	return d
}

func add(ctx context.Context, tx *sqlx.Tx, made door) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO doors (name, open) VALUES ($1, $2)`, made.Name, made.Open)
	return postgres.Fault(err, "thing.change_request")
}

func proposal(_ context.Context, _ sqlx.QueryerContext, made door) (changes.Proposal, error) {
	return changes.Proposal{
		Kind: "doors.add", Subject: "doors:1", What: words.Verbatim("a " + made.Name + " door"), Payload: made,
		Rows: []changes.Row{changes.Insert("doors", changes.Row{"name": made.Name, "open": made.Open})},
	}, nil
}

func (d *doors) propose(t *testing.T) changes.Request {
	t.Helper()
	p, _ := proposal(t.Context(), nil, door{"front", true})
	r, err := d.Propose(d.one, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rules says since when there is an admin, and a second one.
func (d *doors) rules(one, two bool) {
	d.Owner.MustExec(`UPDATE change_rules SET admin_since = CASE WHEN $1 THEN now() END, two_since = CASE WHEN $2 THEN now() END`, one, two)
}

func (d *doors) count(t *testing.T) int {
	return pgtest.Count(t, d.Owner, `SELECT count(*) FROM doors`)
}

func TestOneProposesAnotherConfirms(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	r := d.propose(t)
	if !r.Waits() || d.count(t) != 0 {
		t.Fatalf("%+v, and %d doors", r, d.count(t))
	}
	if _, err := d.Confirm(d.one, r.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("confirmed by who proposed: %v", err)
	}
	if _, err := d.Withdraw(d.other, r.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("withdrawn by another: %v", err)
	}
	r, err := d.Confirm(d.other, r.ID)
	if err != nil || r.State != changes.Confirmed || r.Alone || d.count(t) != 1 {
		t.Fatalf("%+v, %v, and %d doors", r, err, d.count(t))
	}
	if _, err := d.Refuse(d.other, r.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("decided twice: %v", err)
	}
	for _, act := range []func(context.Context, changes.ID) (changes.Request, error){d.Refuse, d.Withdraw} {
		ctx := map[bool]context.Context{true: d.other, false: d.one}[pgtest.Count(t, d.Owner, `SELECT count(*) FROM change_requests`) == 1]
		if _, err := act(ctx, d.propose(t).ID); err != nil || d.count(t) != 1 {
			t.Errorf("%v, and %d doors", err, d.count(t))
		}
	}
	page, err := d.List(d.one, changes.Filter{Subject: "doors:1"}, paging.Ask{Limit: 50})
	if err != nil || len(page.Items) != 3 || page.Items[2].What.String() != "a front door" {
		t.Errorf("%+v, %v", page.Items, err)
	}
}

func TestWhileThereIsOneAdmin(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	if r := d.propose(t); r.ID != 0 || d.count(t) != 1 {
		t.Errorf("before the first admin: %+v, and %d doors", r, d.count(t))
	}
	d.rules(true, false)
	r := d.propose(t)
	if r.State != changes.Confirmed || !r.Alone || d.count(t) != 2 {
		t.Fatalf("%+v, and %d doors", r, d.count(t))
	}
	page, err := d.List(d.other, changes.Filter{Alone: true}, paging.Ask{Limit: 50})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != r.ID {
		t.Errorf("done alone: %+v, %v", page.Items, err)
	}
	if _, err := d.See(d.other, r.ID); err != nil {
		t.Fatal(err)
	}
	if page, err := d.List(d.other, changes.Filter{Alone: true}, paging.Ask{Limit: 50}); err != nil || len(page.Items) != 0 {
		t.Errorf("once looked through: %+v, %v", page.Items, err)
	}
}

func TestProposalsExpire(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	r := d.propose(t)
	if n, err := d.Expire(pgtest.Acting(t.Context(), "system:scheduler")); n != 0 || err != nil {
		t.Errorf("%d expired at once, %v", n, err)
	}
	d.clock.Add(15 * 24 * time.Hour)
	if _, err := d.Confirm(d.other, r.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed too late: %v", err)
	}
	if n, err := d.Expire(pgtest.Acting(t.Context(), "system:scheduler")); n != 1 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
}

// TestAProposalsLifeIsBounded writes as the application's login, which says what
// time it likes.
func TestAProposalsLifeIsBounded(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM moved_clock`) })
	const propose = `INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at) VALUES ('a.b', '', '{}', '[]', `
	for name, c := range map[string]struct{ sql, wants string }{
		"for years":   {propose + `now(), now() + interval '2 years')`, "violates check constraint"},
		"from a year": {propose + `now() + interval '1 year', now() + interval '1 year')`, "is proposed now"},
		"a fortnight": {propose + `now(), now() + interval '14 days')`, ""},
		"over": {`UPDATE change_requests SET state = 'confirmed', decided_at = proposed_at WHERE expires_at < now()`,
			"proposed too long ago"},
	} {
		t.Run(name, func(t *testing.T) {
			pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
				tx.MustExec(`INSERT INTO change_requests (kind, subject, payload, rows, proposed_by, proposed_at, expires_at)
					VALUES ('a.b', '', '{}', '[]', $1, now() - interval '15 days', now() - interval '1 day')`, postgres.Actor(d.one))
			})
			err := postgres.InTx(d.other, d.App, func(tx *sqlx.Tx) error { return exec(c.sql)(tx) })
			if c.wants == "" && err != nil || c.wants != "" && (err == nil || !strings.Contains(err.Error(), c.wants)) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestAChangeIsDecidedNow: by the base's own clock, whatever moment psql gives.
func TestAChangeIsDecidedNow(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM moved_clock`)
		tx.MustExec(`INSERT INTO change_requests (kind, subject, payload, rows, proposed_by, proposed_at, expires_at)
			VALUES ('a.b', '', '{}', '[]', $1, now() - interval '1 day', now() + interval '1 day')`, postgres.Actor(d.one))
	})
	if err := postgres.InTx(d.other, d.App, exec(`UPDATE change_requests SET state = 'expired', decided_at = expires_at`)); err == nil {
		t.Error("expired before its time")
	}
	if err := postgres.InTx(d.other, d.App, exec(`UPDATE change_requests SET state = 'refused', decided_at = proposed_at`)); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Count(t, d.Owner, `SELECT count(*) FROM change_requests WHERE decided_at BETWEEN now() - interval '1 minute' AND now()`); n != 1 {
		t.Error("a change isn't decided at the moment it was")
	}
}

// TestRowsAreHeldToWhatWasConfirmed writes as the application's login.
func TestRowsAreHeldToWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	r := d.propose(t)
	if _, err := d.Confirm(d.other, r.ID); err != nil {
		t.Fatal(err)
	}
	open := d.propose(t)
	confirm := func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`UPDATE change_requests SET state = 'confirmed', decided_at = proposed_at WHERE id = $1`, open.ID)
		return err
	}
	for name, c := range map[string]struct {
		as    context.Context
		do    func(tx *sqlx.Tx) error
		wants string
	}{
		"without a request":             {d.other, exec(`INSERT INTO doors (name, open) VALUES ('front', true)`), "one admin proposes"},
		"by one of another transaction": {d.other, exec(`UPDATE doors SET open = false`), "one admin proposes"},
		"gone":                          {d.other, exec(`DELETE FROM doors`), "one admin proposes"},
		"what is noted":                 {d.other, exec(`UPDATE doors SET note = 'oak'`), ""},
		"as proposed":                   {d.other, both(confirm, exec(`INSERT INTO doors (name, open) VALUES ('front', true)`)), ""},
		"another row":                   {d.other, both(confirm, exec(`INSERT INTO doors (name, open) VALUES ('back', true)`)), "one admin proposes"},
		"as who proposed":               {d.one, confirm, "someone else must decide"},
		"in another's name":             {d.other, exec(`UPDATE change_requests SET decided_by = 'user:9' WHERE id = 1`), "permission denied"},
		"other words":                   {d.other, exec(`UPDATE change_requests SET rows = '[]'`), "permission denied"},
		"born confirmed": {d.other, exec(`INSERT INTO change_requests (kind, subject, payload, rows, state)
			VALUES ('a.b', '', '{}', '[]', 'confirmed')`), "permission denied"},
		"alone":              {d.other, exec(`UPDATE change_rules SET two_since = NULL`), "permission denied"},
		"gone from the list": {d.other, exec(`DELETE FROM change_requests`), "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			err := postgres.InTx(c.as, d.App, func(tx *sqlx.Tx) error {
				if err := c.do(tx); err != nil {
					return err
				}
				return errDone
			})
			if worked := errors.Is(err, errDone); worked != (c.wants == "") || !strings.Contains(err.Error(), c.wants) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestWhatIsSaidFollowsFromWhatIsApplied proposes as one of two admins with
// psql, who words and rows as they like.
func TestWhatIsSaidFollowsFromWhatIsApplied(t *testing.T) {
	t.Parallel()
	d := newDoors(t)
	d.rules(true, true)
	const front = `[{"table": "doors", "do": "insert", "name": "front", "open": true}]`
	for name, c := range map[string]struct {
		kind, subject, payload, rows, said string
		confirmed                          bool
	}{
		"as it is":           {"doors.add", "doors:1", `{"name": "front", "open": true}`, front, "a front door", true},
		"about another":      {"doors.add", "doors:2", `{"name": "front", "open": true}`, front, "a front door", false},
		"another payload":    {"doors.add", "doors:1", `{"name": "back", "open": true}`, front, "a back door", false},
		"more rows":          {"doors.add", "doors:1", `{"name": "front", "open": true}`, front[:len(front)-1] + `, {"table": "users"}]`, "a front door", false},
		"words of one's own": {"doors.add", "doors:1", `{"what": "nothing at all", "name": "back"}`, front, "a back door", false},
		"no payload":         {"doors.add", "doors:1", `"nothing at all"`, front, "can't read this change", false},
		"no such kind":       {"doors.paint", "doors:1", `{}`, `[]`, "no change of the kind doors.paint", false},
	} {
		t.Run(name, func(t *testing.T) {
			var id changes.ID
			if err := postgres.InTx(d.one, d.App, func(tx *sqlx.Tx) error {
				return tx.Get(&id, `INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at)
					VALUES ($1, $2, $3, $4, now(), now() + interval '1 day') RETURNING id`, c.kind, c.subject, c.payload, c.rows)
			}); err != nil {
				t.Fatal(err)
			}
			if r, err := d.Get(d.other, id); err != nil || !strings.Contains(r.What.String(), c.said) {
				t.Errorf("it says %q, %v", r.What, err)
			}
			if _, err := d.Confirm(d.other, id); c.confirmed != (err == nil) || !c.confirmed && !fault.Is(err, fault.Conflict) {
				t.Errorf("confirmed: %v", err)
			}
			if _, err := d.Refuse(d.other, id); c.confirmed == (err == nil) {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// errDone rolls back what worked.
var errDone = fault.New(fault.Conflict, "changes.fixed")

func exec(sql string) func(*sqlx.Tx) error {
	return func(tx *sqlx.Tx) error {
		_, err := tx.Exec(sql)
		return err
	}
}

func both(first, then func(*sqlx.Tx) error) func(*sqlx.Tx) error {
	return func(tx *sqlx.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		return then(tx)
	}
}
