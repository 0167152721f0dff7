package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/mailings"
)

// filled is what the tests of the whole API call about.
type filled struct {
	label, campaign, pool, advertiser, member string
	campaignID                                int64
}

// fill puts one of each thing into the base, through the API.
func (d *desk) fill() filled {
	d.t.Helper()
	f := filled{label: fmt.Sprintf("/labels/%d", d.label.ID)}
	var made struct {
		ID int64 `json:"id"`
	}
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", `{"name":"Reisbureau","category":"travel"}`), &made)
	f.advertiser = fmt.Sprintf("/advertisers/%d", made.ID)
	d.want(http.StatusCreated, d.call("planner", "POST", f.advertiser+"/programmes", `{"network":"direct","ref":"1","live":true,"email_allowed":true}`), nil)
	d.addContact(f.advertiser, `{"name":"Bas","email":"bas@reis.example","may_approve":true}`, "approver")
	d.want(http.StatusCreated, d.call("planner", "POST", f.label+"/campaigns", map[string]any{
		"advertiser_id": 1, "name": "Zomer", "valid_from": "2026-06-01", "valid_until": "2099-12-31",
		"deals": []any{map[string]any{"kind": "CPS", "basis_points": 500}},
	}), &made)
	f.campaign, f.campaignID = fmt.Sprintf("/campaigns/%d", made.ID), made.ID
	d.want(http.StatusCreated, d.call("planner", "POST", f.campaign+"/voucher-pools", `{"name":"zomer"}`), &made)
	f.pool = fmt.Sprintf("/voucher-pools/%d", made.ID)
	d.want(http.StatusOK, d.call("planner", "PUT", f.label+"/attributes/first_name", `{"type":"text"}`), nil)
	d.want(http.StatusCreated, d.call("planner", "POST", f.label+"/members", map[string]any{
		"address": "Jan@example.nl", "source": "test", "consents": []any{map[string]any{
			"kind": "mail", "given": true, "at": "2026-01-01T10:00:00Z", "statement": "Ja, mail mij", "source": "formulier",
		}},
	}), &made)
	f.member = fmt.Sprintf("%s/members/%d", f.label, made.ID)
	return f
}

// addContact lets an admin propose a contact, and another confirm it.
func (d *desk) addContact(advertiser, contact, confirmer string) {
	d.t.Helper()
	var asked struct {
		Change struct {
			ID int64 `json:"id"`
		} `json:"change"`
	}
	d.want(http.StatusCreated, d.call("admin", "POST", advertiser+"/contacts", contact), &asked)
	d.want(http.StatusOK, d.call(confirmer, "POST", fmt.Sprintf("%s/contact-changes/%d/confirm", advertiser, asked.Change.ID), nil), nil)
}

// fillMailing puts a segment, a template and a mailing in review beside what
// fill made.
func (d *desk) fillMailing(f filled) {
	d.t.Helper()
	d.want(http.StatusCreated, d.call("planner", "POST", f.label+"/segments", `{"name":"iedereen","rule":{"all":[]}}`), nil)
	d.want(http.StatusCreated, d.call("planner", "POST", f.label+"/templates", `{"name":"t","format":"html","source":"<p>x</p>"}`), nil)
	d.want(http.StatusCreated, d.call("planner", "POST", f.label+"/mailings", `{"name":"Zomer","kind":"solo"}`), nil)
	var r revised
	d.want(http.StatusCreated, d.call("planner", "POST", "/mailings/1/revisions", d.brief(f.campaignID, 0)), &r)
	d.want(http.StatusOK, d.call("planner", "GET", "/mailings/1/faces/1", nil), nil)
	d.want(http.StatusOK, d.call("planner", "POST", "/mailings/1/submit", map[string]any{
		"revision_id": r.ID, "checklist": []string{"content", "links", "audience", "slot", "terms"},
	}), nil)
}

// brief is a solo mailing about the campaign, for everyone.
func (d *desk) brief(campaign int64, basedOn mailings.RevisionID) map[string]any {
	return map[string]any{
		"based_on": basedOn,
		"subjects": []any{map[string]any{"key": "a", "weight": 1, "text": "Zon voor {{member.first_name | default \"jou\"}}"}},
		"template": map[string]any{"format": "html", "source": `<html><body>{{placements}}
			<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p></body></html>`},
		"placements": []any{map[string]any{
			"key": "p1", "campaign_id": campaign, "heading": "Reisbureau", "text": "Naar de zon.", "button": "Kijk",
			"url": "https://reis.example/zon",
		}},
		"audience": map[string]any{"segments": []any{map[string]any{"name": "iedereen", "rule": map[string]any{"all": []any{}}}}},
		"schedule": map[string]any{"kind": "once", "at": time.Now().AddDate(0, 0, 7).Format("2006-01-02") + "T10:00"},
	}
}

func TestNoCallWithoutAUser(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, headers := range [][]string{
		nil,
		{"Authorization", "Bearer"},
		{"Authorization", "Bearer keur_wrong"},
		{"Authorization", "Basic " + d.tokens["admin"]},
		{"Authorization", d.tokens["admin"]},
	} {
		got := d.call("", "GET", "/me", nil, headers...)
		if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d, %v", headers, got.status, got.header)
		}
	}
	for _, o := range d.described() {
		if got := d.call("", o.method, o.address(nil), `{}`); got.status != http.StatusUnauthorized {
			t.Errorf("%s %s lets anyone in: %d", o.method, o.path, got.status)
		}
	}
}

func TestATokenIsItsUsersOwnAct(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var u accounts.User
	d.want(http.StatusOK, d.call("planner", "GET", "/me", nil), &u)
	d.fill()
	var actor string
	if err := d.deps.DB.Get(&actor, `SELECT actor FROM audit_log WHERE action = 'advertisers.insert'`); err != nil || actor != u.ID.Actor() {
		t.Errorf("the trail says %q did it, not %s; %v", actor, u.ID.Actor(), err)
	}
	made := d.addToken("script", u, accounts.DefaultScopes())
	d.want(http.StatusOK, d.call("script", "GET", "/me", nil), &u)
	if u.Name != "planner" {
		t.Errorf("the new token is %s's", u.Name)
	}
	d.want(http.StatusNotFound, d.call("viewer", "DELETE", fmt.Sprintf("/me/tokens/%d", made.ID), nil), nil)
	d.want(http.StatusNoContent, d.call("planner", "DELETE", fmt.Sprintf("/me/tokens/%d", made.ID), nil), nil)
	d.want(http.StatusUnauthorized, d.call("script", "GET", "/me", nil), nil)
}

// described is an operation of the API's own description.
type described struct {
	method, path string
	Summary      string
	Description  string
	Security     []map[string][]string
	Tags         []string
	Parameters   []struct {
		Name, In, Description string
		Schema                struct{ Enum []string }
	}
	RequestBody *struct {
		Content map[string]struct{ Schema json.RawMessage }
	}
}

// address returns the path with its parameters filled in by name, else by 1.
func (o described) address(values map[string]string) string {
	address := o.path
	for _, p := range o.Parameters {
		if p.In == "path" {
			value, set := values[p.Name]
			if !set {
				value = "1"
			}
			address = strings.ReplaceAll(address, "{"+p.Name+"}", value)
		}
	}
	return address
}

// described reads /openapi.json, as a program would.
func (d *desk) described() []described {
	d.t.Helper()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]described
	}
	d.want(http.StatusOK, d.call("", "GET", "/openapi.json", nil), &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		d.t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	var all []described
	for path, item := range doc.Paths {
		for method, o := range item {
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	// Always in one order, so that what one call leaves behind is the same for the next.
	slices.SortFunc(all, func(a, b described) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return all
}
