package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/accounts/oidctest"
)

func TestPoliciesAreChains(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	admin, path := d.as("admin"), "/settings/policies/"+itoa(d.Label.ID)
	fields := url.Values{"version": {"1"}, "client_hours": {"72"}, "colleague_hours": {"24"}, "remind_hours": {"12"}, "drift_percent": {"10"}, "lead_from": {"100.000"}}
	if r := admin.post(path, fields); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := admin.get("/settings/policies"); !strings.Contains(r.body, "lead (from 100,000 members on)") || !strings.Contains(r.body, "within 72 hours") {
		t.Errorf("the chain isn't drawn: %s", r.body)
	}
	own := path + "?advertiser=" + itoa(d.Advertiser.ID)
	fields.Set("client_hours", "0")
	if r := admin.post(own, fields); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "client_hours-fault") {
		t.Errorf("no time for a client: %d", r.status)
	}
	fields.Set("client_hours", "24")
	fields.Set("client_waivable", "yes")
	if r := admin.post(own, fields); r.status != http.StatusSeeOther {
		t.Errorf("%d %s", r.status, r.body)
	}
	p, err := d.Approval.PolicyFor(t.Context(), d.Label.ID, []int64{int64(d.Advertiser.ID)})
	if err != nil || !p.ClientWaivable || p.ClientHours != 24 {
		t.Errorf("%+v %v", p, err)
	}
	if r := admin.get(own); !strings.Contains(r.body, "End the exception") {
		t.Errorf("an exception can't be ended: %s", r.body)
	}
	end := path + "/remove?advertiser=" + itoa(d.Advertiser.ID)
	if r := admin.post(end, url.Values{"version": {"7"}}); r.status != http.StatusConflict {
		t.Errorf("another version: %d", r.status)
	}
	if r := admin.post(end, url.Values{"version": {"1"}}); r.status != http.StatusSeeOther {
		t.Errorf("%d %s", r.status, r.body)
	}
	if p, err := d.Approval.PolicyFor(t.Context(), d.Label.ID, []int64{int64(d.Advertiser.ID)}); err != nil || p.ClientHours != 72 {
		t.Errorf("after it ended: %+v %v", p, err)
	}
	if r := admin.post(path+"/remove", url.Values{"version": {"1"}}); r.status != http.StatusNotFound {
		t.Errorf("a label without a policy: %d", r.status)
	}
}

func TestAuditTrailIsSearched(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	admin := d.as("admin")
	admin.post("/settings/caps", url.Values{"cap_days": {"7"}, "cap_at_most": {"5"}})
	admin.post("/settings/keys", url.Values{})
	if r := admin.get("/settings/audit?q=test+admin&kind=frequency_caps"); !strings.Contains(r.body, "frequency_caps.insert") || strings.Contains(r.body, "users.insert") {
		t.Error("the trail isn't narrowed")
	}
	if r := admin.get("/settings/audit?kind=token_keys"); !strings.Contains(r.body, "Test Admin") || strings.Contains(r.body, "secret_sealed") {
		t.Error("a new key isn't in the trail under who made it")
	}
	if r := admin.get("/settings/audit?until=2020-01-01"); !strings.Contains(r.body, "Nothing found") {
		t.Error("the period bounds nothing")
	}
	if r := admin.get("/settings/audit?format=csv&kind=labels"); !strings.Contains(r.body, ",labels.insert,labels:"+itoa(d.Label.ID)+",") {
		t.Errorf("%s", r.body)
	}
	if r := admin.get("/settings/audit/verify?wait=yes"); !strings.Contains(r.body, "The trail is whole") {
		t.Errorf("%s", r.body)
	}
	if keys, err := d.deps.TokenKeys.List(t.Context()); err != nil || len(keys) != 2 || keys[0].Signs || !keys[1].Signs {
		t.Errorf("%+v %v", keys, err)
	}
}

func TestProvidersAreSet(t *testing.T) {
	t.Parallel()
	d, there := newDesk(t, 1), oidctest.New(t)
	admin := d.as("admin")
	fields := url.Values{"name": {"Publisher Login"}, "issuer": {there.Issuer}, "client_id": {oidctest.ClientID}, "domains": {"publisher.example; publisher.nl"}, "active": {"yes"}, "newcomers": {itoa(d.Label.ID)}}
	if r := admin.post("/settings/providers/new", fields); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "client_secret-fault") {
		t.Errorf("without a secret: %d", r.status)
	}
	fields.Set("client_secret", oidctest.Secret)
	made := admin.post("/settings/providers/new", fields)
	path := made.header.Get("Location")
	if r := admin.get(path); !strings.Contains(r.body, "http://desk.example/signin/oidc/1/callback") || strings.Contains(r.body, oidctest.Secret) {
		t.Errorf("%d %s", made.status, made.body)
	}
	fields.Del("active")
	fields.Del("client_secret")
	admin.post(path, fields)
	if r := admin.get(path); !strings.Contains(r.body, "Nobody signs in by Publisher Login") {
		t.Error("nobody says that it is off")
	}
	if r := d.as("").get("/signin"); strings.Contains(r.body, "Publisher Login") {
		t.Error("it is still offered")
	}
}

func TestVerifyInABrowser(t *testing.T) {
	t.Parallel()
	w := newDesk(t, 1).browse("admin", desktop)
	w.open("/settings/audit/verify")
	w.do(chromedp.WaitVisible(css("#kept")))
	w.shoot("settings_verify-en-desktop")
	w.accessible("settings_verify")
}

func TestLookAtPolicies(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.look("admin", "settings_policies", "/settings/policies")
	d.look("admin", "settings_policy", "/settings/policies/"+itoa(d.Label.ID))
}

func TestLookAtTrail(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	d.look("admin", "settings_audit", "/settings/audit")
	d.look("admin", "settings_keys", "/settings/keys")
	d.look("admin", "settings_provider", "/settings/providers/new")
}
