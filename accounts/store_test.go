package accounts

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
)

const sentence = "een goede zin is lang"

func start() *clock.Fake { return clock.NewFake(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)) }

func addLabel(t *testing.T, db *sqlx.DB) labels.ID {
	t.Helper()
	l, err := labels.NewStore(db).Create(context.Background(), labels.Label{
		Code: "shop", Name: "Shop", Locale: "nl", TimeZone: "Europe/Amsterdam", PublicURL: "https://m.shop.nl",
		BounceDomain: "b.shop.nl", ListID: "l.shop.nl", ImprintName: "Shop B.V.", ImprintAddress: "Kade 1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return l.ID
}

func addUser(t *testing.T, s *Store, email string) User {
	t.Helper()
	u, err := s.Create(context.Background(), User{Email: email, Name: "Jan", Locale: "nl"}, sentence)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsersAndRoles(t *testing.T) {
	t.Parallel()
	ctx, db := pgtest.Acting(context.Background(), "user:1"), pgtest.New(t)
	s := NewStore(db, start(), pgtest.Key())
	label := addLabel(t, db)
	u := addUser(t, s, "Jan@publisher.nl")

	if _, err := s.Create(ctx, User{Email: "jan@PUBLISHER.nl", Name: "Jan"}, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same address in another case: %v", err)
	}
	grant := func(label labels.ID, roles ...Role) error {
		_, err := s.Update(ctx, u.ID, func(u *User) error { u.Roles[label] = roles; return nil })
		return err
	}
	for _, roles := range [][]Role{{Planner, Approver, Planner}, {Planner}} {
		if err := grant(label, roles...); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.ByEmail(ctx, "JAN@publisher.nl")
	if want := map[labels.ID][]Role{label: {Planner}}; err != nil || !cmp.Equal(got.Roles, want) {
		t.Errorf("%v, %v", got.Roles, err)
	}
	if err := grant(label, "boss"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a role that doesn't exist: %v", err)
	}
	if err := grant(label+1, Viewer); !fault.Is(err, fault.Invalid) {
		t.Errorf("a role for a label that doesn't exist: %v", err)
	}
	if list, err := s.List(ctx, Filter{}, paging.Ask{}); err != nil || len(list.Items) != 1 || !list.Items[0].Can(label, Planner) {
		t.Errorf("%v, %v", list, err)
	}
	var actor string
	if err := db.Get(&actor, `SELECT actor FROM audit_log WHERE action = 'user_roles.delete'`); err != nil || actor != "user:1" {
		t.Errorf("who revoked: %q, %v", actor, err)
	}
	var leaks int
	if err := db.Get(&leaks, `SELECT count(*) FROM audit_log WHERE detail::text LIKE '%argon2%'`); err != nil || leaks > 0 {
		t.Errorf("the audit trail holds %d password hashes, %v", leaks, err)
	}
}

// Who reads one mailbox is one user: two would be two people who approve.
func TestAMailboxIsOneUser(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	s := NewStore(db.App, start(), pgtest.Key())
	addUser(t, s, "jan.smit@gmail.com")
	addUser(t, s, "mara@publisher.nl")
	for address, fresh := range map[string]bool{
		"jansmit+approver@googlemail.com": false, "Mara+2@Publisher.NL": false, "m.ara@publisher.nl": true,
	} {
		if _, err := s.Create(t.Context(), User{Email: address, Name: "Twee", Locale: "nl"}, ""); fault.Is(err, fault.Conflict) == fresh {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := db.Owner.Exec(`INSERT INTO users (email, name) VALUES ($1, 'Twee') ON CONFLICT (lower(email)) DO NOTHING`, address); (err == nil) != fresh {
			t.Errorf("%s with psql: %v", address, err)
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	ctx, now, db := context.Background(), start(), pgtest.New(t)
	s := NewStore(db, now, pgtest.Key())
	tokens := NewTokens(s)
	u := addUser(t, s, "jan@publisher.nl")
	expires := now.Now().Add(time.Hour)
	plain, token, err := tokens.Create(ctx, u.ID, Grant{Name: "import", Scopes: DefaultScopes(), ExpiresAt: expires})
	if err != nil || !strings.HasPrefix(plain, tokenPrefix) {
		t.Fatal(plain, err)
	}
	for range 2 {
		if got, _, err := tokens.User(ctx, plain); err != nil || got.ID != u.ID {
			t.Errorf("%+v, %v", got, err)
		}
		now.Add(10 * time.Second)
	}
	if list, err := tokens.Of(ctx, u.ID); err != nil || !list[0].LastUsedAt.Equal(token.CreatedAt) {
		t.Errorf("a minute isn't over, yet the use is noted again: %v, %v", list, err)
	}
	now.Add(time.Minute)
	if _, _, err := tokens.User(ctx, plain); err != nil {
		t.Error(err)
	}
	if list, err := tokens.Of(ctx, u.ID); err != nil || !list[0].LastUsedAt.Equal(now.Now()) {
		t.Errorf("%v, %v", list, err)
	}
	now.Add(time.Hour)
	for name, plain := range map[string]string{"expired": plain, "unknown": "keur_x", "empty": "", "odd": "\x00\xff"} {
		if _, _, err := tokens.User(ctx, plain); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e *fault.Error
	if _, _, err := tokens.Create(ctx, u.ID, Grant{Name: " ", ExpiresAt: expires}); !errors.As(err, &e) || len(e.Details) != 3 {
		t.Errorf("no name and a past end: %v", err)
	}
}

func TestRevokedTokensAndDisabledUsers(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), start()
	s := NewStore(pgtest.New(t), now, pgtest.Key())
	tokens := NewTokens(s)
	jan, piet := addUser(t, s, "jan@publisher.nl"), addUser(t, s, "piet@publisher.nl")
	first, token, err := tokens.Create(ctx, jan.ID, Grant{Name: "one", Scopes: DefaultScopes()})
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := tokens.Create(ctx, jan.ID, Grant{Name: "two", Scopes: DefaultScopes()})
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.Revoke(ctx, piet.ID, token.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("someone else's token: %v", err)
	}
	if err := tokens.Revoke(ctx, jan.ID, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.User(ctx, first); !fault.Is(err, fault.Forbidden) {
		t.Errorf("revoked: %v", err)
	}
	if _, _, err := tokens.User(ctx, second); err != nil {
		t.Errorf("the other token: %v", err)
	}
	if _, err := s.Disable(ctx, jan.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.User(ctx, second); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a disabled user's token: %v", err)
	}
}

func TestAllTokensAreRevokedAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := NewStore(pgtest.New(t), start(), pgtest.Key())
	tokens := NewTokens(s)
	u := addUser(t, s, "jan@publisher.nl")
	var plain string
	for _, name := range []string{"one", "two"} {
		var err error
		if plain, _, err = tokens.Create(ctx, u.ID, Grant{Name: name, Scopes: DefaultScopes()}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := tokens.User(ctx, plain); err != nil {
		t.Errorf("a token doesn't hold: %v", err)
	}
	if n, err := tokens.RevokeAll(ctx, u.ID); err != nil || n != 2 {
		t.Errorf("%d revoked, %v", n, err)
	}
	if _, _, err := tokens.User(ctx, plain); !fault.Is(err, fault.Forbidden) {
		t.Errorf("revoked: %v", err)
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	ctx, db := context.Background(), pgtest.New(t)
	s := NewStore(db, start(), pgtest.Key())
	label, u := addLabel(t, db), addUser(t, s, "jan@publisher.nl")
	if p, err := s.Preferences(ctx, u.ID); err != nil || p != (Preferences{Locale: "nl", Theme: System}) {
		t.Errorf("of who never said: %+v, %v", p, err)
	}
	want := Preferences{Locale: "de", Theme: Dark, LastLabel: &label}
	for range 2 {
		if err := s.SetPreferences(ctx, u.ID, want); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := s.Preferences(ctx, u.ID); err != nil || !cmp.Equal(p, want) {
		t.Errorf("%+v, %v", p, err)
	}
	if err := s.SetPreferences(ctx, u.ID, Preferences{Locale: "fr", Theme: "pink"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("what there isn't: %v", err)
	}
}
