package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keur/internal/proxies"
	"keur/web"
	"keur/web/webtest"
)

// behind is a transport that a proxy of ours forwards for an address.
type behind string

func (b behind) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", "198.51.100.200, "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// TestTheDeskSeesTheClient: behind a proxy that is trusted, tries to sign in are
// counted by the browser's address, which sessions show; and a browser that is
// known gets in whatever its neighbours try.
func TestTheDeskSeesTheClient(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	desk, err := web.New(d.Deps)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := proxies.Parse([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(trusted.Handler(desk))
	t.Cleanup(func() { desk.Stop(); server.Close() })
	d.URL = server.URL
	from := func(address string) *webtest.Browser {
		s := d.As("")
		s.Transport = behind(address)
		return s
	}
	signIn := func(s *webtest.Browser, password string) webtest.Response {
		return s.Post("/signin", url.Values{"email": {d.Users["planner"].Email}, "password": {password}})
	}
	known := from("203.0.113.9")
	if r := signIn(known, webtest.Password); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := known.Get("/account").Body; !strings.Contains(page, "203.0.113.0/24") {
		t.Error("the session isn't from where the browser is")
	}
	known.Post("/signout", nil)
	neighbour := from("203.0.113.9")
	for range 11 {
		signIn(neighbour, "a guess that is wrong")
	}
	if r := signIn(neighbour, webtest.Password); r.Status == http.StatusSeeOther {
		t.Error("who guessed eleven times gets in")
	}
	if r := signIn(from("203.0.113.77"), webtest.Password); r.Status != http.StatusSeeOther {
		t.Errorf("from another address: %d %s", r.Status, r.Body)
	}
	if r := signIn(known, webtest.Password); r.Status != http.StatusSeeOther {
		t.Errorf("a known browser behind the neighbours' address: %d %s", r.Status, r.Body)
	}
	if strings.Contains(known.Get("/account").Body, "198.51.100") {
		t.Error("the browser's own word is shown")
	}
}
