package changeletters_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/accounts/changeletters"
	"keur/changes"
	"keur/internal/clock"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/labels"
)

// council is an installation with two admins, and Jan.
type council struct {
	db        pgtest.DB
	clock     *clock.Fake
	users     *accounts.Store
	requests  *changes.Store
	notices   *notices.Store
	label     labels.ID
	jan       accounts.UserID
	anna, bob context.Context // the admins
}

func newCouncil(t *testing.T) *council {
	t.Helper()
	db, now := pgtest.Database(t), clock.NewFake(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	c := &council{
		db: db, clock: now, users: accounts.NewStore(db.App, now, pgtest.Key()), notices: notices.NewStore(db.App, pgtest.Box(), now),
	}
	c.requests = changes.NewStore(db.App, now, c.users.ChangeKinds())
	l, err := labels.NewStore(db.App).Create(t.Context(), labels.Label{
		Code: "shop", Name: "Shop", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://m.shop.nl",
		BounceDomain: "b.shop.nl", ListID: "l.shop.nl", ImprintName: "Shop B.V.", ImprintAddress: "Kade 1",
	})
	if err != nil {
		t.Fatal(err)
	}
	c.label = l.ID
	as := func(name string, admin bool) accounts.UserID {
		id := accounts.UserID(pgtest.User(t, db.Owner, name))
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`UPDATE users SET email = $2 || '@publisher.nl', locale = CASE WHEN $3 THEN 'en' ELSE 'nl' END, admin = $3 WHERE id = $1`,
				id, strings.ToLower(name), admin)
		})
		return id
	}
	c.jan = as("Jan", false)
	c.anna, c.bob = pgtest.Acting(t.Context(), as("Anna", true).Actor()), pgtest.Acting(t.Context(), as("Bob", true).Actor())
	db.Owner.MustExec(`UPDATE change_rules SET admin_since = now(), two_since = now()`)
	return c
}

// letters are what was queued since the last time: "to: subject".
func (c *council) letters(t *testing.T) (list []string, bodies string) {
	t.Helper()
	l := &changeletters.Sender{DB: c.db.App, Changes: c.requests, Notices: c.notices, DeskURL: "https://desk.publisher.nl"}
	if _, err := l.SendDue(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
		t.Fatal(err)
	}
	due, err := c.notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		list = append(list, n.Recipient+": "+n.Subject)
		bodies += n.Body
		if err := c.notices.Sent(pgtest.Acting(t.Context(), "system:notices"), n.ID); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(list)
	return list, bodies
}

// TestThoseConcernedAreMailed: the other admins of a proposal, and then whoever
// proposed it and whom it is about, each once, in their own language.
func TestThoseConcernedAreMailed(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE users SET locale = 'de' WHERE email = 'bob@publisher.nl'`)
		tx.MustExec(`UPDATE change_requests SET announced = state`) // how the admins came in
	})
	expect := func(what string, want ...string) string {
		t.Helper()
		got, bodies := c.letters(t)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", what, got, want)
		}
		if again, _ := c.letters(t); len(again) != 0 {
			t.Errorf("%s, once more: %q", what, again)
		}
		return bodies
	}
	proposed := func(change func(*accounts.User)) changes.ID {
		t.Helper()
		u, err := c.users.Update(c.anna, c.jan, func(u *accounts.User) error { change(u); return nil })
		if err != nil || u.Change == nil {
			t.Fatal(u.Change, err)
		}
		return u.Change.ID
	}
	do := func(act func(context.Context, changes.ID) (changes.Request, error), as context.Context, id changes.ID) {
		t.Helper()
		if _, err := act(as, id); err != nil {
			t.Fatal(err)
		}
	}
	const (
		waits    = "bob@publisher.nl: Keur: Eine Änderung wartet auf eine zweite Person"
		anna     = "anna@publisher.nl: Keur: a change was "
		jan      = "jan@publisher.nl: Keur: een wijziging is "
		newInbox = "j.jansen@publisher.nl: Keur: een wijziging is bevestigd"
	)
	grant := func(u *accounts.User) { u.Roles[c.label] = append(u.Roles[c.label], accounts.Approver) }
	id := proposed(grant)
	body := expect("a role", waits)
	for _, want := range []string{
		"Anna schlägt vor", "(jan@publisher.nl)", "Freigabe für ", "https://desk.publisher.nl/settings/changes",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("of a proposal it doesn't say %q: %s", want, body)
		}
	}
	do(c.requests.Refuse, c.bob, id)
	expect("refused", anna+"refused", jan+"geweigerd")
	id = proposed(grant)
	do(c.requests.Withdraw, c.anna, id)
	expect("withdrawn before anybody was told", jan+"ingetrokken")
	do(c.requests.Confirm, c.bob, proposed(grant))
	expect("confirmed before anybody was told", anna+"confirmed", jan+"bevestigd")
	u, err := accounts.NewCooling(c.users).Lift(c.anna, c.jan)
	if err != nil {
		t.Fatal(err)
	}
	expect("a cooling-off to be lifted", waits)
	do(c.requests.Confirm, c.bob, u.Change.ID)
	if body := expect("lifted", anna+"confirmed", jan+"bevestigd"); !strings.Contains(body, "Laat de nieuwe rol van") {
		t.Errorf("of what was lifted it says %s", body)
	}
	do(c.requests.Confirm, c.bob, proposed(func(u *accounts.User) { u.Email = "j.jansen@publisher.nl" }))
	expect("another address, which its owner hears of at both", anna+"confirmed", newInbox, jan+"bevestigd")
	proposed(func(u *accounts.User) { u.Admin = true })
	expect("an admin", waits)
	c.clock.Add(15 * 24 * time.Hour)
	if _, err := c.requests.Expire(pgtest.Acting(t.Context(), "system:scheduler")); err != nil {
		t.Fatal(err)
	}
	expect("decided by nobody", "anna@publisher.nl: Keur: a change was decided by nobody",
		"j.jansen@publisher.nl: Keur: over een wijziging besliste niemand")
	eva, err := c.users.Create(c.anna, accounts.User{Email: "eva@publisher.nl", Name: "Eva", Locale: "en",
		Roles: map[labels.ID][]accounts.Role{c.label: {accounts.Viewer}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	expect("a user", waits)
	do(c.requests.Confirm, c.bob, eva.Change.ID)
	expect("who was let in", anna+"confirmed", "eva@publisher.nl: Keur: a change was confirmed")
}

// TestAContactsDecidersAreMailed: whoever runs the advertiser and didn't propose it.
func TestAContactsDecidersAreMailed(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO advertisers (name, category) VALUES ('Zon', 'travel')`)
		for _, role := range []accounts.Role{accounts.Planner, accounts.Viewer} {
			tx.MustExec(`WITH made AS (INSERT INTO users (email, name) VALUES ($1 || '@publisher.nl', $1) RETURNING id)
				INSERT INTO user_roles (user_id, label_id, role) SELECT id, $2, $1 FROM made`, role, c.label)
		}
		tx.MustExec(`UPDATE change_requests SET announced = state`)
		tx.MustExec(`UPDATE users SET locale = 'en'`)
	})
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO change_requests (kind, subject, payload, rows, proposed_by, proposed_at, expires_at)
			SELECT 'contacts.change', 'advertisers:' || a.id, '{}', '[]', 'user:' || u.id, now(), now() + interval '1 day'
			  FROM advertisers a, users u WHERE u.email = 'anna@publisher.nl'`)
	})
	got, bodies := c.letters(t)
	want := []string{"bob@publisher.nl: Keur: a change waits for a second person",
		"planner@publisher.nl: Keur: a change waits for a second person"}
	if !slices.Equal(got, want) || !strings.Contains(bodies, "https://desk.publisher.nl/advertisers/") {
		t.Errorf("%q: %s", got, bodies)
	}
}

// Letters that can't be written, for whatever reason, keep nobody else's.
func TestOneThatCantBeToldKeepsNoOther(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	pgtest.Unguarded(t, c.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE change_requests SET announced = state`) })
	bob := accounts.UserID(pgtest.Count(t, c.db.Owner, `SELECT id FROM users WHERE name = 'Bob'`))
	for _, id := range []accounts.UserID{c.jan, bob} {
		if u, err := c.users.Update(c.anna, id, func(u *accounts.User) error {
			u.Roles[c.label] = append(u.Roles[c.label], accounts.Approver)
			return nil
		}); err != nil || u.Change == nil {
			t.Fatal(u.Change, err)
		}
	}
	c.db.Owner.MustExec(fmt.Sprintf(`
		CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
		CREATE TRIGGER refuse_one BEFORE UPDATE ON change_requests FOR EACH ROW WHEN (NEW.id = %d) EXECUTE FUNCTION refuse_one()`,
		pgtest.Count(t, c.db.Owner, `SELECT min(id) FROM change_requests WHERE announced <> state`)))
	l := &changeletters.Sender{DB: c.db.App, Changes: c.requests, Notices: c.notices, DeskURL: "https://desk.publisher.nl"}
	n, err := l.SendDue(pgtest.Acting(t.Context(), "system:scheduler"))
	if n != 1 || err == nil || !strings.Contains(err.Error(), "not this one") {
		t.Errorf("told of %d: %v", n, err)
	}
}
