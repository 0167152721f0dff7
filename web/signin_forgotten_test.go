package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/accounts/oidctest"
)

var linkInMail = regexp.MustCompile(`http://desk\.example(/signin/reset/\S+)`)

// mailed returns the link in the mail that waits to be sent to an address.
func (d *testDesk) mailed(to string) string {
	d.t.Helper()
	due, err := d.Notices.Claim(d.t.Context(), 20)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, n := range due {
		if found := linkInMail.FindStringSubmatch(n.Body); n.Recipient == to && found != nil {
			return found[1]
		}
	}
	return ""
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s, viewer := d.as(""), d.users["viewer"]
	known := s.post("/signin/forgotten", url.Values{"email": {viewer.Email}})
	unknown := s.post("/signin/forgotten", url.Values{"email": {"viewed@publisher.example"}})
	if known.status != http.StatusOK || unknown.status != known.status || noncesOff(unknown.body) != noncesOff(strings.ReplaceAll(known.body, "viewer@", "viewed@")) {
		t.Errorf("the answer tells who works here: %d %d", known.status, unknown.status)
	}
	path := d.mailed(viewer.Email)
	if r := s.get(path); r.status != http.StatusOK || !strings.Contains(r.body, viewer.Name) {
		t.Fatalf("%s: %d", path, r.status)
	}
	if r := s.post(path, url.Values{"password": {"kort"}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a short password: %d", r.status)
	}
	if r := s.post(path, url.Values{"password": {"een heel ander wachtwoord"}}); r.header.Get("Location") != "/signin" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := s.get("/signin"); !strings.Contains(r.body, "new password is set") {
		t.Error("nobody says that it is set")
	}
	if r := s.post(path, url.Values{"password": {"nog een ander wachtwoord"}}); r.status != http.StatusForbidden || !strings.Contains(r.body, "no longer works") {
		t.Errorf("a link that was used: %d", r.status)
	}
	if r := s.post("/signin", url.Values{"email": {viewer.Email}, "password": {"een heel ander wachtwoord"}}); r.status != http.StatusSeeOther {
		t.Errorf("with the new one: %d", r.status)
	}
}

// noncesOff drops what differs between any two answers.
func noncesOff(body string) string {
	return regexp.MustCompile(`nonce="[^"]*"`).ReplaceAllString(body, "")
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	u, err := d.Accounts.Create(t.Context(), accounts.User{Email: "sanne@publisher.example", Name: "Sanne", Locale: "nl"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.deps.Gate.Invite(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	s, path := d.as(""), d.mailed(u.Email)
	if r := s.get(path); !strings.Contains(r.body, "Nieuw wachtwoord") {
		t.Errorf("not in the language of the mail: %s", r.body)
	}
	if r := s.post(path, url.Values{"password": {"een heel ander wachtwoord"}}); r.status != http.StatusSeeOther {
		t.Errorf("%d", r.status)
	}
}

func TestProviderSignsIn(t *testing.T) {
	t.Parallel()
	d, there := newDesk(t, 1), oidctest.New(t)
	p, err := d.deps.Providers.Create(t.Context(), accounts.Provider{
		Name: "Publisher Login", Issuer: there.Issuer, ClientID: oidctest.ClientID, Domains: []string{"publisher.example"}, Active: true,
	}, oidctest.Secret)
	if err != nil {
		t.Fatal(err)
	}
	s := d.as("")
	door := "/signin/oidc/" + itoa(p.ID)
	if r := s.get("/signin?back=%2Fstyleguide"); !strings.Contains(r.body, `href="`+door+`?back=%2Fstyleguide"`) {
		t.Errorf("no button: %s", r.body)
	}
	there.Person = oidctest.Person{Subject: "u-1", Email: d.users["viewer"].Email, Verified: true}
	answer := there.Visit(t, s.get(door+"?back=%2Fstyleguide").header.Get("Location"))
	if r := d.as("").get(door + "/callback?" + answer.Encode()); r.status != http.StatusForbidden || !strings.Contains(r.body, "Begin again") {
		t.Errorf("in another browser: %d", r.status)
	}
	if r := s.get(door + "/callback?" + answer.Encode()); r.header.Get("Location") != "/styleguide" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := s.get("/account"); r.status != http.StatusOK {
		t.Errorf("not in: %d", r.status)
	}
	there.Person = oidctest.Person{Subject: "u-2", Email: "nobody@publisher.example", Verified: true}
	other := d.as("")
	answer = there.Visit(t, other.get(door+"?back=%2Fmailings").header.Get("Location"))
	if r := other.get(door + "/callback?" + answer.Encode()); r.status != http.StatusForbidden || !strings.Contains(r.body, "Nobody here") || !strings.Contains(r.body, `value="/mailings"`) {
		t.Errorf("a stranger: %d %s", r.status, r.body)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	s, elsewhere := d.as("planner"), d.as("planner")
	s.post("/account/profile", url.Values{"name": {"Petra Planner"}, "locale": {"nl"}, "theme": {"dark"}})
	if r := s.get("/account"); !strings.Contains(r.body, `<html lang="nl" data-theme="dark">`) || !strings.Contains(r.body, "Petra Planner") || !strings.Contains(r.body, "Bewaard.") {
		t.Error("the profile isn't kept")
	}
	if r := s.post("/account/tokens", url.Values{"name": {"import"}, "days": {"30"}}); !strings.Contains(r.body, `id="made-token">keur_`) {
		t.Errorf("no token: %d", r.status)
	}
	if r := s.get("/account"); strings.Contains(r.body, "keur_") {
		t.Error("the token is shown again")
	}
	tokens, err := d.Accounts.Tokens(t.Context(), d.users["planner"].ID)
	if err != nil || len(tokens) != 1 || !tokens[0].ExpiresAt.Equal(d.Clock.Now().Add(30*24*time.Hour)) {
		t.Fatalf("%+v %v", tokens, err)
	}
	s.post("/account/tokens/"+itoa(tokens[0].ID)+"/revoke", url.Values{})
	if r := s.get("/account"); !strings.Contains(r.body, "ingetrokken") {
		t.Error("the token isn't revoked")
	}
	if r := s.post("/account/password", url.Values{"old": {"niet dit"}, "password": {"een heel ander wachtwoord"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "niet je wachtwoord") {
		t.Errorf("with another's password: %d", r.status)
	}
	if r := s.post("/account/password", url.Values{"old": {testPassword}, "password": {"een heel ander wachtwoord"}}); r.status != http.StatusSeeOther {
		t.Errorf("%d %s", r.status, r.body)
	}
	if s.get("/account").status != http.StatusOK || elsewhere.get("/account").status != http.StatusSeeOther {
		t.Error("another password signs out elsewhere, and not here")
	}
}

func TestLookAtAccount(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	if _, _, err := d.Accounts.CreateToken(t.Context(), d.users["planner"].ID, "Nachtelijke import", nil); err != nil {
		t.Fatal(err)
	}
	d.as("planner")
	d.look("planner", "account", "/account")
	d.look("", "signin_forgotten", "/signin/forgotten")
}
