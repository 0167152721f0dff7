package account_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/web/webtest"
)

func TestSignInLeadsBackAndNowhereElse(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	stranger := d.As("")
	if r := stranger.Get("/styleguide?kind=solo"); r.Status != http.StatusSeeOther ||
		r.Header.Get("Location") != "/signin?back=%2Fstyleguide%3Fkind%3Dsolo" {
		t.Fatalf("%d %s", r.Status, r.Header.Get("Location"))
	}
	fields := url.Values{"email": {d.Users["viewer"].Email}, "password": {webtest.Password}}
	for back, want := range map[string]string{
		"/styleguide?kind=solo": "/styleguide?kind=solo", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/",
	} {
		fields.Set("back", back)
		if got := d.As("").Post("/signin", fields).Header.Get("Location"); got != want {
			t.Errorf("back to %q led to %q", back, got)
		}
	}
}

func TestWrongPasswordKeepsTheAddress(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	r := d.As("").Post("/signin", url.Values{"email": {"viewer@publisher.example"}, "password": {"not this one at all"}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, `value="viewer@publisher.example"`) ||
		!strings.Contains(r.Body, "belong together") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if strings.Contains(r.Body, "not this one at all") {
		t.Error("the password came back")
	}
}

func TestCookiesAndHeaders(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	r := d.As("").Post("/signin", url.Values{"email": {d.Users["viewer"].Email}, "password": {webtest.Password}})
	cookie := r.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	policy := d.As("viewer").Get("/").Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy: %s", policy)
	}
}

func TestOtherSitesCantAct(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL+"/signout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://evil.example")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := d.As("viewer").Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("another site's form got %d", answer.StatusCode)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("viewer")
	s.Post("/signout", url.Values{})
	if r := s.Get("/"); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/signin" {
		t.Errorf("after signing out: %d %s", r.Status, r.Header.Get("Location"))
	}
}

func TestALostSessionKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	typed := url.Values{
		"name": {`Winter <"zon">`}, "advertiser": {d.Advertiser.Name}, "valid_from": {"2026-12-01"}, "valid_until": {"2026-12-31"},
		"password": {"geheim"},
	}
	r := d.As("").Post("/campaigns?label=nl", typed)
	for _, want := range []string{"You are signed out", `action="/campaigns?label=nl"`, `name="name" value="Winter &lt;&#34;zon&#34;&gt;"`, `value="2026-12-31"`} {
		if r.Status != http.StatusForbidden || !strings.Contains(r.Body, want) {
			t.Errorf("%d doesn't say %q: %s", r.Status, want, r.Body)
		}
	}
	if strings.Contains(r.Body, "geheim") {
		t.Error("a password is shown")
	}
	if r := d.As("planner").Post("/campaigns?label=nl", typed); r.Status != http.StatusSeeOther {
		t.Errorf("what comes back can't be sent: %d %s", r.Status, r.Body)
	}
}

func TestLookAtSignInAgain(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	w := d.Browse("", webtest.Phone)
	w.Open("/signin")
	w.Do(
		chromedp.Evaluate[chromedp.Void](
			`(() => { const f = document.forms[0]; f.action = "/campaigns?label=nl"; f.noValidate = true; })()`,
		),
		webtest.Click(".primary"),
		chromedp.WaitVisible(webtest.CSS("[target=_blank]")),
	)
	w.Whole("signin_again")
	w.Accessible("signin_again")
	w.Shoot("signin_again-en-phone")
}
