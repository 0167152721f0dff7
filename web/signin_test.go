package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestSignInLeadsBackAndNowhereElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	stranger := d.as("")
	if r := stranger.get("/styleguide?kind=solo"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/signin?back=%2Fstyleguide%3Fkind%3Dsolo" {
		t.Fatalf("%d %s", r.status, r.header.Get("Location"))
	}
	fields := url.Values{"email": {d.users["viewer"].Email}, "password": {testPassword}}
	for back, want := range map[string]string{
		"/styleguide?kind=solo": "/styleguide?kind=solo", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/",
	} {
		fields.Set("back", back)
		if got := d.as("").post("/signin", fields).header.Get("Location"); got != want {
			t.Errorf("back to %q led to %q", back, got)
		}
	}
}

func TestWrongPasswordKeepsTheAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	r := d.as("").post("/signin", url.Values{"email": {"viewer@publisher.example"}, "password": {"not this one at all"}})
	if r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `value="viewer@publisher.example"`) || !strings.Contains(r.body, "belong together") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if strings.Contains(r.body, "not this one at all") {
		t.Error("the password came back")
	}
}

func TestCookiesAndHeaders(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	r := d.as("").post("/signin", url.Values{"email": {d.users["viewer"].Email}, "password": {testPassword}})
	cookie := r.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	policy := d.as("viewer").get("/").header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy: %s", policy)
	}
}

func TestOtherSitesCantAct(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/signout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://evil.example")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := d.as("viewer").Do(request)
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
	d := newDesk(t, 1)
	s := d.as("viewer")
	s.post("/signout", url.Values{})
	if r := s.get("/"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/signin" {
		t.Errorf("after signing out: %d %s", r.status, r.header.Get("Location"))
	}
}

func TestALostSessionKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	typed := url.Values{"name": {`Winter <"zon">`}, "advertiser": {d.Advertiser.Name}, "starts_on": {"2026-12-01"}, "ends_on": {"2026-12-31"}, "password": {"geheim"}}
	r := d.as("").post("/campaigns?label=nl", typed)
	for _, want := range []string{"You are signed out", `action="/campaigns?label=nl"`, `name="name" value="Winter &lt;&#34;zon&#34;&gt;"`, `value="2026-12-31"`} {
		if r.status != http.StatusForbidden || !strings.Contains(r.body, want) {
			t.Errorf("%d doesn't say %q: %s", r.status, want, r.body)
		}
	}
	if strings.Contains(r.body, "geheim") {
		t.Error("a password is shown")
	}
	if r := d.as("planner").post("/campaigns?label=nl", typed); r.status != http.StatusSeeOther {
		t.Errorf("what comes back can't be sent: %d %s", r.status, r.body)
	}
}

func TestLookAtSignInAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	w := d.browse("", phone)
	w.open("/signin")
	w.do(chromedp.Evaluate[chromedp.Void](`(() => { const f = document.forms[0]; f.action = "/campaigns?label=nl"; f.noValidate = true; })()`), chromedp.Click(css(".primary")), chromedp.WaitVisible(css("[target=_blank]")))
	w.whole("signin_again")
	w.accessible("signin_again")
	w.shoot("signin_again-en-phone")
}
