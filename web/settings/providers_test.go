package settings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/accounts/oidctest"
	"keur/web/webtest"
)

func TestProvidersAreSet(t *testing.T) {
	t.Parallel()
	d, there := webtest.New(t, 1), oidctest.New(t)
	admin := d.As("admin")
	fields := url.Values{
		"name": {"Publisher Login"}, "issuer": {there.Issuer}, "client_id": {oidctest.ClientID},
		"domains": {"publisher.example; publisher.nl"}, "active": {"yes"}, "newcomers": {webtest.Itoa(d.Label.ID)},
	}
	if r := admin.Post("/settings/providers/new", fields); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "client_secret-fault") {
		t.Errorf("without a secret: %d", r.Status)
	}
	fields.Set("client_secret", oidctest.Secret)
	made := admin.Post("/settings/providers/new", fields)
	path := made.Header.Get("Location")
	if r := admin.Get(path); !strings.Contains(r.Body, "http://desk.example/signin/oidc/1/callback") ||
		strings.Contains(r.Body, oidctest.Secret) {
		t.Errorf("%d %s", made.Status, made.Body)
	}
	fields.Del("active")
	fields.Del("client_secret")
	admin.Post(path, fields)
	if r := admin.Get(path); !strings.Contains(r.Body, "Nobody signs in by Publisher Login") {
		t.Error("nobody says that it is off")
	}
	if r := d.As("").Get("/signin"); strings.Contains(r.Body, "Publisher Login") {
		t.Error("it is still offered")
	}
}

func TestLookAtKeys(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Look("admin", "settings_keys", "/settings/keys")
	d.Look("admin", "settings_provider", "/settings/providers/new")
}
