package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
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
