package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/accounts"
	"keur/labels"
	"keur/mailings/blocks"
)

// rights is who may call what: every operation of the API stands here once.
type rights struct {
	may        string // users, by the name of their role
	bound      bool   // to one label, of which others see nothing
	operations []string
}

func allRights() []rights {
	const everyone, planners = "admin planner approver finance viewer stranger", "admin planner"
	return []rights{
		{everyone + " member_service", false, []string{
			"GET /me", "GET /me/tokens", "DELETE /me/tokens/{token}",
			"GET /me/deputies", "POST /me/deputies", "DELETE /me/deputies/{absence}", "GET /labels", "GET /shared-caps",
			"GET /template-starters",
		}},
		{everyone, false, []string{ // who may look at some label
			"GET /advertisers", "GET /advertisers/{advertiser}", "GET /programmes/{programme}", "GET /contacts",
			"GET /reviews", "GET /sends", "GET /outcomes", "GET /outcomes.csv",
		}},
		{"admin planner stranger", false, []string{ // planners of any label
			"POST /advertisers", "POST /creatives",
		}},
		{"admin", false, []string{
			"POST /labels", "PUT /shared-caps", "GET /routes", "POST /routes", "GET /routes/{route}", "PUT /routes/{route}",
			"GET /users", "POST /users", "GET /users/{user}", "PUT /users/{user}", "POST /users/{user}/disable",
			"POST /users/{user}/enable", "POST /users/{user}/lift-cooling",
			"GET /changes", "GET /changes/{change}", "POST /changes/{change}/confirm", "POST /changes/{change}/refuse",
			"POST /changes/{change}/withdraw", "GET /audit", "POST /audit/verify",
			"GET /suppressions/unfounded", "POST /suppressions/unfounded/lift", "GET /bounce-trays",
			"GET /provider-limits", "GET /mail-providers", "PUT /mail-providers/{provider}", "DELETE /mail-providers/{provider}",
			"GET /mail-providers/{provider}/state", "POST /mail-providers/{provider}/stop", "POST /mail-providers/{provider}/resume",
			"GET /mail-rules", "PUT /mail-rules", "DELETE /mail-rules", "POST /mail-rules/hit",
			"GET /warmups", "PUT /warmups/{domain}", "DELETE /warmups/{domain}",
			"GET /webhooks", "POST /webhooks", "GET /webhooks/{webhook}", "PUT /webhooks/{webhook}", "DELETE /webhooks/{webhook}",
			"GET /webhooks/{webhook}/health", "POST /webhooks/{webhook}/enable", "POST /webhooks/{webhook}/rotate",
			"POST /webhooks/{webhook}/try", "POST /webhooks/{webhook}/replay", "GET /webhooks/{webhook}/messages",
			"GET /webhooks/{webhook}/messages/{message}", "POST /webhooks/{webhook}/messages/{message}/replay",
			"POST /bounce-trays/{tray}/decide",
		}},
		{"admin", true, []string{
			"GET /labels/{label}/signup-form", "PUT /labels/{label}/signup-form", "GET /labels/{label}/signup-form/texts",
			"PUT /labels/{label}", "POST /labels/{label}/dkim-keys", "POST /labels/{label}/records/check", "PUT /labels/{label}/policies",
			"DELETE /labels/{label}/policies/{advertiser}",
			"POST /labels/{label}/connections", "PUT /connections/{connection}", "POST /connections/{connection}/postback",
			"POST /connections/{connection}/credentials", "POST /connections/{connection}/try",
			"POST /connections/{connection}/authorize", "POST /connections/{connection}/redeem",
			"POST /dkim-keys/{key}/activate", "POST /dkim-keys/{key}/retire", "POST /members/{member}/lift",
			"POST /members/{member}/address", "GET /members/{member}/export",
		}},
		{"admin planner approver finance viewer", true, []string{
			"GET /labels/{label}", "GET /labels/{label}/records",
			"GET /labels/{label}/dkim-keys", "GET /labels/{label}/attributes", "GET /labels/{label}/topics",
			"GET /labels/{label}/policies",
			"GET /contacts/{contact}", "GET /creatives/{hash}",
			"GET /labels/{label}/campaigns", "GET /campaigns/{campaign}", "GET /campaigns/{campaign}/creatives",
			"GET /campaigns/{campaign}/tracking-links",
			"GET /labels/{label}/targets", "GET /targets/{target}", "GET /targets/{target}/days",
			"GET /labels/{label}/creatives",
			"GET /labels/{label}/attachments", "GET /labels/{label}/attachments/{hash}",
			"GET /campaigns/{campaign}/voucher-pools", "GET /voucher-pools/{pool}",
			"GET /labels/{label}/segments", "GET /segments/{segment}", "GET /segments/{segment}/versions",
			"GET /segments/{segment}/versions/{version}",
			"POST /labels/{label}/segments/count", "POST /labels/{label}/segments/estimate", "POST /labels/{label}/segments/overlap",
			"POST /labels/{label}/segments/explain", "POST /labels/{label}/audiences/waterfall",
			"GET /labels/{label}/templates", "POST /labels/{label}/templates/check", "GET /templates/{template}",
			"GET /templates/{template}/versions", "GET /templates/{template}/versions/{version}",
			"GET /labels/{label}/mailings", "GET /mailings/{mailing}", "GET /mailings/{mailing}/revisions",
			"GET /labels/{label}/series", "GET /series/{series}", "GET /series/{series}/steps",
			"GET /labels/{label}/blocks", "GET /blocks/{block}", "GET /labels/{label}/attributes/{name}/words",
			"GET /mailings/{mailing}/waterfall", "GET /mailings/{mailing}/outlook",
			"GET /mailings/{mailing}/rounds", "GET /mailings/{mailing}/deciders",
			"GET /templates/{template}/parts", "GET /segments/{segment}/parts", "GET /campaigns/{campaign}/parts",
			"GET /mailings/{mailing}/sends",
			"GET /revisions/{revision}", "GET /revisions/{revision}/lint", "GET /revisions/{revision}/links",
			"GET /revisions/{revision}/preview",
			"GET /rounds/{round}", "GET /rounds/{round}/certificate", "GET /rounds/{round}/certificate.pdf",
			"GET /reviews/{review}", "GET /reviews/{review}/links", "GET /reviews/{review}/faces", "GET /reviews/{review}/faces/{number}",
			"GET /mailings/{mailing}/faces", "GET /mailings/{mailing}/faces/{number}",
			"GET /mailings/{mailing}/attachments/{number}", "GET /reviews/{review}/attachments/{number}",
			"GET /labels/{label}/sends", "GET /sends/{send}", "GET /sends/{send}/progress",
			"GET /labels/{label}/outcomes", "GET /labels/{label}/outcomes.csv", "GET /labels/{label}/breakdown",
			"GET /labels/{label}/breakdown.csv",
			"GET /labels/{label}/connections", "GET /connections/{connection}", "GET /connections/{connection}/polling",
			"GET /connections/{connection}/mapping", "GET /labels/{label}/listings", "GET /listings/{listing}",
			"GET /listings/{listing}/terms", "GET /listings/{listing}/answers", "GET /labels/{label}/items", "GET /items/{item}",
			"GET /labels/{label}/product-feeds", "GET /product-feeds/{product_feed}", "GET /product-feeds/{product_feed}/refresh",
			"GET /labels/{label}/products", "GET /products/{product}", "GET /campaigns/{campaign}/products",
			"GET /labels/{label}/news", "GET /news/{news}", "POST /news/{news}/read",
			"GET /labels/{label}/earnings", "GET /labels/{label}/undecided",
		}},
		{"admin planner approver finance viewer member_service", true, []string{ // what colleagues ask of each other
			"GET /labels/{label}/requests", "POST /labels/{label}/requests", "GET /labels/{label}/departments",
			"GET /requests/{request}", "PUT /requests/{request}", "GET /requests/{request}/comments",
			"POST /requests/{request}/comments", "GET /requests/{request}/files", "POST /requests/{request}/files",
			"GET /requests/{request}/files/{file}",
		}},
		{"admin planner approver finance", true, []string{ // what shows a sale
			"GET /labels/{label}/conversions", "GET /conversions/{conversion}", "GET /conversions/{conversion}/history",
			"GET /conversions/{conversion}/likely",
		}},
		{"admin planner finance", true, []string{
			"POST /connections/{connection}/conversions", "POST /conversions/{conversion}/assign",
			"POST /connections/{connection}/mapping", "POST /connections/{connection}/file",
		}},
		{planners + " member_service", true, []string{ // what answers one member
			"GET /labels/{label}/members/{member}/events",
			"POST /labels/{label}/members/find",
			"GET /labels/{label}/members/{member}",
			"GET /labels/{label}/members/{member}/preferences",
			"PUT /labels/{label}/members/{member}/preferences",
			"PUT /labels/{label}/members/{member}/pause", "DELETE /labels/{label}/members/{member}/pause",
			"GET /labels/{label}/members/{member}/consents",
			"GET /labels/{label}/members/{member}/suppressions",
			"POST /labels/{label}/members/{member}/suppress",
			"POST /labels/{label}/members/{member}/lift",
			"POST /labels/{label}/members/{member}/erasure",
			"GET /labels/{label}/erasures",
			"GET /erasures/{erasure}",
			"POST /erasures/{erasure}/withdraw",
			"POST /erasures/{erasure}/refuse",
			"POST /erasures/{erasure}/approve",
			"POST /labels/{label}/members/{member}/address",
			"GET /labels/{label}/members/{member}/former-addresses",
			"GET /labels/{label}/cases", "POST /labels/{label}/members/{member}/cases", "GET /cases/{case}", "GET /cases/{case}/known",
			"GET /cases/{case}/steps", "GET /cases/{case}/files", "POST /cases/{case}/files", "POST /cases/{case}/facts",
			"GET /cases/{case}/claims", "POST /cases/{case}/send", "POST /cases/{case}/clear",
			"POST /cases/{case}/claim", "POST /cases/{case}/decide", "POST /cases/{case}/close", "POST /cases/{case}/reopen",
			"POST /cases/{case}/tell",
		}},
		{planners, true, []string{"GET /labels/{label}/claim-rules", "POST /connections/{connection}/claim-rule"}},
		{"admin finance", true, []string{
			"GET /labels/{label}/payments", "POST /labels/{label}/payments", "GET /payments/{payment}", "PUT /payments/{payment}",
			"GET /labels/{label}/balances", "GET /labels/{label}/owed",
		}},
		{planners, true, []string{ // what shows a member, and what makes a mailing
			"GET /labels/{label}/members",
			"POST /labels/{label}/members",
			"PATCH /labels/{label}/members/{member}",
			"POST /labels/{label}/members/{member}/consents",
			"POST /labels/{label}/suppressions/import", "POST /labels/{label}/imports", "GET /labels/{label}/imports",
			"GET /labels/{label}/imports/{import}",
			"GET /labels/{label}/imports/{import}/rejects",
			"PUT /labels/{label}/attributes/{name}/words",
			"PUT /labels/{label}/attributes/{name}", "DELETE /labels/{label}/attributes/{name}",
			"POST /labels/{label}/topics",
			"PUT /advertisers/{advertiser}", "GET /advertisers/{advertiser}/stop",
			"POST /advertisers/{advertiser}/stop", "POST /advertisers/{advertiser}/resume",
			"POST /advertisers/{advertiser}/programmes", "PUT /programmes/{programme}",
			"POST /advertisers/{advertiser}/contacts", "PUT /contacts/{contact}", "POST /contacts/{contact}/vouch",
			"POST /labels/{label}/attachments",
			"POST /labels/{label}/product-feeds", "PUT /product-feeds/{product_feed}", "DELETE /product-feeds/{product_feed}",
			"POST /product-feeds/{product_feed}/preview", "POST /product-feeds/{product_feed}/refresh",
			"POST /campaigns/{campaign}/products",
			"POST /labels/{label}/campaigns", "PUT /campaigns/{campaign}", "PUT /campaigns/{campaign}/creatives/{hash}",
			"POST /targets/{target}/check",
			"POST /campaigns/{campaign}/tracking-links", "DELETE /campaigns/{campaign}/tracking-links/{tracking_link}",
			"DELETE /campaigns/{campaign}/creatives/{hash}", "POST /campaigns/{campaign}/voucher-pools", "POST /voucher-pools/{pool}/codes",
			"POST /labels/{label}/segments", "PUT /segments/{segment}", "POST /labels/{label}/segments/sample",
			"POST /labels/{label}/templates", "PUT /templates/{template}",
			"POST /labels/{label}/series", "PUT /series/{series}", "POST /series/{series}/steps", "DELETE /series/{series}/steps/{mailing}",
			"POST /series/{series}/end",
			"POST /labels/{label}/mailings", "PUT /mailings/{mailing}", "POST /mailings/{mailing}/cancel",
			"POST /mailings/{mailing}/revisions", "POST /mailings/{mailing}/placements",
			"POST /mailings/{mailing}/blocks", "PUT /blocks/{block}", "DELETE /blocks/{block}",
			"POST /mailings/{mailing}/submit", "GET /revisions/{revision}/preview/{member}",
			"POST /reviews/{review}/links", "DELETE /reviews/{review}/links/{link}", "POST /connections/{connection}/programmes",
		}},
		{"admin planner approver", true, []string{"POST /listings/{listing}/answers", "POST /product-picks/{product_pick}/keep"}},
		{"admin planner approver", true, []string{ // whoever may stop
			"GET /advertisers/{advertiser}/contact-changes", "POST /advertisers/{advertiser}/contact-changes/{change}/{verdict}",
			"POST /reviews/{review}/waive",
			"POST /mailings/{mailing}/withdraw", "POST /reviews/{review}/remind", "POST /revisions/{revision}/test",
			"POST /sends/{send}/pause", "POST /sends/{send}/resume", "POST /series/{series}/pause", "POST /series/{series}/resume",
			"POST /sends/{send}/cancel", "GET /sends/{send}/doubts", "POST /sends/{send}/doubts/{member}/resolve",
		}},
		{"approver", true, []string{ // an admin without the role is no approver
			"POST /templates/{template}/approve", "POST /segments/{segment}/approve", "POST /campaigns/{campaign}/approve",
			"POST /reviews/{review}/approve", "POST /reviews/{review}/request-changes",
			"POST /sends/{send}/release", "POST /sends/{send}/new-slot",
		}},
	}
}

// TestWhoMayCall calls each operation with each role, and looks only at whether
// the call was let through.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	path, _ := o.approved()
	o.tick(path, slotAt.Add(-time.Hour))
	for address, body := range map[string]string{
		"/labels/1/segments":         `{"name":"iedereen","rule":{"all":[]}}`,
		"/labels/1/templates":        `{"name":"t","format":"html","source":"<p>x</p>"}`,
		"/labels/1/series":           `{"name":"Welkom","after":"joined"}`,
		"/campaigns/1/voucher-pools": `{"name":"zomer"}`, "/labels/1/members/1/erasure": `{"reason":"per brief"}`,
		"/advertisers/1/programmes": `{"network":"direct","ref":"77","live":true,"email_allowed":true}`,
	} {
		o.want(http.StatusCreated, o.call("Mara", "POST", address, body), nil)
	}
	for _, role := range []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Service, accounts.Viewer} {
		o.addUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{o.Label.ID: {role}}})
	}
	o.addUser("stranger", accounts.User{Roles: map[labels.ID][]accounts.Role{o.addLabel("shop-de").ID: {accounts.Planner}}})

	o.want(http.StatusCreated, o.call("admin", "POST", "/labels/1/dkim-keys", `{"domain":"shop.nl","selector":"keur2026"}`), nil)
	o.report("Mara", "T-1")
	o.claims("Mara")
	o.ask("Mara")
	o.live()
	o.attach(1, 7)
	o.sell("Mara", 1)
	known := map[string]described{}
	for _, operation := range o.described() {
		known[operation.method+" "+operation.path] = operation
	}
	for _, r := range allRights() {
		for _, name := range r.operations {
			operation, is := known[name]
			if !is {
				t.Errorf("%s isn't an operation, or stands here twice", name)
				continue
			}
			delete(known, name)
			o.checkRights(r, operation)
		}
	}
	for name := range known {
		t.Errorf("it isn't said who may call %s", name)
	}
}

// checkRights calls an operation as each user, those who may not first, as the
// others may change what it is about.
func (o *office) checkRights(r rights, operation described) {
	o.t.Helper()
	ids := map[string]string{}
	for _, p := range operation.Parameters {
		ids[p.Name] = "1"
		if p.Name == "hash" {
			ids[p.Name] = o.anyImage()
			continue
		}
		if !r.bound {
			ids[p.Name] = "999" // so that nothing happens to what other calls need
		}
	}
	for _, user := range []string{"stranger", "viewer", "finance", "member_service", "approver", "planner", "admin"} {
		want := "let through"
		switch {
		case slices.Contains(strings.Fields(r.may), user):
		case r.bound && user == "stranger":
			want = "hidden"
		default:
			want = "forbidden"
		}
		if _, of := ids["block"]; of {
			ids["block"] = o.keepBlock(operation.method + " as " + user)
		}
		if _, of := ids["product_feed"]; of && operation.method == http.MethodDelete {
			ids["product_feed"] = o.addFeed("Mara", 1, "of "+user)
		}
		got := o.call(user, operation.method, operation.address(ids), nil, "If-Match", "*")
		if said := treated(got); said != want {
			o.t.Errorf("%s %s as %s: %s (%d), want %s", operation.method, operation.path, user, said, got.status, want)
		}
	}
}

// keepBlock saves a block anew, since one that is removed isn't there for the next.
func (o *office) keepBlock(name string) (id string) {
	o.t.Helper()
	var b blocks.Block
	o.want(http.StatusCreated, o.call("Mara", "POST", "/mailings/1/blocks", fmt.Sprintf(`{"name":%q,"placement":"zon"}`, name)), &b)
	return fmt.Sprint(b.ID)
}

// anyImage is one that a campaign of the office uses.
func (o *office) anyImage() (hash string) {
	o.t.Helper()
	if err := o.DB.Get(&hash, `SELECT encode(hash, 'hex') FROM campaign_creatives LIMIT 1`); err != nil {
		o.t.Fatal(err)
	}
	return hash
}

// treated says how a call was answered, by what it says there and
// nowhere else.
func treated(got reply) string {
	said := fmt.Sprintf("%d %s", got.status, got.body)
	switch {
	case got.status == http.StatusForbidden && (strings.Contains(said, "this takes the role") ||
		strings.Contains(said, "only an admin may")):
		return "forbidden"
	case got.status == http.StatusNotFound && strings.Contains(said, "this doesn't exist, or not for you"):
		return "hidden"
	}
	return "let through"
}
