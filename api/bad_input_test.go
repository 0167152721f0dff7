package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"keur/accounts"
	"keur/api/rest"
	"keur/labels"
)

// good bodies, from which the sweep spoils one value after another. An
// operation that isn't here is swept from an empty object.
func good() map[string]string {
	return map[string]string{
		"POST /labels": `{"code":"x","name":"X","locale":"nl","time_zone":"Europe/Amsterdam","public_url":"https://m.x.nl","bounce_domain":"b.x.nl",
			"list_id":"l.x.nl","imprint_name":"X","imprint_address":"Kade 1","accent":"#000000","logo":"","smtp_route_id":1,"quiet_from":"21:30","quiet_until":"07:00",
			"senders":[{"name":"X","address":"x@x.nl","reply_to":"y@x.nl"}],"seeds":[{"address":"s@x.nl","name":"S"}],
			"blackout_dates":[{"day":"2026-05-04","reason":"x"}],"caps":[{"scope":"label","days":7,"at_most":3}]}`,
		"PUT /labels/{label}": `{"code":"shop-nl","name":"X","locale":"nl","time_zone":"Europe/Amsterdam","public_url":"https://m.x.nl","bounce_domain":"b.x.nl",
			"list_id":"l.x.nl","imprint_name":"X","imprint_address":"Kade 1","accent":"#000000","senders":[{"name":"X","address":"x@x.nl"}]}`,
		"POST /routes": `{"name":"r","host":"h","port":25,"tls":"starttls","verify":true,"auth":"plain","username":"u","password":"p","ehlo_name":"e",
			"connections":1,"messages_per_connection":1,"per_minute":1,"reports":true}`,
		"POST /webhooks":                              `{"label_id":1,"kind":"slack","name":"w","url":"http://127.0.0.1:1/x","types":["send.held"],"active":false}`,
		"PUT /webhooks/{webhook}":                     `{"label_id":1,"kind":"standard","name":"w","url":"http://127.0.0.1:1/x","types":["send.held"],"active":false}`,
		"PUT /mail-providers/{provider}":              `{"mx":["mx.example"],"tls":"none","connections":1,"mx_connections":1,"messages":1,"per_minute":1,"per_hour":1}`,
		"POST /mail-providers/{provider}/stop":        `{"reason":"x","until":"2030-01-01T00:00:00Z"}`,
		"POST /mail-providers/{provider}/resume":      `{"reason":"x"}`,
		"PUT /warmups/{domain}":                       `{"days":[50,100]}`,
		"PUT /mail-rules":                             `{"provider":"google","pattern":"x","at_least":1,"do":"slow","to":1,"minutes":5}`,
		"POST /mail-rules/hit":                        `{"provider":"google","said":"421 x"}`,
		"POST /webhooks/{webhook}/replay":             `{"from":"2030-01-01T00:00:00Z"}`,
		"POST /labels/{label}/dkim-keys":              `{"domain":"x.nl","selector":"s","private_key":"x"}`,
		"POST /users":                                 `{"email":"u@x.nl","name":"U","locale":"nl","admin":false,"roles":{"1":["planner"]},"password":"een goede zin is lang"}`,
		"PUT /users/{user}":                           `{"email":"u@x.nl","name":"U","locale":"nl","admin":true,"roles":{"1":["planner"]}}`,
		"POST /me/deputies":                           `{"deputy_id":2,"from":"2030-01-01T00:00:00Z","until":"2030-02-01T00:00:00Z"}`,
		"POST /advertisers":                           `{"name":"A","category":"travel"}`,
		"PUT /advertisers/{advertiser}":               `{"name":"A","category":"travel"}`,
		"POST /advertisers/{advertiser}/stop":         `{"reason":"x"}`,
		"POST /advertisers/{advertiser}/programmes":   `{"network":"awin","ref":"1","subid_parameter":"c","live":true,"email_allowed":true}`,
		"PUT /programmes/{programme}":                 `{"network":"awin","ref":"1","live":true,"email_allowed":true}`,
		"POST /advertisers/{advertiser}/contacts":     `{"name":"C","email":"c@x.nl","locale":"nl","may_approve":true}`,
		"PUT /contacts/{contact}":                     `{"name":"C","email":"c@x.nl","locale":"nl","may_approve":true}`,
		"POST /campaigns/{campaign}/voucher-pools":    `{"name":"p","shared_code":"X","valid_until":"2026-06-30"}`,
		"POST /labels/{label}/connections":            `{"name":"c","network":"awin","publisher_ref":"12"}`,
		"PUT /connections/{connection}":               `{"name":"c","network":"awin","publisher_ref":"12"}`,
		"POST /connections/{connection}/conversions":  sold("T-9"),
		"POST /connections/{connection}/credentials":  `{"credentials":{"token":"aw-6f1c2b"}}`,
		"POST /connections/{connection}/redeem":       `{"code":"x"}`,
		"POST /connections/{connection}/mapping":      networkMapping,
		"POST /connections/{connection}/file":         `{"text":"Nummer;Status"}`,
		"POST /news/{news}/read":                      `{"read":true}`,
		"POST /labels/{label}/product-feeds":          `{"advertiser_id":1,"name":"f","feed_url":"https://zon.example/f"}`,
		"PUT /product-feeds/{product_feed}":           `{"name":"f","active":true,"mapping":` + feedMapping + `}`,
		"POST /product-feeds/{product_feed}/preview":  `{"mapping":` + feedMapping + `}`,
		"POST /product-feeds/{product_feed}/refresh":  `{"anyway":true}`,
		"POST /campaigns/{campaign}/products":         `{"product_id":1}`,
		"POST /product-picks/{product_pick}/keep":     `{"says":"{}","reason":"x"}`,
		"POST /listings/{listing}/answers":            `{"topic":"email","said":"unknown","may":true,"reason":"their terms say so"}`,
		"POST /labels/{label}/members/{member}/cases": caseFacts, "POST /cases/{case}/facts": caseFacts,
		"POST /cases/{case}/claim":                   `{"address":"claims@network.example","remark":"x"}`,
		"POST /cases/{case}/send":                    `{"remark":"x"}`,
		"POST /cases/{case}/clear":                   `{"taken":true}`,
		"POST /cases/{case}/decide":                  `{"granted":true,"answer":"x"}`,
		"POST /cases/{case}/close":                   `{"answer":"x"}`,
		"POST /connections/{connection}/claim-rule":  `{"address":"claims@network.example","within_days":30,"answer_days":14}`,
		"POST /labels/{label}/payments":              payment("2026-11"),
		"PUT /payments/{payment}":                    payment("2026-12"),
		"POST /conversions/{conversion}/assign":      `{"campaign_id":1,"send_id":1,"placement_key":"main","reason":"x"}`,
		"POST /campaigns/{campaign}/tracking-links":  `{"name":"shop","url":"https://shop.nl/","utm":true}`,
		"PUT /campaigns/{campaign}/creatives/{hash}": `{"alt":"x","source":"s","valid_from":"2026-01-01","valid_until":"2026-06-30"}`,
		"PUT /shared-caps":                           `{"caps":[{"scope":"all","days":7,"at_most":5}]}`,
		"POST /labels/{label}/members": `{"address":"a@x.nl","attributes":{"first_name":"Jan"},"source":"s","time_zone":"Europe/Amsterdam",
			"consents":[{"kind":"mail","given":true,"at":"2026-01-01T00:00:00Z","statement":"ja","version":"1","source":"s","form_url":"https://x.nl","ip":"192.0.2.1",
			"optin_mailed_at":"2026-01-01T00:00:00Z","confirmed_at":"2026-01-01T00:00:00Z","confirmed_ip":"192.0.2.1"}]}`,
		"POST /labels/{label}/members/find":                `{"address":"a@x.nl"}`,
		"PATCH /labels/{label}/members/{member}":           `{"attributes":{"first_name":"Jan"},"time_zone":"Europe/Amsterdam"}`,
		"PUT /labels/{label}/members/{member}/preferences": `{"off_topics":["travel"],"per_week":2}`,
		"PUT /labels/{label}/members/{member}/pause":       `{"until":"2027-01-01"}`,
		"PUT /labels/{label}/attributes/{name}":            `{"type":"text"}`,
		"PUT /labels/{label}/attributes/{name}/words":      `{"words":[{"value":"gold","nl":"Goud","de":"Gold","en":"Gold"}]}`,
		"PUT /labels/{label}/signup-form":                  `{"open":false,"mail":"x","tracking":"y","topics":[],"attributes":[]}`,
		"POST /labels/{label}/topics":                      `{"key":"travel","name":"Reizen"}`,
		"POST /labels/{label}/members/{member}/consents":   `{"kind":"tracking","given":false,"at":"2026-01-01T00:00:00Z","statement":"x","source":"s"}`,
		"POST /labels/{label}/members/{member}/suppress":   `{"reason":"manual","source":"s","everywhere":false}`,
		"POST /labels/{label}/members/{member}/lift":       `{"reason":"manual"}`,
		"POST /labels/{label}/members/{member}/erasure":    `{"reason":"r"}`,
		"POST /members/{member}/lift":                      `{"reason":"manual"}`,
		"POST /labels/{label}/segments":                    `{"name":"s","description":"d","rule":` + ruleBody + `}`,
		"PUT /segments/{segment}":                          `{"name":"s","description":"d","archived_at":null,"rule":` + ruleBody + `}`,
		"POST /labels/{label}/segments/count":              `{"rule":` + ruleBody + `}`,
		"POST /labels/{label}/segments/estimate":           `{"rule":` + ruleBody + `}`,
		"POST /labels/{label}/segments/sample":             `{"rule":` + ruleBody + `}`,
		"POST /labels/{label}/segments/explain":            `{"rule":` + ruleBody + `,"locale":"de"}`,
		"POST /labels/{label}/segments/overlap":            `{"a":{"random":{"percent":5,"seed":"s"}},"b":{"consent":"mail","given":true}}`,
		"POST /labels/{label}/audiences/waterfall":         `{"audience":` + audienceBody + `,"at":"2030-01-01T00:00:00Z"}`,
		"POST /labels/{label}/templates":                   `{"name":"t","format":"html","source":"<p>x</p>"}`,
		"PUT /templates/{template}":                        `{"name":"t","format":"mjml","source":"<p>x</p>","archived_at":"2026-01-01T00:00:00Z"}`,
		"POST /labels/{label}/series":                      `{"name":"s","after":"joined"}`,
		"PUT /series/{series}":                             `{"name":"s"}`,
		"POST /series/{series}/steps":                      `{"mailing_id":1}`,
		"POST /series/{series}/resume":                     `{"paused_at":"2026-01-01T00:00:00Z"}`,
		"POST /mailings/{mailing}/blocks":                  `{"name":"b","placement":"p1"}`,
		"PUT /blocks/{block}":                              `{"name":"b"}`,
		"POST /mailings/{mailing}/placements":              `{"block_id":1,"based_on":1}`,
		"POST /labels/{label}/mailings":                    `{"name":"m","kind":"solo"}`,
		"PUT /mailings/{mailing}":                          `{"name":"m"}`,
		"POST /mailings/{mailing}/submit":                  `{"revision_id":1,"checklist":["content"]}`,
		"POST /mailings/{mailing}/withdraw":                `{"reason":"r"}`,
		"PUT /labels/{label}/policies": `{"advertiser_id":1,"client_waivable":true,"lead_from":10,"drift_percent":5,"client_hours":1,
			"colleague_hours":1,"remind_hours":1,"attachments":true,"attachments_most":2,"attachments_bytes":1048576,"version":0}`,
		"POST /templates/{template}/approve":         `{"parts":["` + strings.Repeat("ab", 32) + `"]}`,
		"POST /segments/{segment}/approve":           `{"parts":["` + strings.Repeat("ab", 32) + `"]}`,
		"POST /campaigns/{campaign}/approve":         `{"parts":["` + strings.Repeat("ab", 32) + `"]}`,
		"POST /reviews/{review}/approve":             `{"digest":"` + strings.Repeat("ab", 32) + `"}`,
		"POST /reviews/{review}/request-changes":     `{"digest":"` + strings.Repeat("ab", 32) + `","reason":"r"}`,
		"POST /reviews/{review}/waive":               `{"reason":"r"}`,
		"POST /reviews/{review}/links":               `{"contact_id":1}`,
		"POST /revisions/{revision}/test":            `{"recipients":["planner@publisher.nl"],"variant":0,"member":1}`,
		"POST /sends/{send}/new-slot":                `{"slot":"2030-01-01T10:00"}`,
		"POST /sends/{send}/release":                 `{"held_reason":"drift"}`,
		"POST /sends/{send}/resume":                  `{"paused_at":"2026-01-01T00:00:00Z"}`,
		"POST /contacts/{contact}/vouch":             `{"email":"bo@zonvakantie.example"}`,
		"POST /advertisers/{advertiser}/resume":      `{"stopped_at":"2026-01-01T00:00:00Z"}`,
		"POST /sends/{send}/doubts/{member}/resolve": `{"how":"leave"}`,
		"POST /mailings/{mailing}/revisions":         revisionBody,
		"POST /labels/{label}/templates/check": `{"format":"html","source":"<p>{{placements}}</p>","subjects":[{"key":"a","text":"x","weight":1}],"preheader":"p",
			"placements":[{"key":"p1","campaign_id":1,"html":"<p>x</p>"}]}`,
		"POST /labels/{label}/campaigns": campaignBody,
		"POST /labels/{label}/requests": `{"kind":"task","title":"x","body":"y","assignee_id":2,"department":"","address":"",
			"due_on":"2030-01-01","about":"campaign","about_ref":"1"}`,
		"PUT /requests/{request}":           `{"kind":"task","title":"x","state":"done","department":"Studio","address":"s@x.nl"}`,
		"POST /requests/{request}/comments": `{"body":"x"}`,
		"PUT /campaigns/{campaign}":         campaignBody,
	}
}

const campaignBody = `{"label_id":1,"advertiser_id":1,"programme_id":1,"name":"C","valid_from":"2026-06-01","valid_until":"2026-06-30","currency":"EUR",
	"goals":{"clicks":1},"promised":{"delivered":1,"revenue_minor":1},"deals":[{"kind":"CPC","minor_units":12,"note":"n"},{"kind":"CPS","basis_points":5}]}`

const ruleBody = `{"all":[{"attribute":"first_name","op":"is","value":"x"},{"engagement":"clicked","mailing":1,"within_days":30,"at_least":2},
	{"not":{"membership":"joined","op":"after","value":"2026-01-01"}},{"conversion":"bought","advertiser":1,"value_at_least":{"minor":1,"currency":"EUR"}}]}`

const audienceBody = `{"segments":[{"id":0,"version":0,"name":"n","rule":{"all":[]}}],"exclude":[],"exclude_mailings":[1],"once_per_member":true,
	"topic":"travel","holdout_percent":1.5,"holdout_salt":"s","cap":10,"seed":"s"}`

const revisionBody = `{"based_on":1,"subjects":[{"key":"a","text":"x","weight":1}],"preheader":"p","sender_id":1,
	"template":{"id":1,"version":1,"format":"html","source":"<p>{{placements}}</p>"},
	"placements":[{"key":"p1","campaign_id":1,"creative":"00","width":1,"html":"<p>x</p>","heading":"h","text":"t","button":"b","url":"https://x.nl","voucher_pool_id":1}],
	"attachments":[{"hash":"00","name":"a.pdf"}],"audience":` + audienceBody + `,
	"schedule":{"kind":"once","at":"2030-01-01T10:00","cron":"0 10 * * *","from":"2030-01-01T10:00","until":"2031-01-01T10:00","step":{"after":"joined","days":3,"time":"10:00"},
	"member_local":true,"window":{"from":"08:00","until":"20:00"},"per_minute":10,"grace_minutes":60,"lapse_hours":48}}`

// nasty values, as JSON text. Few, since each stands in each place of each body.
func nasty() []string {
	return []string{`null`, `true`, `-1`, `4294967296`, `9223372036854775808`, `""`, `"\u0000\r\n💥"`, `"` + strings.Repeat("x", 5000) + `"`, `{}`, `[null]`}
}

// broken are bodies that are none.
func broken() []string {
	return []string{``, `{`, `{"name":"x"}{"name":"y"}`, "\xff\xfe", "{\"name\":\"\x00\"}", `nul`, `1e999`, `"\ud800"`, `{"unknown":1}`}
}

// huge bodies are read before anybody knows whose they are.
func huge() []string {
	return []string{strings.Repeat(`[`, 20_000), strings.Repeat(" ", rest.MaxBody+1)}
}

// fillForSweep fills the base and adds a user whom nothing is closed to; the
// sweep spoils another one.
func (d *desk) fillForSweep() {
	d.t.Helper()
	d.fillMailing(d.fill())
	d.ask("planner")
	d.sell("planner", 1)
	d.addUser("chief", accounts.User{Admin: true, Roles: map[labels.ID][]accounts.Role{d.label.ID: {accounts.Approver}}})
}

func TestBadBodiesGetAProblem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fillForSweep()
	d.report("planner", "T-1")
	d.claims("planner")
	bodies, swept := good(), map[string]string{"user": "2", "name": "first_name"}
	for i, o := range d.described() {
		if o.RequestBody == nil {
			continue
		}
		headers := []string{"If-Match", "*"}
		for kind := range o.RequestBody.Content {
			headers = append(headers, "Content-Type", kind)
		}
		wrong := broken()
		if i%16 == 0 {
			wrong = append(wrong, huge()...)
		}
		text, known := bodies[o.method+" "+o.path]
		if !known { // in place of the whole, too, where something is spoiled
			wrong = append(wrong, nasty()...)
		}
		for _, body := range wrong {
			d.mustCope(o, o.address(swept), body, headers...)
		}
		for _, kind := range []string{"text/plain", "multipart/form-data", "application/json; charset=utf-16", ";;;"} {
			d.mustCope(o, o.address(swept), `{}`, "Content-Type", kind, "If-Match", "*")
		}
		if !known {
			continue
		}
		delete(bodies, o.method+" "+o.path)
		for _, value := range nasty() {
			for _, spoiled := range spoil(t, text, value) {
				d.mustCope(o, o.address(swept), spoiled, headers...)
			}
		}
		// Last, the good one itself: what is swept must have been good but for the spoiling.
		if got := d.call("chief", o.method, o.address(swept), text, headers...); got.status == http.StatusBadRequest || got.status >= 500 {
			t.Errorf("%s %s: %d %s", o.method, o.path, got.status, got.body)
		}
	}
	for operation := range bodies {
		t.Errorf("%s isn't an operation", operation)
	}
}

// spoil returns text once for each value in it, with that one replaced.
func spoil(t *testing.T, text, value string) []string {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	var found []string
	var walk func(at any, set func(any))
	walk = func(at any, set func(any)) {
		set(json.RawMessage(value))
		spoiled, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, string(spoiled))
		set(at)
		switch at := at.(type) {
		case map[string]any:
			for key, inner := range at {
				walk(inner, func(v any) { at[key] = v })
			}
		case []any:
			for i, inner := range at {
				walk(inner, func(v any) { at[i] = v })
			}
		}
	}
	walk(doc, func(v any) { doc = v })
	return found
}

func TestBadAddressesGetAProblem(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fillForSweep()
	for _, o := range d.described() {
		for _, p := range o.Parameters {
			for _, value := range []string{"0", "-1", "abc", "1.5", "99999999999999999999", "9223372036854775807", "2147483648", "%00",
				"%ff", "%2e%2e", "%F0%9F%92%A5", strings.Repeat("9", 5000)} {
				switch p.In {
				case "path":
					d.mustCope(o, o.address(map[string]string{p.Name: value}), "")
				case "query":
					d.mustCope(o, o.address(nil)+"?"+p.Name+"="+value, "")
				case "header":
					d.mustCope(o, o.address(nil), "{}", p.Name, value)
				}
			}
		}
		d.mustCope(o, o.address(nil)+"?unknown=1&%00=%ff&;", "")
	}
	for _, c := range [][2]string{{"GET", "/nowhere"}, {"PATCH", "/labels"}, {"BREW", "/labels"}, {"GET", "/labels/"},
		{"GET", "//labels"}} {
		got := d.call("admin", c[0], c[1], nil)
		if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed && got.status/100 != 3 {
			t.Errorf("%s %s: %d", c[0], c[1], got.status)
		}
	}
}

// mustCope fails the test if a call is answered with a 5xx, or with a 4xx that
// isn't a problem.
func (d *desk) mustCope(o described, address, body string, headers ...string) {
	d.t.Helper()
	got := d.call("chief", o.method, address, body, headers...)
	short := body
	if len(short) > 300 {
		short = short[:300] + "…"
	}
	if got.status >= 500 {
		d.t.Errorf("%s %s with %q %q: %d %s\n%s", o.method, address, short, headers, got.status, got.body, d.logged)
		d.logged.Reset()
		return
	}
	if got.status < 400 {
		return
	}
	var p huma.ErrorModel
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || p.Status != got.status || p.Detail == "" ||
		got.header.Get("Content-Type") != "application/problem+json" {
		d.t.Errorf("%s %s with %q: %d isn't a problem: %s", o.method, address, short, got.status, got.body)
	}
	for _, e := range p.Errors {
		if e.Value != nil {
			d.t.Errorf("%s %s echoes %v", o.method, address, e.Value)
		}
	}
}

func TestProblemsNameTheField(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	got := d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", "/advertisers", `{"name":"","category":"Reizen!"}`), nil)
	var p huma.ErrorModel
	if err := json.Unmarshal([]byte(got.body), &p); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range p.Errors {
		paths = append(paths, e.Location)
	}
	if fmt.Sprint(paths) != "[body.name body.category]" || p.Title != "Unprocessable Entity" {
		t.Errorf("%s", got.body)
	}
}
