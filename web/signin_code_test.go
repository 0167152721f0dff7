package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// code is what an authenticator with the secret shows by the desk's clock.
func (d *testDesk) code(secret string) string {
	d.t.Helper()
	code, err := hotp.GenerateCodeCustom(strings.ReplaceAll(secret, " ", ""), uint64(d.Clock.Now().Unix()/30),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Clock.Add(30 * time.Second) // each is taken once
	return code
}

// guard sets an authenticator up for the user of that name.
func (d *testDesk) guard(name string) (secret string, recovery []string) {
	d.t.Helper()
	e, err := d.deps.Factors.Enrol(d.t.Context(), d.users[name].ID)
	if err != nil {
		d.t.Fatal(err)
	}
	recovery, err = d.deps.Factors.Confirm(d.t.Context(), d.users[name].ID, d.code(e.Secret))
	if err != nil {
		d.t.Fatal(err)
	}
	return e.Secret, recovery
}

func TestACodeIsAskedFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	secret, recovery := d.guard("viewer")
	fields := url.Values{"email": {d.users["viewer"].Email}, "password": {testPassword}, "back": {"/styleguide"}}
	for name, code := range map[string]func() string{"timed": func() string { return d.code(secret) }, "recovery": func() string { return recovery[0] }} {
		s := d.as("")
		r := s.post("/signin", fields)
		if r.header.Get("Location") != "/signin/code?back=%2Fstyleguide" {
			t.Fatalf("%s: %d %s", name, r.status, r.header.Get("Location"))
		}
		if r := s.get("/account"); r.status != http.StatusSeeOther {
			t.Errorf("%s: in with the password alone: %d", name, r.status)
		}
		if r := s.post("/signin/code", url.Values{"code": {"000000"}, "back": {"/styleguide"}}); r.status != http.StatusUnprocessableEntity ||
			!strings.Contains(r.body, `value="/styleguide"`) || !strings.Contains(r.body, "This code is wrong") {
			t.Errorf("%s: a wrong code: %d %s", name, r.status, r.body)
		}
		if r := s.post("/signin/code", url.Values{"code": {code()}, "back": {"/styleguide"}}); r.header.Get("Location") != "/styleguide" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if r := s.get("/account"); r.status != http.StatusOK {
			t.Errorf("%s: not in: %d", name, r.status)
		}
	}
	if r := d.as("").get("/signin/code?back=%2Fmailings"); r.header.Get("Location") != "/signin?back=%2Fmailings" {
		t.Errorf("a code of no sign-in: %d %s", r.status, r.header.Get("Location"))
	}
}

func TestASignInWithTooManyWrongCodesBeginsAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.guard("viewer")
	s := d.as("")
	s.post("/signin", url.Values{"email": {d.users["viewer"].Email}, "password": {testPassword}})
	var r response
	for range 6 {
		r = s.post("/signin/code", url.Values{"code": {"000000"}})
	}
	if !strings.Contains(r.body, `name="password"`) || !strings.Contains(r.body, "Begin again") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// A user sets up an authenticator and signs in with it, as people do.
func TestAuthenticatorInABrowser(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	w := d.browse("planner", desktop)
	w.open("/account")
	w.do(chromedp.Click(css(`form[action="/account/authenticator"] button`)), chromedp.WaitVisible(css(".qr svg")))
	secret := w.text("#secret")
	w.shoot("account_factor-en-desktop")
	w.accessible("account_factor")
	w.do(chromedp.SendKeys(css("#code"), d.code(secret)), chromedp.Submit(css("#code")), chromedp.WaitVisible(css("#codes")))
	w.shoot("account_codes-en-desktop")
	w.accessible("account_codes")
	stranger := d.browse("", phone)
	stranger.open("/signin?back=%2Fstyleguide")
	stranger.do(chromedp.SendKeys(css("#email"), d.users["planner"].Email), chromedp.SendKeys(css("#password"), testPassword),
		chromedp.Submit(css("#password")), chromedp.WaitVisible(css("#code")))
	stranger.shoot("signin_code-en-phone")
	stranger.accessible("signin_code")
	stranger.do(chromedp.SendKeys(css("#code"), d.code(secret)), chromedp.Submit(css("#code")), chromedp.WaitVisible(css(".desk")))
	if at := see(stranger, chromedp.Location()); !strings.HasSuffix(at, "/styleguide") {
		t.Errorf("led to %s", at)
	}
}
