package account_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/accounts/oidctest"
	"keur/approval/approvaltest"
	"keur/web/webtest"
)

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s, viewer := d.As(""), d.Users["viewer"]
	known := s.Post("/signin/forgotten", url.Values{"email": {viewer.Email}})
	unknown := s.Post("/signin/forgotten", url.Values{"email": {"viewed@publisher.example"}})
	if known.Status != http.StatusOK || unknown.Status != known.Status ||
		noncesOff(unknown.Body) != noncesOff(strings.ReplaceAll(known.Body, "viewer@", "viewed@")) {
		t.Errorf("the answer tells who works here: %d %d", known.Status, unknown.Status)
	}
	path := d.Mailed(viewer.Email)
	if r := s.Get(path); r.Status != http.StatusOK || !strings.Contains(r.Body, viewer.Name) {
		t.Fatalf("%s: %d", path, r.Status)
	}
	if r := s.Post(path, url.Values{"password": {"kort"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a short password: %d", r.Status)
	}
	if r := s.Post(path, url.Values{"password": {"een heel ander wachtwoord"}}); r.Header.Get("Location") != "/signin" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := s.Get("/signin"); !strings.Contains(r.Body, "new password is set") {
		t.Error("nobody says that it is set")
	}
	if r := s.Post(path, url.Values{"password": {"nog een ander wachtwoord"}}); r.Status != http.StatusForbidden ||
		!strings.Contains(r.Body, "no longer works") {
		t.Errorf("a link that was used: %d", r.Status)
	}
	if r := s.Post(
		"/signin", url.Values{"email": {viewer.Email}, "password": {"een heel ander wachtwoord"}},
	); r.Status != http.StatusSeeOther {
		t.Errorf("with the new one: %d", r.Status)
	}
}

// noncesOff drops what differs between any two answers.
func noncesOff(body string) string {
	return regexp.MustCompile(`nonce="[^"]*"`).ReplaceAllString(body, "")
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	u, err := d.Accounts.Create(approvaltest.As(d.Users["admin"]), accounts.User{
		Email: "sanne@publisher.example", Name: "Sanne", Locale: "nl"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Deps.SignIns.Invite(approvaltest.As(d.Users["admin"]), u.ID); err != nil {
		t.Fatal(err)
	}
	s, path := d.As(""), d.Mailed(u.Email)
	if r := s.Get(path); !strings.Contains(r.Body, "Nieuw wachtwoord") {
		t.Errorf("not in the language of the mail: %s", r.Body)
	}
	if r := s.Post(path, url.Values{"password": {"een heel ander wachtwoord"}}); r.Status != http.StatusSeeOther {
		t.Errorf("%d", r.Status)
	}
}

func TestProviderSignsIn(t *testing.T) {
	t.Parallel()
	d, there := webtest.New(t, 1), oidctest.New(t)
	p, err := d.Deps.Providers.Create(approvaltest.As(d.Users["admin"]), accounts.Provider{
		Name: "Publisher Login", Issuer: there.Issuer, ClientID: oidctest.ClientID, Domains: []string{"publisher.example"}, Active: true,
	}, oidctest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	s := d.As("")
	door := "/signin/oidc/" + webtest.Itoa(p.ID)
	if r := s.Get("/signin?back=%2Fstyleguide"); !strings.Contains(r.Body, `href="`+door+`?back=%2Fstyleguide"`) {
		t.Errorf("no button: %s", r.Body)
	}
	there.Person = oidctest.Person{Subject: "u-1", Email: d.Users["viewer"].Email, Verified: true}
	answer := there.Visit(t, s.Get(door+"?back=%2Fstyleguide").Header.Get("Location"))
	if r := d.As("").
		Get(door + "/callback?" + answer.Encode()); r.Status != http.StatusForbidden ||
		!strings.Contains(r.Body, "Begin again") {
		t.Errorf("in another browser: %d", r.Status)
	}
	if r := s.Get(door + "/callback?" + answer.Encode()); r.Header.Get("Location") != "/styleguide" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := s.Get("/account"); r.Status != http.StatusOK {
		t.Errorf("not in: %d", r.Status)
	}
	there.Person = oidctest.Person{Subject: "u-2", Email: "nobody@publisher.example", Verified: true}
	other := d.As("")
	answer = there.Visit(t, other.Get(door+"?back=%2Fmailings").Header.Get("Location"))
	if r := other.Get(
		door + "/callback?" + answer.Encode(),
	); r.Status != http.StatusForbidden || !strings.Contains(r.Body, "Nobody here") ||
		!strings.Contains(r.Body, `value="/mailings"`) {
		t.Errorf("a stranger: %d %s", r.Status, r.Body)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s, elsewhere := d.As("planner"), d.As("planner")
	s.Post("/account/profile", url.Values{"name": {"Petra Planner"}, "locale": {"nl"}, "theme": {"dark"}})
	if r := s.Get(
		"/account",
	); !strings.Contains(r.Body, `<html lang="nl" data-theme="dark">`) || strings.Contains(r.Body, "Petra Planner") ||
		!strings.Contains(r.Body, "Bewaard.") {
		t.Error("the profile isn't kept")
	}
	fields := url.Values{"name": {"import"}, "scopes": {"read", "plan"}, "days": {"30"}}
	if r := s.Post("/account/tokens", fields); !strings.Contains(r.Body, `id="made-token">keur_`) {
		t.Errorf("no token: %d", r.Status)
	}
	if r := s.Get("/account"); strings.Contains(r.Body, "keur_") {
		t.Error("the token is shown again")
	}
	tokens, err := d.Deps.Tokens.Of(t.Context(), d.Users["planner"].ID)
	if err != nil || len(tokens) != 1 || tokens[0].Scopes.String() != "read plan" ||
		!tokens[0].ExpiresAt.Equal(d.Clock.Now().Add(30*24*time.Hour)) {
		t.Fatalf("%+v %v", tokens, err)
	}
	s.Post("/account/tokens/"+webtest.Itoa(tokens[0].ID)+"/revoke", url.Values{})
	if r := s.Get("/account"); !strings.Contains(r.Body, "ingetrokken") {
		t.Error("the token isn't revoked")
	}
	if r := s.Post(
		"/account/password", url.Values{"old": {"niet dit"}, "password": {"een heel ander wachtwoord"}},
	); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "niet je wachtwoord") {
		t.Errorf("with another's password: %d", r.Status)
	}
	if r := s.Post(
		"/account/password", url.Values{"old": {webtest.Password}, "password": {"een heel ander wachtwoord"}},
	); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if s.Get("/account").Status != http.StatusOK || elsewhere.Get("/account").Status != http.StatusSeeOther {
		t.Error("another password signs out elsewhere, and not here")
	}
}

func TestLookAtAccount(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	if _, _, err := d.Deps.Tokens.Create(approvaltest.As(d.Users["planner"]), d.Users["planner"].ID,
		accounts.Grant{Name: "Nachtelijke import", Scopes: accounts.DefaultScopes()}); err != nil {
		t.Fatal(err)
	}
	d.As("planner")
	d.Look("planner", "account", "/account")
	d.Look("approver", "account_approver", "/account")
	d.Look("", "signin_forgotten", "/signin/forgotten")
}
