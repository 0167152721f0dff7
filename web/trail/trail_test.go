package trail_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/web"
	"keur/web/webtest"
)

func TestAuditTrailIsSearched(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin := d.As("admin")
	admin.Post("/settings/caps", url.Values{"cap_days": {"7"}, "cap_at_most": {"5"}})
	admin.Post("/settings/keys", url.Values{})
	if r := admin.Get("/settings/audit?q=test+admin&kind=frequency_caps"); !strings.Contains(r.Body, "<strong>Frequency limit") ||
		strings.Contains(r.Body, "<strong>User") {
		t.Error("the trail isn't narrowed")
	}
	if r := admin.Get("/settings/audit?kind=token_keys"); !strings.Contains(r.Body, "Test Admin") ||
		!strings.Contains(r.Body, "secret_sealed&#34;: &#34;sha256:") {
		t.Error("a new key isn't in the trail under who made it, by a hash")
	}
	for _, way := range []string{"subject=labels:", "kind=labels&number="} {
		of := webtest.Itoa(d.Label.ID)
		if r := admin.Get("/settings/audit?" + way + of); !strings.Contains(r.Body, "<strong>Label "+of) ||
			strings.Contains(r.Body, "<strong>User") || !strings.Contains(r.Body, `value="labels" selected`) {
			t.Errorf("%s doesn't narrow the trail to one thing", way)
		}
	}
	if r := admin.Get("/settings/audit?until=2020-01-01"); !strings.Contains(r.Body, "Nothing found") {
		t.Error("the period bounds nothing")
	}
	if r := admin.Get("/settings/audit?format=data&kind=labels"); !strings.Contains(
		r.Body, ",labels.insert,labels:"+webtest.Itoa(d.Label.ID)+",",
	) {
		t.Errorf("%s", r.Body)
	}
	if r := admin.Get("/settings/audit/verify?wait=yes"); !strings.Contains(r.Body, "The trail is whole") {
		t.Errorf("%s", r.Body)
	}
	if keys, err := d.Deps.TokenKeys.List(t.Context()); err != nil || len(keys) != 2 || keys[0].Signs || !keys[1].Signs {
		t.Errorf("%+v %v", keys, err)
	}
}

// Every kind of thing that the trail tells of has a name.
func TestTheTrailNamesWhatItTellsOf(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	var tables []string
	if err := d.Owner.Select(&tables, `
		SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid IN ('audit_row'::regproc, 'audit_set'::regproc)
		 UNION VALUES ('members'), ('sends'), ('voucher_pools')`); err != nil {
		t.Fatal(err)
	}
	book, err := web.Messages()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if !book.In("en").Has("audit_thing." + table) {
			t.Errorf("%s has no name", table)
		}
	}
}

func TestVerifyInABrowser(t *testing.T) {
	t.Parallel()
	w := webtest.New(t, 1).Browse("admin", webtest.Desktop)
	w.Open("/settings/audit/verify")
	w.Do(chromedp.WaitVisible(webtest.CSS("#kept")))
	w.Shoot("settings_verify-en-desktop")
	w.Accessible("settings_verify")
}

func TestLookAtTrail(t *testing.T) {
	t.Parallel()
	webtest.New(t, 1).Look("admin", "settings_audit", "/settings/audit")
}
