package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"keur/accounts"
	"keur/internal/pgtest"
	"keur/labels"
)

// scoped says which operations take another scope than read. All that isn't
// here must change nothing.
func scoped() map[accounts.Scope][]string {
	return map[accounts.Scope][]string{
		accounts.ScopePlan: {
			"POST /labels/{label}/members", "PATCH /labels/{label}/members/{member}", "PUT /labels/{label}/members/{member}/preferences",
			"PUT /labels/{label}/members/{member}/pause", "DELETE /labels/{label}/members/{member}/pause",
			"POST /labels/{label}/members/{member}/consents", "POST /labels/{label}/members/{member}/suppress",
			"POST /labels/{label}/members/{member}/lift", "POST /labels/{label}/members/{member}/erasure",
			"POST /erasures/{erasure}/withdraw", "POST /labels/{label}/imports",
			"POST /labels/{label}/suppressions/import", "POST /labels/{label}/members/{member}/address",
			"PUT /labels/{label}/attributes/{name}/words",
			"PUT /labels/{label}/attributes/{name}", "DELETE /labels/{label}/attributes/{name}",
			"POST /labels/{label}/topics",
			"POST /advertisers", "PUT /advertisers/{advertiser}", "POST /advertisers/{advertiser}/stop",
			"POST /advertisers/{advertiser}/programmes", "PUT /programmes/{programme}",
			"POST /advertisers/{advertiser}/contacts", "PUT /contacts/{contact}", "POST /creatives",
			"POST /labels/{label}/attachments", "GET /mailings/{mailing}/attachments/{number}",
			"POST /labels/{label}/campaigns", "PUT /campaigns/{campaign}", "PUT /campaigns/{campaign}/creatives/{hash}",
			"POST /targets/{target}/check",
			"POST /campaigns/{campaign}/tracking-links", "DELETE /campaigns/{campaign}/tracking-links/{tracking_link}",
			"DELETE /campaigns/{campaign}/creatives/{hash}", "POST /campaigns/{campaign}/voucher-pools", "POST /voucher-pools/{pool}/codes",
			"POST /labels/{label}/segments", "PUT /segments/{segment}", "POST /labels/{label}/templates", "PUT /templates/{template}",
			"POST /labels/{label}/series", "PUT /series/{series}", "POST /series/{series}/steps", "DELETE /series/{series}/steps/{mailing}",
			"POST /series/{series}/pause", "POST /series/{series}/end",
			"POST /labels/{label}/mailings", "PUT /mailings/{mailing}", "POST /mailings/{mailing}/cancel",
			"POST /mailings/{mailing}/blocks", "PUT /blocks/{block}", "DELETE /blocks/{block}", "POST /mailings/{mailing}/placements",
			"POST /mailings/{mailing}/revisions", "GET /mailings/{mailing}/faces/{number}", "POST /mailings/{mailing}/submit",
			"POST /mailings/{mailing}/withdraw", "POST /reviews/{review}/remind", "POST /reviews/{review}/links",
			"DELETE /reviews/{review}/links/{link}",
			"POST /connections/{connection}/conversions", "POST /conversions/{conversion}/assign",
			"POST /connections/{connection}/mapping", "POST /connections/{connection}/file",
			"POST /connections/{connection}/programmes", "POST /listings/{listing}/answers", "POST /news/{news}/read",
			"POST /labels/{label}/product-feeds", "PUT /product-feeds/{product_feed}", "DELETE /product-feeds/{product_feed}",
			"POST /product-feeds/{product_feed}/refresh", "POST /campaigns/{campaign}/products",
			"POST /product-picks/{product_pick}/keep",
			"POST /labels/{label}/members/{member}/cases", "POST /cases/{case}/files", "POST /cases/{case}/facts",
			"POST /cases/{case}/send", "POST /cases/{case}/clear",
			"POST /cases/{case}/claim", "POST /cases/{case}/decide", "POST /cases/{case}/close", "POST /cases/{case}/reopen",
			"POST /cases/{case}/tell", "POST /connections/{connection}/claim-rule", "POST /labels/{label}/payments",
			"PUT /payments/{payment}",
			"POST /labels/{label}/requests", "PUT /requests/{request}", "POST /requests/{request}/comments",
			"POST /requests/{request}/files",
			"POST /sends/{send}/pause", "POST /sends/{send}/cancel",
		},
		accounts.ScopeSendTest: {"POST /revisions/{revision}/test"},
		accounts.ScopeApprove: {
			"GET /reviews/{review}/faces/{number}", "GET /reviews/{review}/attachments/{number}",
			"POST /reviews/{review}/approve", "POST /reviews/{review}/request-changes",
			"POST /reviews/{review}/waive", "POST /sends/{send}/release", "POST /sends/{send}/new-slot", "POST /sends/{send}/resume",
			"POST /series/{series}/resume",
			"POST /advertisers/{advertiser}/resume", "POST /advertisers/{advertiser}/contact-changes/{change}/{verdict}",
			"POST /contacts/{contact}/vouch", "POST /changes/{change}/confirm", "POST /changes/{change}/refuse",
			"POST /erasures/{erasure}/approve", "POST /erasures/{erasure}/refuse",
			"POST /templates/{template}/approve", "POST /segments/{segment}/approve", "POST /campaigns/{campaign}/approve",
			"POST /me/deputies", "DELETE /me/deputies/{absence}", "POST /sends/{send}/doubts/{member}/resolve",
			"POST /suppressions/unfounded/lift", "POST /bounce-trays/{tray}/decide",
		},
		accounts.ScopeAdmin: {
			"POST /labels/{label}/connections", "PUT /connections/{connection}", "POST /connections/{connection}/postback",
			"POST /connections/{connection}/credentials", "POST /connections/{connection}/try",
			"POST /connections/{connection}/authorize", "POST /connections/{connection}/redeem",
			"POST /labels", "PUT /labels/{label}", "PUT /labels/{label}/signup-form",
			"PUT /shared-caps", "POST /routes", "PUT /routes/{route}",
			"POST /users", "PUT /users/{user}", "POST /users/{user}/disable", "POST /users/{user}/enable",
			"POST /users/{user}/lift-cooling", "POST /changes/{change}/withdraw",
			"POST /labels/{label}/dkim-keys", "POST /labels/{label}/records/check",
			"POST /dkim-keys/{key}/activate", "POST /dkim-keys/{key}/retire",
			"PUT /labels/{label}/policies", "DELETE /labels/{label}/policies/{advertiser}", "POST /members/{member}/lift",
			"POST /members/{member}/address",
			"POST /webhooks", "PUT /webhooks/{webhook}", "DELETE /webhooks/{webhook}", "POST /webhooks/{webhook}/enable",
			"POST /webhooks/{webhook}/rotate", "POST /webhooks/{webhook}/try", "POST /webhooks/{webhook}/replay",
			"POST /webhooks/{webhook}/messages/{message}/replay",
			"PUT /mail-providers/{provider}", "DELETE /mail-providers/{provider}", "POST /mail-providers/{provider}/stop",
			"POST /mail-providers/{provider}/resume", "PUT /mail-rules", "DELETE /mail-rules",
			"PUT /warmups/{domain}", "DELETE /warmups/{domain}",
		},
		accounts.ScopeRead: { // asked with a body, or told by a leaked token of itself
			"POST /audit/verify", "POST /labels/{label}/segments/count", "POST /labels/{label}/segments/estimate",
			"POST /labels/{label}/segments/overlap", "POST /labels/{label}/segments/explain", "POST /labels/{label}/segments/sample",
			"POST /mail-rules/hit",
			"POST /labels/{label}/audiences/waterfall", "POST /labels/{label}/templates/check", "POST /labels/{label}/members/find",
			"POST /product-feeds/{product_feed}/preview",
			"DELETE /me/tokens/{token}",
		},
	}
}

// TestEveryOperationTakesItsScope calls each operation that the API describes
// with a token that has all scopes but its own, and with one that has it alone.
func TestEveryOperationTakesItsScope(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	everything := []accounts.Role{accounts.Planner, accounts.Approver, accounts.Finance, accounts.Viewer}
	u := d.addUser("boss", accounts.User{Admin: true, Roles: map[labels.ID][]accounts.Role{d.label.ID: everything}})
	for _, scope := range accounts.AllScopes() {
		others := slices.DeleteFunc(accounts.AllScopes(), func(s accounts.Scope) bool { return s == scope })
		d.addToken("only "+string(scope), u, accounts.Scopes{scope})
		d.addToken("all but "+string(scope), u, others)
	}
	takes := map[string]accounts.Scope{}
	for scope, operations := range scoped() {
		for _, name := range operations {
			takes[name] = scope
		}
	}
	for _, o := range d.described() {
		name := o.method + " " + o.path
		scope, said := takes[name]
		delete(takes, name)
		if !said {
			scope = accounts.ScopeRead
			if o.method != http.MethodGet {
				t.Errorf("it isn't said which scope %s takes", name)
				continue
			}
		}
		if len(o.Security) != 1 || !slices.Equal(o.Security[0]["token"], []string{string(scope)}) ||
			!strings.Contains(o.Description, "with the scope "+string(scope)) {
			t.Errorf("%s takes %s, and is described by %v: %s", name, scope, o.Security, o.Description)
		}
		lacks := "this token lacks the scope " + string(scope)
		address := o.address(map[string]string{"user": "999", "token": "999"}) // nobody is locked out on the way
		got := d.call("all but "+string(scope), o.method, address, nil)
		if got.status != http.StatusForbidden || !strings.Contains(got.body, lacks) {
			t.Errorf("%s without %s: %d %s", name, scope, got.status, got.body)
		}
		if got := d.call("only "+string(scope), o.method, address, nil); strings.Contains(got.body, "lacks the scope") {
			t.Errorf("%s with %s alone: %d %s", name, scope, got.status, got.body)
		}
	}
	for name := range takes {
		t.Errorf("%s isn't an operation", name)
	}
}

// addToken gives the user a token by which name calls.
func (d *desk) addToken(name string, u accounts.User, scopes accounts.Scopes) accounts.APIToken {
	d.t.Helper()
	plain, token, err := d.deps.Tokens.Create(pgtest.Acting(d.t.Context(), u.ID.Actor()), u.ID, accounts.Grant{Name: name, Scopes: scopes})
	if err != nil {
		d.t.Fatal(err)
	}
	d.tokens[name] = plain
	return token
}
