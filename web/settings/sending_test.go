package settings_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/web/webtest"
)

func TestRouteIsTestedForReal(t *testing.T) {
	t.Parallel()
	d, server, route := webtest.NewSendingDesk(t, nil)
	admin, path := d.As("admin"), "/settings/routes/"+webtest.Itoa(route.ID)
	r := admin.Post(path+"/test", url.Values{"mail": {"yes"}})
	for _, want := range []string{"Sign in", "127.0.0.1", "The server took the mail"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the test doesn't show %s", want)
		}
	}
	if mails := server.Mails(); len(mails) != 1 || mails[0].To != d.Users["admin"].Email ||
		!strings.Contains(mails[0].Data, "Test of Relay") {
		t.Errorf("%+v", mails)
	}
	tried := func() bool {
		now, err := d.Deps.Routes.Get(t.Context(), route.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.TriedAt != nil
	}
	if !tried() {
		t.Error("nobody knows that a real mail was taken")
	}
	fields := url.Values{
		"version": {"1"}, "name": {"Relay"}, "host": {"127.0.0.1"}, "port": {webtest.Itoa(server.Port())}, "tls": {"starttls"},
		"verify": {"yes"}, "auth": {"plain"}, "username": {"keur"}, "password": {""},
		"connections": {"5"}, "messages_per_connection": {"100"}, "per_minute": {"600"}, "ehlo_name": {"keur.example"},
	}
	if r := admin.Post(path, fields); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if now, err := d.Deps.Routes.Get(t.Context(), route.ID); err != nil || now.Password != "a password" || *now.PerMinute != 600 {
		t.Errorf("%v %v", now.PerMinute, err)
	}
	if !tried() {
		t.Error("another pace made it one that was never tried")
	}
	fields.Set("version", "2")
	fields.Set("password", "wrong by now")
	fields.Set("reports", "yes")
	admin.Post(path, fields)
	if now, err := d.Deps.Routes.Get(t.Context(), route.ID); err != nil || !now.Reports {
		t.Errorf("that its server posts what becomes of mail isn't kept: %v", err)
	}
	if admin.Post(path+"/test", url.Values{"mail": {"yes"}}); tried() {
		t.Error("what is refused by now still counts as tried")
	}
	if r := admin.Post(path+"/test", url.Values{}); !strings.Contains(r.Body, "It stopped at the last step") ||
		strings.Contains(r.Body, "wrong by now") {
		t.Errorf("a wrong password: %d", r.Status)
	}
}

func TestDKIMKeyIsMadeCheckedAndUsed(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	d, _, _ := webtest.NewSendingDesk(t, texts)
	admin := d.As("admin")
	r := admin.Post(
		"/settings/dkim", url.Values{"label": {webtest.Itoa(d.Label.ID)}, "domain": {"spaarzegel.example"}, "selector": {"keur2026"}},
	)
	if r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	keys, err := d.Deps.DKIMKeys.List(t.Context(), d.Label.ID)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	check := "/settings/dkim?check=" + webtest.Itoa(keys[0].ID)
	if r := admin.Get(check); !strings.Contains(r.Body, "DNS has no record of this name yet") {
		t.Error("an absent record is found")
	}
	name, text := keys[0].Record()
	texts[name] = "v=DKIM1; k=rsa; p=AAAA"
	if r := admin.Get(check); !strings.Contains(r.Body, "another text") {
		t.Error("another record passes")
	}
	texts[name] = strings.ReplaceAll(text, "; ", ";")
	if r := admin.Get(check); !strings.Contains(r.Body, "The key can sign") {
		t.Error("the record isn't found")
	}
	admin.Post("/settings/dkim/"+webtest.Itoa(keys[0].ID)+"/activate", url.Values{})
	if keys, err := d.Deps.DKIMKeys.Active(t.Context(), d.Label.ID); err != nil || len(keys) != 1 {
		t.Errorf("not active: %v", err)
	}
	if r := admin.Post(
		"/settings/dkim",
		url.Values{"label": {webtest.Itoa(d.Label.ID)}, "domain": {"nope"}, "selector": {"x"}, "private_key": {"no key"}},
	); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, `value="nope"`) {
		t.Errorf("a wrong key: %d", r.Status)
	}
}

// Who stops a key that another one has replaced, on a page of before, leaves the label's
// mail signed, and is told so.
func TestAReplacedKeyThatIsStoppedLeavesTheOther(t *testing.T) {
	t.Parallel()
	d, _, _ := webtest.NewSendingDesk(t, nil)
	admin := d.As("admin")
	act := func(key labels.DKIMKey, what string) {
		admin.Post("/settings/dkim/"+webtest.Itoa(key.ID)+"/"+what, url.Values{})
	}
	var keys []labels.DKIMKey
	for _, selector := range []string{"keur1", "keur2"} {
		key, err := labels.DKIMKeyFrom(d.Label.ID, "spaarzegel.example", selector, labels.RSA, "")
		if err == nil {
			key, err = d.Deps.DKIMKeys.Create(approvaltest.As(d.Users["admin"]), key)
		}
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
		act(key, "activate")
	}
	const goesOn, unsigned = "the key of RSA goes on", "goes out unsigned"
	act(keys[0], "retire")
	if r := admin.Get("/settings/dkim"); !strings.Contains(r.Body, goesOn) || strings.Contains(r.Body, unsigned) {
		t.Errorf("once the key of before stopped: %s", r.Body)
	}
	act(keys[1], "retire")
	if r := admin.Get("/settings/dkim"); strings.Contains(r.Body, goesOn) || !strings.Contains(r.Body, unsigned) {
		t.Errorf("once no key signs: %s", r.Body)
	}
}

// An admin sees what DNS says of all that a label mails by, when that was asked,
// and asks again.
func TestADesksLabelIsCheckedInDNS(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"_dmarc.spaarzegel.example": "v=DMARC1; p=reject; rua=mailto:d@spaarzegel.example"}
	d, _, _ := webtest.NewSendingDesk(t, texts)
	page, check := "/settings/dkim", "/settings/records/"+webtest.Itoa(d.Label.ID)
	admin := d.As("admin")
	if r := admin.Get(page); strings.Contains(r.Body, "To mend") {
		t.Error("DNS is asked though nobody wanted to know")
	}
	if r := admin.Post(check, url.Values{}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	says := func(those ...string) {
		t.Helper()
		body := strings.ToLower(admin.Get(page).Body)
		for _, says := range those {
			if !strings.Contains(body, strings.ToLower(says)) {
				t.Errorf("the page doesn't say %q", says)
			}
		}
	}
	says("Bounces and complaints are lost", "v=spf1 include:… -all", "<code>"+d.Label.BounceDomain+"</code>", "To mend", "Optional",
		"Wrong since", "Asked")
	delete(texts, "_dmarc.spaarzegel.example")
	d.Clock.Set(d.Clock.Now().Add(time.Hour))
	admin.Post(check, url.Values{})
	says("It last held")
	d.Look("admin", "settings_dns", page)
}

func TestLookAtSending(t *testing.T) {
	t.Parallel()
	d, _, route := webtest.NewSendingDesk(t, nil)
	for selector, algorithm := range map[string]labels.Algorithm{"keur2026": labels.RSA, "tweede2026": labels.Ed25519} {
		key, err := labels.DKIMKeyFrom(d.Label.ID, "spaarzegel.example", selector, algorithm, "")
		if err == nil {
			_, err = d.Deps.DKIMKeys.Create(approvaltest.As(d.Users["admin"]), key)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d.Look("admin", "settings_routes", "/settings/routes")
	d.Look("admin", "settings_route", "/settings/routes/"+webtest.Itoa(route.ID))
	d.Look("admin", "settings_dkim", "/settings/dkim")
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE dkim_keys SET active = true WHERE algorithm = 'rsa'`) })
	d.Look("admin", "settings_dkim_second", "/settings/dkim?label="+d.Label.Code)
}

// An admin makes a route straight to receivers' servers, from addresses of the
// publisher's; what is typed wrong is given back.
func TestADirectRouteIsMadeAtTheDesk(t *testing.T) {
	t.Parallel()
	d, _, _ := webtest.NewSendingDesk(t, nil)
	admin := d.As("admin")
	fields := url.Values{
		"name": {"Straight"}, "kind": {"direct"}, "sources": {"198.51.100.7 mail1.shop.nl\n198.51.100 mail2.shop.nl"},
		"host": {"left.over"}, "port": {"587"}, "tls": {"starttls"}, "auth": {"plain"}, "username": {""},
		"connections": {"20"}, "messages_per_connection": {"100"},
	}
	if r := admin.Post("/settings/routes/new", fields); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "“198.51.100” is no address") || !strings.Contains(r.Body, "198.51.100 mail2.shop.nl</textarea>") {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	fields.Set("sources", "198.51.100.7 mail1.shop.nl\r\n2a00:1::7 mail2.shop.nl\r\n")
	if r := admin.Post("/settings/routes/new", fields); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	all, err := d.Deps.Routes.List(t.Context())
	if err != nil || len(all) != 2 || all[1].Name != "Straight" {
		t.Fatal(all, err)
	}
	made := all[1]
	want := labels.Sources{{Address: "198.51.100.7", EHLOName: "mail1.shop.nl"}, {Address: "2a00:1::7", EHLOName: "mail2.shop.nl"}}
	if made.Kind != labels.Direct || made.Port != 25 || made.Host != "" || !slices.Equal(made.Sources, want) {
		t.Errorf("%+v", made)
	}
	if r := admin.Get("/settings/routes/" + webtest.Itoa(made.ID)); !strings.Contains(r.Body, `value="direct" checked`) ||
		!strings.Contains(r.Body, "2a00:1::7 mail2.shop.nl") {
		t.Error("the route isn't shown as it is")
	}
	if r := admin.Get("/settings/routes"); !strings.Contains(r.Body, "straight to the receivers") {
		t.Error("the list doesn't say where it leads")
	}
	d.Look("admin", "settings_route_direct", "/settings/routes/"+webtest.Itoa(made.ID))
}
