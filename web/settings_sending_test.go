package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/smtptest"
	"keur/labels"
)

// newSendingDesk is a desk over a server that it may try, and names that it
// finds in DNS.
func newSendingDesk(t *testing.T, texts map[string]string) (*testDesk, *smtptest.Server, labels.Route) {
	t.Helper()
	d := newDesk(t, 1)
	certificate, authority := smtptest.Certificate(t)
	server := smtptest.Start(t, smtptest.Config{StartTLS: certificate, Users: []smtptest.User{{Name: "keur", Password: "a password"}}})
	d.deps.TryRoute = func(ctx context.Context, r labels.Route, letter *delivery.Message) []smtp.Step {
		return smtp.New(r, smtp.Settings{Authorities: authority}, clock.System{}).Probe(ctx, letter)
	}
	d.deps.LookupTXT = func(_ context.Context, name string) ([]string, error) {
		if text, ok := texts[name]; ok {
			return []string{text}, nil
		}
		return nil, fault.New(fault.NotFound, "nothing there")
	}
	d.reopen()
	route, err := d.deps.Routes.Create(t.Context(), labels.Route{
		Name: "Relay", Host: "127.0.0.1", Port: server.Port(), TLS: "starttls", Verify: true, Auth: "plain", Username: "keur", Password: "a password",
		EHLOName: "keur.example", Connections: 10, MessagesPerConnection: 1000,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, server, route
}

func TestRouteIsTestedForReal(t *testing.T) {
	t.Parallel()
	d, server, route := newSendingDesk(t, nil)
	admin, path := d.as("admin"), "/settings/routes/"+itoa(route.ID)
	r := admin.post(path+"/test", url.Values{"mail": {"yes"}})
	for _, want := range []string{"Sign in", "127.0.0.1", "The server took the mail"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the test doesn't show %s", want)
		}
	}
	if mails := server.Mails(); len(mails) != 1 || mails[0].To != d.users["admin"].Email || !strings.Contains(mails[0].Data, "Test of Relay") {
		t.Errorf("%+v", mails)
	}
	fields := url.Values{
		"version": {"1"}, "name": {"Relay"}, "host": {"127.0.0.1"}, "port": {itoa(server.Port())}, "tls": {"starttls"}, "verify": {"yes"},
		"auth": {"plain"}, "username": {"keur"}, "password": {""}, "connections": {"5"}, "messages_per_connection": {"100"}, "per_minute": {"600"},
	}
	if r := admin.post(path, fields); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if now, err := d.deps.Routes.Get(t.Context(), route.ID); err != nil || now.Password != "a password" || *now.PerMinute != 600 {
		t.Errorf("%v %v", now.PerMinute, err)
	}
	fields.Set("version", "2")
	fields.Set("password", "wrong by now")
	admin.post(path, fields)
	if r := admin.post(path+"/test", url.Values{}); !strings.Contains(r.body, "It stopped at the last step") || strings.Contains(r.body, "wrong by now") {
		t.Errorf("a wrong password: %d", r.status)
	}
}

func TestDKIMKeyIsMadeCheckedAndUsed(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	d, _, _ := newSendingDesk(t, texts)
	admin := d.as("admin")
	r := admin.post("/settings/dkim", url.Values{"label": {itoa(d.Label.ID)}, "domain": {"spaarzegel.example"}, "selector": {"keur2026"}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	keys, err := d.deps.DKIMKeys.List(t.Context(), d.Label.ID)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	check := "/settings/dkim?check=" + itoa(keys[0].ID)
	if r := admin.get(check); !strings.Contains(r.body, "DNS has no record of this name yet") {
		t.Error("an absent record is found")
	}
	name, text := keys[0].Record()
	texts[name] = "v=DKIM1; k=rsa; p=AAAA"
	if r := admin.get(check); !strings.Contains(r.body, "another text") {
		t.Error("another record passes")
	}
	texts[name] = strings.ReplaceAll(text, "; ", ";")
	if r := admin.get(check); !strings.Contains(r.body, "The key can sign") {
		t.Error("the record isn't found")
	}
	admin.post("/settings/dkim/"+itoa(keys[0].ID)+"/activate", url.Values{})
	if _, active, err := d.deps.DKIMKeys.Active(t.Context(), d.Label.ID); err != nil || !active {
		t.Errorf("not active: %v", err)
	}
	if r := admin.post("/settings/dkim", url.Values{"label": {itoa(d.Label.ID)}, "domain": {"nope"}, "selector": {"x"}, "private_key": {"no key"}}); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `value="nope"`) {
		t.Errorf("a wrong key: %d", r.status)
	}
}

func TestLookAtSending(t *testing.T) {
	t.Parallel()
	d, _, route := newSendingDesk(t, nil)
	key, err := labels.DKIMKeyFrom(d.Label.ID, "spaarzegel.example", "keur2026", "")
	if err == nil {
		_, err = d.deps.DKIMKeys.Create(t.Context(), key)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.look("admin", "settings_routes", "/settings/routes")
	d.look("admin", "settings_route", "/settings/routes/"+itoa(route.ID))
	d.look("admin", "settings_dkim", "/settings/dkim")
}
