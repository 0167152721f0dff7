package account_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"keur/approval/approvaltest"
	"keur/web/webtest"
)

// code is what an authenticator with the secret shows by the desk's clock.
func code(d *webtest.Desk, secret string) string {
	d.T.Helper()
	code, err := hotp.GenerateCodeCustom(strings.ReplaceAll(secret, " ", ""), uint64(d.Clock.Now().Unix()/30),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		d.T.Fatal(err)
	}
	d.Clock.Add(30 * time.Second) // each is taken once
	return code
}

// guard sets an authenticator up for the user of that name.
func guard(d *webtest.Desk, name string) (secret string, recovery []string) {
	d.T.Helper()
	e, err := d.Deps.Factors.Enrol(approvaltest.As(d.Users[name]), d.Users[name].ID)
	if err != nil {
		d.T.Fatal(err)
	}
	recovery, err = d.Deps.Factors.Confirm(approvaltest.As(d.Users[name]), d.Users[name].ID, code(d, e.Secret))
	if err != nil {
		d.T.Fatal(err)
	}
	return e.Secret, recovery
}

func TestACodeIsAskedFor(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	secret, recovery := guard(d, "viewer")
	fields := url.Values{"email": {d.Users["viewer"].Email}, "password": {webtest.Password}, "back": {"/styleguide"}}
	for name, code := range map[string]func() string{"timed": func() string { return code(d, secret) },
		"recovery": func() string { return recovery[0] }} {
		s := d.As("")
		r := s.Post("/signin", fields)
		if r.Header.Get("Location") != "/signin/code?back=%2Fstyleguide" {
			t.Fatalf("%s: %d %s", name, r.Status, r.Header.Get("Location"))
		}
		if r := s.Get("/account"); r.Status != http.StatusSeeOther {
			t.Errorf("%s: in with the password alone: %d", name, r.Status)
		}
		if r := s.Post(
			"/signin/code", url.Values{"code": {"000000"}, "back": {"/styleguide"}},
		); r.Status != http.StatusUnprocessableEntity ||
			!strings.Contains(r.Body, `value="/styleguide"`) ||
			!strings.Contains(r.Body, "This code is wrong") {
			t.Errorf("%s: a wrong code: %d %s", name, r.Status, r.Body)
		}
		if r := s.Post("/signin/code", url.Values{"code": {code()}, "back": {"/styleguide"}}); r.Header.Get("Location") != "/styleguide" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		if r := s.Get("/account"); r.Status != http.StatusOK {
			t.Errorf("%s: not in: %d", name, r.Status)
		}
	}
	if r := d.As("").Get("/signin/code?back=%2Fmailings"); r.Header.Get("Location") != "/signin?back=%2Fmailings" {
		t.Errorf("a code of no sign-in: %d %s", r.Status, r.Header.Get("Location"))
	}
}

func TestASignInWithTooManyWrongCodesBeginsAnew(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	guard(d, "viewer")
	s := d.As("")
	s.Post("/signin", url.Values{"email": {d.Users["viewer"].Email}, "password": {webtest.Password}})
	var r webtest.Response
	for range 6 {
		r = s.Post("/signin/code", url.Values{"code": {"000000"}})
	}
	if !strings.Contains(r.Body, `name="password"`) || !strings.Contains(r.Body, "Begin again") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// A user sets up an authenticator and signs in with it, as people do.
func TestAuthenticatorInABrowser(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	w := d.Browse("planner", webtest.Desktop)
	w.Open("/account")
	w.Do(webtest.Click(`form[action="/account/authenticator"] button`), chromedp.WaitVisible(webtest.CSS(".qr svg")))
	secret := w.Text("#secret")
	w.Shoot("account_factor-en-desktop")
	w.Accessible("account_factor")
	w.Do(
		webtest.Type("#code", code(d, secret)), webtest.Send("#code"),
		chromedp.WaitVisible(webtest.CSS("#codes")),
	)
	w.Shoot("account_codes-en-desktop")
	w.Accessible("account_codes")
	stranger := d.Browse("", webtest.Phone)
	stranger.Open("/signin?back=%2Fstyleguide")
	stranger.Do(
		webtest.Type("#email", d.Users["planner"].Email),
		webtest.Type("#password", webtest.Password), webtest.Send("#password"),
		chromedp.WaitVisible(webtest.CSS("#code")),
	)
	stranger.Shoot("signin_code-en-phone")
	stranger.Accessible("signin_code")
	stranger.Do(
		webtest.Type("#code", code(d, secret)), webtest.Send("#code"),
		chromedp.WaitVisible(webtest.CSS(".desk")),
	)
	if at := webtest.See(stranger, chromedp.Location()); !strings.HasSuffix(at, "/styleguide") {
		t.Errorf("led to %s", at)
	}
}
