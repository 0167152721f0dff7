package api

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"keur/accounts"
	"keur/delivery"
	"keur/labels"
)

// foreign is a call about the stranger's own label whose body or query names a
// thing by its number, which stands as %d. Number 1 is the other label's,
// number 2 the stranger's own.
type foreign struct {
	field        string // as OpenAPI or the rule's language calls it
	method, path string
	body         string
}

// foreigners is every place in a body or query where a thing of a label can be
// named by its number.
func foreigners() []foreign {
	const clicked, belongs = `{"engagement":"clicked","mailing":%d}`, `{"all":[{"segment":%d}]}`
	const everyone = `"audience":{"segments":[{"name":"iedereen","rule":{"all":[]}}]}`
	const once = `"schedule":{"kind":"once","at":"2040-01-02T10:00"}`
	found := []foreign{
		{"mailing", "POST", "/labels/2/segments/overlap", `{"a":{"all":[]},"b":` + clicked + `}`},
		{"mailing", "POST", "/labels/2/segments/overlap", `{"b":{"all":[]},"a":` + clicked + `}`},
		{"mailing", "PUT", "/segments/3", `{"name":"klikkers","rule":{"not":` + clicked + `}}`},
		{"segment", "PUT", "/segments/3", `{"name":"klikkers","rule":` + belongs + `}`},
		{"mailing", "POST", "/labels/2/segments", `{"name":"s","rule":` + clicked + `}`},
		{"segment", "POST", "/labels/2/segments", `{"name":"t","rule":` + belongs + `}`},
		{"exclude_mailings", "POST", "/labels/2/audiences/waterfall", `{"audience":{"segments":[{"name":"n","rule":{"all":[]}}],"exclude_mailings":[%d]}}`},
		{"id", "POST", "/labels/2/audiences/waterfall", `{"audience":{"segments":[{"id":%d}]}}`},
		{"id", "POST", "/labels/2/audiences/waterfall", `{"audience":{"segments":[{"name":"n","rule":{"all":[]}}],"exclude":[{"id":%d}]}}`},
		{"mailing", "POST", "/labels/2/audiences/waterfall", `{"audience":{"segments":[{"name":"n","rule":` + clicked + `}]}}`},
		{"campaign_id", "POST", "/labels/2/templates/check", `{"format":"html","source":"<p>{{placements}}</p>","placements":[{"key":"p","campaign_id":%d,"text":"x"}]}`},
		{"voucher_pool_id", "POST", "/labels/2/templates/check", `{"format":"html","source":"<p>{{placements}}</p>","placements":[{"key":"p","campaign_id":2,"voucher_pool_id":%d}]}`},
		{"product_pick_id", "POST", "/labels/2/templates/check", `{"format":"html","source":"<p>{{placements}}</p>","placements":[{"key":"p","campaign_id":2,"product_pick_id":%d}]}`},
		{"mailing_id", "POST", "/series/1/steps", `{"mailing_id":%d}`},
		{"block_id", "POST", "/mailings/2/placements", `{"block_id":%d,"based_on":2}`},
		{"member_id", "POST", "/revisions/2/test", `{"recipients":["stranger@publisher.nl"],"member_id":%d}`},
		{"{member}", "GET", "/revisions/2/preview/%d", ""},
		{"advertiser", "GET", "/contacts?name=nobody&advertiser=%d", ""},
		{"made_by", "GET", "/labels/2/mailings?made_by=user:%d", ""},
		{"advertiser", "GET", "/labels/2/mailings?advertiser=%d", ""},
		{"advertiser", "GET", "/labels/2/campaigns?advertiser=%d", ""},
		{"advertiser", "GET", "/labels/2/creatives?advertiser=%d", ""},
		{"advertiser", "GET", "/labels/2/listings?advertiser=%d", ""},
		{"advertiser", "GET", "/labels/2/items?advertiser=%d", ""}, {"connection", "GET", "/labels/2/items?connection=%d", ""},
		{"advertiser", "GET", "/labels/2/news?advertiser=%d", ""},
		{"advertiser", "GET", "/labels/2/product-feeds?advertiser=%d", ""},
		{"advertiser", "GET", "/labels/2/products?advertiser=%d", ""}, {"product_feed", "GET", "/labels/2/products?product_feed=%d", ""},
		{"product_id", "POST", "/campaigns/2/products", `{"product_id":%d}`},
		{"advertiser", "GET", "/labels/2/cases?advertiser=%d", ""}, {"member", "GET", "/labels/2/cases?member=%d", ""},
		{"advertiser", "GET", "/labels/2/payments?advertiser=%d", ""}, {"connection", "GET", "/labels/2/payments?connection=%d", ""},
		{"advertiser", "GET", "/reviews?advertiser=%d", ""},
		{"campaign", "GET", "/labels/2/mailings?campaign=%d", ""},
		{"campaign", "GET", "/labels/2/targets?campaign=%d", ""},
		{"revision_id", "POST", "/mailings/2/submit", `{"revision_id":%d,"checklist":["content","links","audience","slot","terms"]}`},
		{"contact_id", "POST", "/reviews/5/links", `{"contact_id":%d}`},
		{"assignee", "GET", "/labels/2/requests?assignee=%d", ""},
		{"about_ref", "GET", "/labels/2/requests?about=campaign&about_ref=%d", ""},
		{"about_ref", "POST", "/labels/2/requests", `{"kind":"task","title":"x","about":"campaign","about_ref":"%d"}`},
		{"campaign_id", "POST", "/conversions/1/assign", `{"campaign_id":%d,"reason":"by phone"}`},
	}
	for _, ask := range []string{"count", "estimate", "sample", "explain"} {
		for field, rule := range map[string]string{"mailing": clicked, "segment": belongs, "campaign": `{"any":[{"engagement":"opened","campaign":%d}]}`} {
			found = append(found, foreign{field, "POST", "/labels/2/segments/" + ask, `{"rule":` + rule + `}`})
		}
	}
	for _, list := range []string{"/labels/2/conversions", "/labels/2/earnings"} {
		for _, field := range []string{"mailing", "campaign", "advertiser"} {
			found = append(found, foreign{field, "GET", list + "?" + field + "=%d", ""})
		}
	}
	found = append(found, foreign{"send", "GET", "/labels/2/earnings?send=%d", ""})
	for _, report := range []string{"/labels/2/outcomes", "/labels/2/outcomes.csv", "/labels/2/breakdown", "/labels/2/breakdown.csv",
		"/outcomes", "/outcomes.csv"} {
		for _, field := range []string{"mailing", "send", "campaign", "advertiser"} {
			found = append(found, foreign{field, "GET", report + "?mailing=2&" + field + "=%d", ""})
		}
	}
	brief := func(field, part string) {
		whole := `{"based_on":0,"subjects":[{"key":"a","text":"x","weight":1}]`
		for name, usual := range map[string]string{"template": `"template":{"format":"html","source":"<p>{{unsubscribe_url}} {{label.imprint}} {{placements}}</p>"}`, "audience": everyone, "schedule": once} {
			if !strings.Contains(part, `"`+name+`":`) {
				whole += "," + usual
			}
		}
		found = append(found, foreign{field, "POST", "/mailings/3/revisions", whole + "," + part + "}"})
	}
	brief("sender_id", `"sender_id":%d`)
	brief("id", `"template":{"id":%d}`)
	brief("campaign_id", `"placements":[{"key":"p","campaign_id":%d,"text":"x","url":"https://x.nl"}]`)
	brief("voucher_pool_id", `"placements":[{"key":"p","campaign_id":2,"voucher_pool_id":%d,"text":"x","url":"https://x.nl"}]`)
	brief("product_pick_id", `"placements":[{"key":"p","campaign_id":2,"product_pick_id":%d,"text":"x","url":"https://x.nl"}]`)
	brief("id", `"audience":{"segments":[{"id":%d}]}`)
	brief("id", `"audience":{"segments":[{"id":2}],"exclude":[{"id":%d}]}`)
	brief("exclude_mailings", `"audience":{"segments":[{"id":2}],"exclude_mailings":[%d]}`)
	brief("mailing", `"audience":{"segments":[{"name":"n","rule":`+clicked+`}]}`)
	return found
}

// TestAnotherLabelsThingsDontExist names the other label's things and things
// that nobody has, and looks whether the answers can be told apart.
func TestAnotherLabelsThingsDontExist(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fillForSweep()
	d.fillOther()
	d.deps.Proofs.Route = func(context.Context, int64) (delivery.Route, error) {
		return delivery.Route{Transport: &mailbox{}, Connections: 1}, nil
	}
	for _, f := range foreigners() {
		ask := func(id int) reply {
			path, body := f.path, any(nil)
			if f.body != "" {
				body = strings.Replace(f.body, "%d", strconv.Itoa(id), 1)
			}
			path = strings.Replace(path, "%d", strconv.Itoa(id), 1)
			got := d.call("stranger", f.method, path, body, "If-Match", "*")
			got.body = regexp.MustCompile(`\b`+strconv.Itoa(id)+`\b`).ReplaceAllString(got.body, "…")
			return got
		}
		unknown, another := ask(987654), ask(1)
		if unknown.status != another.status || unknown.body != another.body {
			t.Errorf("%s %s %s: of another label's it says %d %s\nof what isn't there %d %s",
				f.method, f.path, f.body, another.status, another.body, unknown.status, unknown.body)
		}
		if f.method != "GET" && another.status < 400 {
			t.Errorf("%s %s %s takes another label's: %d %s", f.method, f.path, f.body, another.status, another.body)
		}
		if own := ask(2); f.method != "GET" && own.status == another.status && own.body == another.body {
			t.Errorf("%s %s %s: the own one is refused alike: %d %s", f.method, f.path, f.body, own.status, own.body)
		}
	}
}

// innocent are numbers in bodies and queries that no thing of a label can be
// reached by.
func innocent() map[string]string {
	return map[string]string{
		"based_on":      "only compared with the newest revision of the mailing in the path",
		"advertiser_id": "advertisers are every label's",
		"programme_id":  "a programme of the advertiser, which is every label's",
		"smtp_route_id": "for admins",
		"label_id":      "what counts is the path's",
		"id":            "of what is in the path",
		"list_id":       "a text",
		"label":         "for admins",
		"sub_id":        "a text that proves itself",
		"connection_id": "one of another label is refused like one that isn't there",
		"conversion_id": "one of another label is refused like one that isn't there",
		"send_id":       "one that doesn't place the campaign beside it isn't found, whosever it is",
		"deputy_for_id": "of whom one isn't the deputy is refused, there or not",
		"assignee_id":   "who sees nothing of the label is refused like somebody who isn't there",
		"deputy_id":     "who approves for no label of one's own is refused, there or not",
	}
}

// fillOther gives the stranger's label one of each thing, of which each is the
// second of its kind, and a segment and a mailing to be changed.
func (d *desk) fillOther() {
	d.t.Helper()
	create := func(path string, body any) {
		d.t.Helper()
		d.want(http.StatusCreated, d.call("stranger", "POST", path, body), nil)
	}
	d.addUser("approver-de", accounts.User{Roles: map[labels.ID][]accounts.Role{d.other.ID: {accounts.Approver}}})
	d.want(http.StatusOK, d.call("stranger", "PUT", "/labels/2/attributes/first_name", `{"type":"text"}`), nil)
	create("/advertisers", `{"name":"Modehaus","category":"fashion"}`)
	d.addContact("/advertisers/2", `{"name":"Uta","email":"uta@mode.example","may_approve":true}`, "approver-de")
	create("/labels/2/campaigns", `{"advertiser_id":2,"name":"Herbst","valid_from":"2026-06-01","valid_until":"2026-12-31","deals":[{"kind":"CPC","minor_units":5}]}`)
	create("/campaigns/2/voucher-pools", `{"name":"herbst","shared_code":"HERBST"}`)
	create("/labels/2/members", `{"address":"uta@post.example","source":"test",
		"consents":[{"kind":"mail","given":true,"at":"2026-01-01T10:00:00Z","statement":"Ja","source":"Formular"}]}`)
	create("/labels/2/segments", `{"name":"alle","rule":{"all":[]}}`)
	create("/labels/2/segments", `{"name":"klikkers","rule":{"all":[]}}`)
	create("/labels/2/templates", `{"name":"t","format":"html","source":"<p>{{unsubscribe_url}} {{label.imprint}}</p>"}`)
	create("/labels/2/mailings", `{"name":"Herbst","kind":"solo"}`)
	create("/mailings/2/revisions", d.brief(2, 0))
	d.want(http.StatusOK, d.call("stranger", "GET", "/mailings/2/faces/1", nil), nil)
	create("/labels/2/mailings", `{"name":"Neu","kind":"house"}`)
	d.want(http.StatusCreated, d.call("planner", "POST", "/mailings/1/blocks", `{"name":"Winterzon","placement":"p1"}`), nil)
	create("/mailings/2/blocks", `{"name":"Herbst","placement":"p1"}`)
	create("/labels/2/series", `{"name":"Willkommen","after":"joined"}`)
	d.want(http.StatusCreated, d.call("admin", "POST", "/labels/2/connections", `{"name":"Awin DE","network":"awin"}`), nil)
	d.want(http.StatusOK, d.call("stranger", "POST", "/connections/1/conversions", sold("T-1")), nil)
	d.sell("stranger", 2)
}

// TestEveryNumberInABodyIsTried finds the numbers of things that the API's own
// description takes in bodies and queries.
func TestEveryNumberInABodyIsTried(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	bare := func(path string) string {
		path, _, _ = strings.Cut(path, "?")
		return regexp.MustCompile(`\{\w+\}|%d|\d+`).ReplaceAllString(path, "…")
	}
	tried := map[string]bool{}
	for _, f := range foreigners() {
		tried[f.method+" "+bare(f.path)+" "+f.field] = true
	}
	var doc struct {
		Components struct{ Schemas map[string]numbered }
	}
	d.want(http.StatusOK, d.call("", "GET", "/openapi.json", nil), &doc)
	thing := regexp.MustCompile(`^(id|mailing|campaign|advertiser|send|member|made_by|segment|label|contact|\w+_id|\w+_mailings|based_on)$`)
	for _, o := range d.described() {
		var names []string
		for _, p := range o.Parameters {
			if p.In == "query" {
				names = append(names, p.Name)
			}
		}
		if o.RequestBody != nil {
			for _, content := range o.RequestBody.Content {
				var body numbered
				if err := json.Unmarshal(content.Schema, &body); err != nil {
					t.Fatal(err)
				}
				body.names(doc.Components.Schemas, &names, map[string]bool{})
			}
		}
		for _, name := range names {
			if _, fine := innocent()[name]; thing.MatchString(name) && !fine && !tried[o.method+" "+bare(o.path)+" "+name] {
				t.Errorf("%s %s takes %s, and nobody tried another label's", o.method, o.path, name)
			}
		}
	}
}

// numbered is as much of a schema as it takes to find the names of its fields.
type numbered struct {
	Ref        string `json:"$ref"`
	ReadOnly   bool   `json:"readOnly"`
	Items      *numbered
	Properties map[string]numbered
}

func (n numbered) names(known map[string]numbered, into *[]string, seen map[string]bool) {
	if n.Ref != "" && !seen[n.Ref] {
		seen[n.Ref] = true
		known[strings.TrimPrefix(n.Ref, "#/components/schemas/")].names(known, into, seen)
	}
	if n.Items != nil {
		n.Items.names(known, into, seen)
	}
	for name, field := range n.Properties {
		if !field.ReadOnly {
			*into = append(*into, name)
			field.names(known, into, seen)
		}
	}
}
