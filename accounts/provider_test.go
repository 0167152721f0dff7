package accounts

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/accounts/oidctest"
	"keur/internal/fault"
	"keur/internal/seal"
	"keur/labels"
)

const callback = "https://desk.example/signin/provider/1"

// lodge is a house that lets people in by a provider.
type lodge struct {
	*house
	*Providers
	there *oidctest.Provider
	id    ProviderID
	label labels.ID
}

func newLodge(t *testing.T, change func(*Provider)) *lodge {
	t.Helper()
	box, err := seal.New([]byte("a secret that only tests know, 32+"))
	if err != nil {
		t.Fatal(err)
	}
	l := &lodge{house: newHouse(t), there: oidctest.New(t)}
	l.label = addLabel(t, l.DB)
	l.Providers = NewProviders(l.SignIns, box, &http.Client{})
	p := Provider{Name: "Publisher", Issuer: l.there.Issuer, ClientID: oidctest.ClientID, Domains: []string{"publisher.nl"}, Active: true}
	if change != nil {
		change(&p)
	}
	made, err := l.Providers.Create(t.Context(), p, oidctest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	l.id = made.ID
	l.there.Person = oidctest.Person{Subject: "u-1", Email: "Jan@publisher.nl", Verified: true, Name: "Jan"}
	return l
}

// enter walks the whole way: to the provider and back.
func (l *lodge) enter(t *testing.T) (SignIn, error) {
	t.Helper()
	to, keep, err := l.Begin(t.Context(), l.id, callback)
	if err != nil {
		t.Fatal(err)
	}
	return l.Finish(t.Context(), l.id, callback, keep, l.there.Visit(t, to), office)
}

func TestAProviderSignsIn(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	for _, c := range []struct {
		name   string
		change func()
	}{
		{"at first", func() {}},
		{"again", func() {}},
		{"by user info", func() { l.there.Person.Shy = true }},
		{"with another address", func() { l.there.Person.Email = "J.JANSEN@PUBLISHER.NL" }},
		{"with a second factor", func() { l.guarded(t) }},
	} {
		c.change()
		in, err := l.enter(t)
		if err != nil || in.UserID != l.Jan.ID || in.Pending != "" {
			t.Fatalf("%s: %+v, %v", c.name, in, err)
		}
		if u, err := l.Sessions.User(t.Context(), in.Token); err != nil || u.ID != l.Jan.ID {
			t.Errorf("%s: %+v, %v", c.name, u, err)
		}
	}
	if n := l.linked(t); n != 1 {
		t.Errorf("%d links", n)
	}
}

func (l *lodge) linked(t *testing.T) (n int) {
	t.Helper()
	if err := l.DB.Get(&n, `SELECT count(*) FROM identities`); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhoAProviderMayNotSignIn(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	for why, p := range map[Refusal]oidctest.Person{
		Unverified:  {Subject: "u-2", Email: "jan@publisher.nl"},
		OtherDomain: {Subject: "u-2", Email: "jan@publisher.nl.evil.example", Verified: true},
		NoAddress:   {Subject: "u-2", Verified: true},
		Unknown:     {Subject: "u-2", Email: "piet@publisher.nl", Verified: true},
	} {
		l.there.Person = p
		if in, err := l.enter(t); !fault.Is(err, fault.Forbidden) || Why(err) != why {
			t.Errorf("%s: %+v, %v", why, in, err)
		}
	}
	l.there.Person = oidctest.Person{Subject: "u-1", Email: "jan@publisher.nl", Verified: true}
	if _, err := l.enter(t); err != nil {
		t.Fatal(err)
	}
	l.there.Person.Subject = "u-9" // the address was given to someone else
	if _, err := l.enter(t); Why(err) != SomeoneElse {
		t.Errorf("another person with the same address: %v", err)
	}
	if err := l.Unlink(t.Context(), l.Jan.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(t); err != nil {
		t.Errorf("after an admin unlinked: %v", err)
	}
	if _, err := l.Disable(t.Context(), l.Jan.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(t); Why(err) != LockedOut {
		t.Errorf("a user who is locked out: %v", err)
	}
}

func TestAnAnswerCountsWhereItWasAskedFor(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	ctx := t.Context()
	to, keep, err := l.Begin(ctx, l.id, callback)
	if err != nil {
		t.Fatal(err)
	}
	answer := l.there.Visit(t, to)
	_, strange, err := l.Begin(ctx, l.id, callback)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keep   string
		answer url.Values
	}{
		"another browser": {strange, answer},
		"no cookie":       {"", url.Values{"code": answer["code"], "state": {derive("", "state")}}},
		"no state":        {keep, url.Values{"code": answer["code"]}},
		"an error":        {keep, url.Values{"error": {"access_denied"}, "state": answer["state"]}},
		"a forged code":   {keep, url.Values{"code": {"x"}, "state": answer["state"]}},
		// Whoever plants their own code in a victim's browser lacks the verifier.
		"someone else's code": {strange, url.Values{"code": answer["code"], "state": {derive(strange, "state")}}},
	} {
		if _, err := l.Finish(ctx, l.id, callback, c.keep, c.answer, office); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l.there.Nonce = "another"
	if _, err := l.enter(t); Why(err) != NotByProvider {
		t.Errorf("a token of another sign-in: %v", err)
	}
}

func TestNewcomersView(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	if _, err := l.Providers.Update(t.Context(), l.id, "",
		func(p *Provider) error { p.Newcomers = []labels.ID{l.label}; return nil }); err != nil {
		t.Fatal(err)
	}
	l.there.Person = oidctest.Person{Subject: "u-3", Email: "eva@publisher.nl", Verified: true, Name: "Eva Klein", Locale: "de-AT"}
	in, err := l.enter(t)
	if err != nil {
		t.Fatal(err)
	}
	u, err := l.house.Store.Get(t.Context(), in.UserID)
	if err != nil || u.Name != "Eva Klein" || u.Locale != "de" || !u.Can(l.label, Viewer) || u.Can(l.label, Planner) || u.Admin {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestProvidersAreKept(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	ctx := t.Context()
	for name, c := range map[string]func(*Provider){
		"no domain":        func(p *Provider) { p.Domains = nil },
		"any domain":       func(p *Provider) { p.Domains = []string{"*"} },
		"an open issuer":   func(p *Provider) { p.Issuer = "http://login.publisher.nl" },
		"no issuer at all": func(p *Provider) { p.Issuer = "login" },
	} {
		if _, err := l.Providers.Update(ctx, l.id, "", func(p *Provider) error { c(p); return nil }); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := l.Providers.Update(ctx, l.id, "another", func(*Provider) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(t); !fault.Is(err, fault.Forbidden) {
		t.Errorf("with a wrong secret: %v", err)
	}
	if _, err := l.Providers.Update(ctx, l.id, "", func(p *Provider) error { p.Active = false; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Begin(ctx, l.id, callback); !fault.Is(err, fault.Forbidden) {
		t.Errorf("switched off: %v", err)
	}
	if active, err := l.Active(ctx); err != nil || len(active) != 0 {
		t.Errorf("%v, %v", active, err)
	}
	if all, err := l.Providers.List(ctx); err != nil || len(all) != 1 || all[0].Domains[0] != "publisher.nl" {
		t.Errorf("%v, %v", all, err)
	}
	var trail string
	if err := l.DB.Get(&trail, `SELECT string_agg(detail::text, ' ') FROM audit_log WHERE action LIKE 'identity_providers.%'`); err != nil || strings.Contains(trail, "sealed\": \"\\\\") {
		t.Errorf("the trail tells the secret: %s, %v", trail, err)
	}
}

func TestWaysIn(t *testing.T) {
	t.Parallel()
	l := newLodge(t, nil)
	ctx := t.Context()
	eva, err := l.house.Store.Create(ctx, User{Email: "eva@publisher.nl", Name: "Eva"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Invite(ctx, eva.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.enter(t); err != nil {
		t.Fatal(err)
	}
	l.guarded(t)
	if _, _, err := NewTokens(l.Store).Create(ctx, l.Jan.ID, Grant{Name: "import", Scopes: DefaultScopes()}); err != nil {
		t.Fatal(err)
	}
	methods, err := l.SignInMethods(ctx, l.Jan.ID, eva.ID, 99)
	if err != nil || len(methods) != 2 {
		t.Fatal(methods, err)
	}
	if w := methods[l.Jan.ID]; !w.Password || !w.Code || len(w.Providers) != 1 || w.Sessions != 1 || w.Tokens != 1 ||
		w.LastSeenAt == nil || w.InvitedUntil != nil {
		t.Errorf("Jan: %+v", w)
	}
	if w := methods[eva.ID]; w.Password || w.Code || len(w.Providers) != 0 || w.Sessions != 0 || w.LastSeenAt != nil ||
		w.InvitedUntil == nil {
		t.Errorf("Eva: %+v", w)
	}
}
