package accounts

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
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
	ctx, db := postgres.WithActor(context.Background(), "user:1"), pgtest.New(t)
	s := NewStore(db, start())
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

func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), start()
	s := NewStore(pgtest.New(t), now)
	u := addUser(t, s, "jan@publisher.nl")

	for _, c := range [][2]string{{"jan@publisher.nl", "iets anders dan dit"}, {"piet@publisher.nl", sentence}, {"", ""}, {"jan@publisher.nl", "nobody's password"}} {
		if _, _, err := s.SignIn(ctx, c[0], c[1], "192.0.2.1", ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%q: %v", c, err)
		}
	}
	session, token, err := s.SignIn(ctx, "JAN@publisher.nl", sentence, "192.0.2.1", "Firefox\x00")
	if err != nil || session.UserID != u.ID {
		t.Fatal(session, err)
	}
	if got, err := s.BySession(ctx, token); err != nil || got.ID != u.ID {
		t.Errorf("%+v, %v", got, err)
	}
	now.Add(23 * time.Hour)
	if _, err := s.BySession(ctx, token); err != nil {
		t.Errorf("a day's work: %v", err)
	}
	now.Add(25 * time.Hour)
	if _, err := s.BySession(ctx, token); !fault.Is(err, fault.Forbidden) {
		t.Errorf("away too long: %v", err)
	}
	if err := s.Tidy(ctx); err != nil {
		t.Error(err)
	}
	_, token, err = s.SignIn(ctx, "jan@publisher.nl", sentence, "192.0.2.1", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(ctx, u.ID, "een andere goede zin"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BySession(ctx, token); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a session outlives the password it began with: %v", err)
	}
	if _, _, err := s.SignIn(ctx, "jan@publisher.nl", sentence, "192.0.2.1", ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the old password: %v", err)
	}
	_, token, err = s.SignIn(ctx, "jan@publisher.nl", "een andere goede zin", "192.0.2.1", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignOut(ctx, token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BySession(ctx, token); !fault.Is(err, fault.Forbidden) {
		t.Errorf("signed out: %v", err)
	}
}

func TestTriesAreCountedOverAllProcesses(t *testing.T) {
	t.Parallel()
	ctx, now, db := context.Background(), start(), pgtest.New(t)
	one, other := NewStore(db, now), NewStore(db, now)
	addUser(t, one, "jan@publisher.nl")

	var refused, limited atomic.Int32
	var all sync.WaitGroup
	for i := range 3 * triesPerAccount {
		s := one
		if i%2 == 0 {
			s = other
		}
		all.Go(func() {
			_, _, err := s.SignIn(ctx, "jan@publisher.nl", "een gok die mis is", "192.0.2.1", "")
			switch fault.Of(err) {
			case fault.Forbidden:
				refused.Add(1)
			case fault.Limited:
				limited.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if refused.Load() != triesPerAccount || limited.Load() != 2*triesPerAccount {
		t.Errorf("%d passwords were looked at, %d tries turned away", refused.Load(), limited.Load())
	}
	if _, _, err := one.SignIn(ctx, "jan@publisher.nl", sentence, "192.0.2.2", ""); !fault.Is(err, fault.Limited) {
		t.Errorf("the right password while limited: %v", err)
	}
	now.Add(triesWindow + time.Second)
	if _, _, err := one.SignIn(ctx, "jan@publisher.nl", sentence, "192.0.2.2", ""); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestTriesFromOneAddressAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s := context.Background(), NewStore(pgtest.New(t), start())
	for i := range triesPerAddress {
		if err := s.countTry(ctx, tryKey("account", strings.Repeat("x", i)), tryKey("address", "192.0.2.1")); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if _, _, err := s.SignIn(ctx, "jan@publisher.nl", sentence, "192.0.2.1", ""); !fault.Is(err, fault.Limited) {
		t.Errorf("one try more: %v", err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	ctx, now, db := context.Background(), start(), pgtest.New(t)
	s := NewStore(db, now)
	u := addUser(t, s, "jan@publisher.nl")
	expires := now.Now().Add(time.Hour)
	plain, token, err := s.CreateToken(ctx, u.ID, "import", &expires)
	if err != nil || !strings.HasPrefix(plain, tokenPrefix) {
		t.Fatal(plain, err)
	}
	for range 2 {
		if got, err := s.ByToken(ctx, plain); err != nil || got.ID != u.ID {
			t.Errorf("%+v, %v", got, err)
		}
		now.Add(10 * time.Second)
	}
	if list, err := s.Tokens(ctx, u.ID); err != nil || !list[0].LastUsedAt.Equal(token.CreatedAt) {
		t.Errorf("a minute isn't over, yet the use is noted again: %v, %v", list, err)
	}
	now.Add(time.Minute)
	if _, err := s.ByToken(ctx, plain); err != nil {
		t.Error(err)
	}
	if list, err := s.Tokens(ctx, u.ID); err != nil || !list[0].LastUsedAt.Equal(now.Now()) {
		t.Errorf("%v, %v", list, err)
	}
	now.Add(time.Hour)
	for name, plain := range map[string]string{"expired": plain, "unknown": "keur_x", "empty": "", "odd": "\x00\xff"} {
		if _, err := s.ByToken(ctx, plain); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e *fault.Error
	if _, _, err := s.CreateToken(ctx, u.ID, " ", &expires); !errors.As(err, &e) || len(e.Details) != 2 {
		t.Errorf("no name and a past end: %v", err)
	}
}

func TestRevokedTokensAndDisabledUsers(t *testing.T) {
	t.Parallel()
	ctx, now := context.Background(), start()
	s := NewStore(pgtest.New(t), now)
	jan, piet := addUser(t, s, "jan@publisher.nl"), addUser(t, s, "piet@publisher.nl")
	first, token, err := s.CreateToken(ctx, jan.ID, "one", nil)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := s.CreateToken(ctx, jan.ID, "two", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(ctx, piet.ID, token.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("someone else's token: %v", err)
	}
	if err := s.RevokeToken(ctx, jan.ID, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByToken(ctx, first); !fault.Is(err, fault.Forbidden) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := s.ByToken(ctx, second); err != nil {
		t.Errorf("the other token: %v", err)
	}
	if _, err := s.Disable(ctx, jan.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByToken(ctx, second); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a disabled user's token: %v", err)
	}
	if _, _, err := s.SignIn(ctx, "jan@publisher.nl", sentence, "192.0.2.1", ""); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a disabled user: %v", err)
	}
}
