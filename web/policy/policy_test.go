package policy_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keur/accounts"
	"keur/web/webtest"
)

func TestPoliciesAreChains(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, path := d.As("admin"), "/settings/policies/"+webtest.Itoa(d.Label.ID)
	fields := url.Values{
		"version": {"1"}, "client_hours": {"72"}, "colleague_hours": {"24"}, "remind_hours": {"12"},
		"drift_percent": {"10"}, "lead_from": {"100.000"},
	}
	if r := admin.Post(path, fields); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if r := admin.Get("/settings/policies"); !strings.Contains(r.Body, "lead (from 100,000 members on)") ||
		!strings.Contains(r.Body, "within 72 hours") || !strings.Contains(r.Body, "counts after 0 hours") {
		t.Errorf("the chain isn't drawn: %s", r.Body)
	}
	own := path + "?advertiser=" + webtest.Itoa(d.Advertiser.ID)
	fields.Set("client_hours", "0")
	if r := admin.Post(own, fields); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "client_hours-fault") {
		t.Errorf("no time for a client: %d", r.Status)
	}
	fields.Set("client_hours", "24")
	fields.Set("client_waivable", "yes")
	if r := admin.Post(own, fields); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	p, err := d.Approval.Policies.For(t.Context(), d.Label.ID, []int64{int64(d.Advertiser.ID)})
	if err != nil || !p.ClientWaivable || p.ClientHours != 24 {
		t.Errorf("%+v %v", p, err)
	}
	if r := admin.Get(own); !strings.Contains(r.Body, "End the exception") {
		t.Errorf("an exception can't be ended: %s", r.Body)
	}
	end := path + "/remove?advertiser=" + webtest.Itoa(d.Advertiser.ID)
	if r := admin.Post(end, url.Values{"version": {"7"}}); r.Status != http.StatusConflict {
		t.Errorf("another version: %d", r.Status)
	}
	if r := admin.Post(end, url.Values{"version": {"1"}}); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if p, err := d.Approval.Policies.For(t.Context(), d.Label.ID, []int64{int64(d.Advertiser.ID)}); err != nil || p.ClientHours != 72 {
		t.Errorf("after it ended: %+v %v", p, err)
	}
	if r := admin.Post(path+"/remove", url.Values{"version": {"1"}}); r.Status != http.StatusNotFound {
		t.Errorf("a label without a policy: %d", r.Status)
	}
}

func TestLookAtPolicies(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.Look("admin", "settings_policies", "/settings/policies")
	d.Look("admin", "settings_policy", "/settings/policies/"+webtest.Itoa(d.Label.ID))
}

// That a client's link asks for a code is the policy's, which two admins change.
func TestTwoAdminsSayThatLinksAskForACode(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	d.AddUser("second", accounts.User{Admin: true})
	asks := func() bool {
		p, err := d.Approval.Policies.For(t.Context(), d.Label.ID, []int64{int64(d.Advertiser.ID)})
		if err != nil {
			t.Fatal(err)
		}
		return p.ClientCode
	}
	admin, path := d.As("admin"), "/settings/policies/"+webtest.Itoa(d.Label.ID)
	r := admin.Post(path, url.Values{
		"version": {"1"}, "client_hours": {"48"}, "colleague_hours": {"24"}, "remind_hours": {"12"}, "drift_percent": {"10"},
		"client_code": {"yes"}, "token_verdicts": {"yes"},
	})
	if r.Status != http.StatusSeeOther || asks() {
		t.Fatalf("alone: %d, asks %t", r.Status, asks())
	}
	list := d.As("second").Get("/settings/changes")
	confirm := regexp.MustCompile(`/settings/changes/[0-9]+/confirm`).FindString(list.Body)
	if !strings.Contains(list.Body, "code beside the client") || confirm == "" {
		t.Fatalf("what is proposed doesn't say so: %s", list.Body)
	}
	if r := admin.Post(confirm, url.Values{}); asks() {
		t.Errorf("who proposed confirms: %d", r.Status)
	}
	if r := d.As("second").Post(confirm, url.Values{}); r.Status != http.StatusSeeOther || !asks() {
		t.Fatalf("confirmed by another: %d, asks %t: %s", r.Status, asks(), r.Body)
	}
	if r := admin.Get("/settings/policies"); !strings.Contains(r.Body, "by a link and a code") {
		t.Error("the chain doesn't say that a code is asked for")
	}
	if r := admin.Get(path); !strings.Contains(r.Body, `name="client_code" value="yes" checked`) {
		t.Errorf("the form doesn't say that a code is asked for: %s", r.Body)
	}
}
