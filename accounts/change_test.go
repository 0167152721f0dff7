package accounts

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
)

func TestTakingAwayIsDoneAtOnce(t *testing.T) {
	t.Parallel()
	gone := time.Now()
	jan := User{ID: 1, Email: "jan@p.nl", Roles: map[labels.ID][]Role{1: {Planner, Viewer}}}
	chief := User{ID: 1, Email: "jan@p.nl", Admin: true, Roles: map[labels.ID][]Role{1: {Planner}}}
	disabled := User{ID: 1, Email: "jan@p.nl", DisabledAt: &gone, Roles: map[labels.ID][]Role{1: {Planner}}}
	with := func(u User, change func(*User)) User {
		u = u.clone()
		change(&u)
		return u
	}
	for name, c := range map[string]struct {
		before User
		change func(*User)
		want   User
		waits  bool
	}{
		"a role more": {jan, func(u *User) { u.Roles[1] = append(u.Roles[1], Approver) }, jan, true},
		"a role less": {jan, func(u *User) { u.Roles[1] = []Role{Viewer} },
			with(jan, func(u *User) { u.Roles[1] = []Role{Viewer} }), false},
		"one for another": {jan, func(u *User) { u.Roles[1] = []Role{Approver} }, with(jan, func(u *User) { clear(u.Roles) }), true},
		"admin":           {jan, func(u *User) { u.Admin = true }, jan, true},
		"no more admin":   {chief, func(u *User) { u.Admin = false }, with(chief, func(u *User) { u.Admin = false }), false},
		"another inbox":   {jan, func(u *User) { u.Email = "eva@p.nl" }, jan, true},
		"another name":    {jan, func(u *User) { u.Name = "Jan P." }, with(jan, func(u *User) { u.Name = "Jan P." }), false},
		"locked out":      {chief, func(u *User) { u.DisabledAt = &gone }, with(chief, func(u *User) { u.DisabledAt = &gone }), false},
		"let in again":    {disabled, func(u *User) { u.DisabledAt = nil }, disabled, true},
		"and admin too":   {disabled, func(u *User) { u.DisabledAt, u.Admin = nil, true }, disabled, true},
	} {
		after := with(c.before, c.change)
		kept := after.without(c.before)
		if diff := cmp.Diff(c.want, kept); diff != "" || kept.decidesAs(after) == c.waits {
			t.Errorf("%s: %s", name, diff)
		}
	}
	codes := map[labels.ID]string{1: "nl"}
	for want, after := range map[string]User{
		"grant Jan (jan@p.nl): signing in again, admin and approver for nl": {ID: 1, Name: "Jan", Email: "jan@p.nl", Admin: true,
			Roles: map[labels.ID][]Role{1: {Planner, Approver}}},
		"let Jan (jan@p.nl) in again": {ID: 1, Name: "Jan", Email: "jan@p.nl", Roles: disabled.Roles},
		"give Jan another mail address, eva@p.nl instead of jan@p.nl, and grant signing in again": {ID: 1, Name: "Jan", Email: "eva@p.nl",
			Roles: disabled.Roles},
	} {
		if got := said(disabled, after, codes).String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// council is an installation with two admins, and Jan.
type council struct {
	*house
	owner     *sqlx.DB
	requests  *changes.Store
	label     labels.ID
	anna, bob context.Context // the admins
	me        context.Context // Jan
}

func newCouncil(t *testing.T) *council {
	t.Helper()
	db := pgtest.Database(t)
	c := &council{house: &house{DB: db.App, Clock: start()}, owner: db.Owner, label: addLabel(t, db.App)}
	c.open(t)
	c.requests = changes.NewStore(db.App, c.Clock, c.ChangeKinds(), c.Factors.ChangeKinds())
	c.Jan = addUser(t, c.Store, "jan@publisher.nl")
	c.me = pgtest.Acting(t.Context(), c.Jan.ID.Actor())
	c.anna, c.bob = c.admin(t, "anna@publisher.nl"), c.admin(t, "bob@publisher.nl")
	return c
}

func (c *council) admin(t *testing.T, email string) context.Context {
	t.Helper()
	u, err := c.Create(pgtest.Acting(t.Context(), "console:test"), User{Email: email, Name: email, Locale: "en", Admin: true}, "")
	if err != nil || u.Change != nil {
		t.Fatal(u.Change, err)
	}
	return pgtest.Acting(t.Context(), u.ID.Actor())
}

func (c *council) grant(ctx context.Context, role Role) (User, error) {
	return c.Update(ctx, c.Jan.ID, func(u *User) error { u.Roles[c.label] = append(u.Roles[c.label], role); return nil })
}

func TestARoleTakesTwoAdmins(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	u, err := c.grant(c.anna, Approver)
	if err != nil || u.Change == nil || u.Can(c.label, Approver) {
		t.Fatalf("%+v, %v", u, err)
	}
	if _, err := c.requests.Confirm(c.me, u.Change.ID); err == nil || !strings.Contains(err.Error(), "only an admin") {
		t.Errorf("confirmed by no admin: %v", err)
	}
	if _, err := c.requests.Confirm(c.anna, u.Change.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("confirmed by who proposed: %v", err)
	}
	if _, err := c.requests.Confirm(c.bob, u.Change.ID); err != nil {
		t.Fatal(err)
	}
	if u, err = c.Get(t.Context(), c.Jan.ID); err != nil || !u.Can(c.label, Approver) {
		t.Errorf("%+v, %v", u, err)
	}
	// Taken away at once; and what was proposed before that is about another Jan.
	planner, err := c.grant(c.anna, Planner)
	if err != nil {
		t.Fatal(err)
	}
	u, err = c.Update(c.anna, c.Jan.ID, func(u *User) error { clear(u.Roles); return nil })
	if err != nil || u.Can(c.label, Approver) || u.Change != nil {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := c.requests.Confirm(c.bob, planner.Change.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed what had moved on: %v", err)
	}
}

func TestAUserAndAFactorTakeTwoAdmins(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	eva, err := c.Create(c.anna, User{Email: "eva@publisher.nl", Name: "Eva", Roles: map[labels.ID][]Role{c.label: {Viewer}}}, "")
	if err != nil || eva.Change == nil || eva.ID != 0 {
		t.Fatalf("%+v, %v", eva, err)
	}
	if _, err := c.requests.Confirm(c.bob, eva.Change.ID); err != nil {
		t.Fatal(err)
	}
	if eva, err = c.ByEmail(t.Context(), "eva@publisher.nl"); err != nil || !eva.Can(c.label, Viewer) {
		t.Errorf("%+v, %v", eva, err)
	}
	c.guarded(t)
	r, err := c.Factors.Reset(c.anna, c.Jan.ID)
	if err != nil || !r.Waits() {
		t.Fatalf("%+v, %v", r, err)
	}
	if f, err := c.Factors.Of(t.Context(), c.Jan.ID); err != nil || f.ConfirmedAt == nil {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := c.requests.Confirm(c.bob, r.ID); err != nil {
		t.Fatal(err)
	}
	if f, err := c.Factors.Of(t.Context(), c.Jan.ID); err != nil || f.ConfirmedAt != nil || f.RecoveryCodes != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestWhoMayApproveIsNobodysAlone writes as the application's login does.
func TestWhoMayApproveIsNobodysAlone(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	c.guarded(t)
	_, err := c.grant(c.anna, Approver)
	if err != nil {
		t.Fatal(err)
	}
	const needed, admins, own, program = "one admin proposes", "only an admin", "by its owner alone", "only the program itself"
	const nobody = "a proof of who you are"
	for name, a := range map[string]struct {
		as         context.Context
		sql, wants string
	}{
		"a role":              {c.anna, `INSERT INTO user_roles VALUES (1, 1, 'approver')`, needed},
		"another's role":      {c.anna, `UPDATE user_roles SET role = 'approver'`, "permission denied"},
		"a role gone":         {t.Context(), `WITH gone AS (DELETE FROM user_roles RETURNING 1) SELECT 1`, nobody},
		"an admin":            {c.anna, `UPDATE users SET admin = true WHERE id = 1`, needed},
		"an admin oneself":    {c.me, `UPDATE users SET admin = true WHERE id = 1`, needed},
		"the other admin":     {c.me, `UPDATE users SET admin = false WHERE id = 2`, admins},
		"locked out":          {c.me, `UPDATE users SET disabled_at = now() WHERE id = 2`, admins},
		"both admins":         {c.anna, `UPDATE users SET disabled_at = now() WHERE admin`, "the last admin"},
		"another's name":      {t.Context(), `UPDATE users SET name = 'Anna' WHERE id = 1`, nobody},
		"a name of one's own": {c.me, `UPDATE users SET name = 'Anna' WHERE id = 1`, admins},
		"another inbox":       {c.anna, `UPDATE users SET email = 'x@y.nl' WHERE id = 1`, needed},
		"a new user":          {c.anna, `INSERT INTO users (email, name) VALUES ('x@y.nl', 'X')`, needed},
		"an admin's password": {c.anna, `INSERT INTO passwords VALUES (2, 'h')`, program},
		"a password":          {c.anna, `UPDATE passwords SET hash = 'h'`, program},
		"nobody's password":   {t.Context(), `UPDATE passwords SET hash = 'h'`, nobody},
		"gone for good":       {c.anna, `DELETE FROM users WHERE id = 1`, "permission denied"},
		"a factor gone":       {c.anna, `DELETE FROM second_factors`, needed},
		"a factor of ours":    {c.anna, `UPDATE second_factors SET secret_sealed = 'x'`, own},
		"a code of ours":      {c.anna, `INSERT INTO recovery_codes VALUES (1, 'x')`, own},
		"a provider": {c.anna, `INSERT INTO identity_providers (name, issuer, client_id, client_secret_sealed, domains)
			VALUES ('P', 'https://p', 'c', 's', '{publisher.nl}')`, needed},
		"its newcomers": {c.anna, `INSERT INTO identity_provider_labels VALUES (1, 1)`, needed},
		"an identity":   {c.anna, `INSERT INTO identities VALUES (1, 's', 1, now())`, program},
		"a request": {c.me, `INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at)
			VALUES ('a.b', '', '{}', '[]', now(), now())`, admins},
		"a request by psql": {t.Context(), `INSERT INTO change_requests (kind, subject, payload, rows, proposed_at, expires_at)
			VALUES ('a.b', '', '{}', '[]', now(), now())`, nobody},
		"confirmed by psql": {t.Context(), `UPDATE change_requests SET state = 'confirmed', decided_at = proposed_at WHERE state = 'proposed'`, nobody},
		"confirmed by Jan":  {c.me, `UPDATE change_requests SET state = 'confirmed', decided_at = proposed_at WHERE state = 'proposed'`, admins},
	} {
		t.Run(name, func(t *testing.T) {
			err := postgres.InTx(a.as, c.DB, func(tx *sqlx.Tx) error {
				_, err := tx.Exec(a.sql)
				return err
			})
			if (err == nil) != (a.wants == "") || err != nil && !strings.Contains(err.Error(), a.wants) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAPasswordIsItsOwners(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	if err := c.SetPassword(c.anna, c.Jan.ID, another); err == nil || !strings.Contains(err.Error(), "by its owner alone") {
		t.Errorf("an admin sets a password: %v", err)
	}
	if err := c.SetPassword(c.me, c.Jan.ID, another); err != nil {
		t.Error(err)
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	c := newCouncil(t)
	tokens := NewTokens(c.Store)
	make := func() string {
		plain, _, err := tokens.Create(c.me, c.Jan.ID, Grant{Name: "import", Scopes: DefaultScopes()})
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	u, err := c.grant(c.anna, Planner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.requests.Confirm(c.bob, u.Change.ID); err != nil {
		t.Fatal(err)
	}
	for name, ends := range map[string]func() error{
		"another password": func() error { return c.SetPassword(c.me, c.Jan.ID, another) },
		"a role less": func() error {
			_, err := c.Update(c.anna, c.Jan.ID, func(u *User) error { clear(u.Roles); return nil })
			return err
		},
	} {
		plain := make()
		if err := ends(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := tokens.User(t.Context(), plain); Why(err) != BadToken {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain := make()
	if _, err := c.Disable(c.anna, c.Jan.ID); err != nil {
		t.Fatal(err)
	}
	u, err = c.Enable(c.anna, c.Jan.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.requests.Confirm(c.bob, u.Change.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.User(t.Context(), plain); Why(err) != BadToken {
		t.Errorf("let in again, and the token with them: %v", err)
	}
}
