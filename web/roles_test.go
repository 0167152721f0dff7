package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"keur/web"
	"keur/web/desk"
	"keur/web/webtest"
)

// Those who look at a label's things, and those who plan for it.
const (
	lookers  = "admin planner approver finance viewer"
	planners = "admin planner"
	servers  = "admin planner member_service" // of members
	askers   = lookers + " member_service"    // of colleagues, by requests
)

// mayEnter is the table of who may take which route; "all" is every user,
// whatever their roles, and "anyone" also who isn't signed in.
var mayEnter = withAttachments(withMailProviders(withSeries(withBlocks(withSpelling(withWebhooks(withMoney(map[string]string{
	"GET /signin":   "anyone",
	"POST /signin":  "anyone",
	"POST /signout": "all",

	"GET /signin/code":                    "anyone",
	"POST /signin/code":                   "anyone",
	"GET /signin/forgotten":               "anyone",
	"POST /signin/forgotten":              "anyone",
	"GET /signin/reset/:token":            "anyone",
	"POST /signin/reset/:token":           "anyone",
	"GET /signin/passkey":                 "anyone",
	"POST /signin/passkey":                "anyone",
	"GET /signin/oidc/:provider":          "anyone",
	"GET /signin/oidc/:provider/callback": "anyone",
	"POST /proof":                         "all",
	"GET /proof/oidc/:provider":           "all",

	"GET /settings/changes":                           "admin",
	"POST /settings/changes/:change/:act":             "admin",
	"GET /settings/routes":                            "admin",
	"GET /settings/routes/new":                        "admin",
	"POST /settings/routes/new":                       "admin",
	"GET /settings/routes/:route":                     "admin",
	"POST /settings/routes/:route":                    "admin",
	"POST /settings/routes/:route/test":               "admin",
	"GET /settings/networks":                          "admin",
	"GET /settings/networks/new":                      "admin",
	"POST /settings/networks/new":                     "admin",
	"GET /settings/networks/:connection":              "admin",
	"POST /settings/networks/:connection":             "admin",
	"POST /settings/networks/:connection/credentials": "admin",
	"POST /settings/networks/:connection/try":         "admin",
	"POST /settings/networks/:connection/authorize":   "admin",
	"POST /settings/networks/:connection/redeem":      "admin",
	"POST /settings/networks/:connection/postback":    "admin",
	"GET /settings/policies":                          "admin",
	"GET /settings/policies/:label":                   "admin",
	"POST /settings/policies/:label":                  "admin",
	"POST /settings/policies/:label/remove":           "admin",
	"GET /settings/providers":                         "admin",
	"GET /settings/providers/new":                     "admin",
	"POST /settings/providers/new":                    "admin",
	"GET /settings/providers/:provider":               "admin",
	"POST /settings/providers/:provider":              "admin",
	"GET /settings/bounces":                           "admin",
	"POST /settings/bounces/:tray/:state":             "admin",
	"GET /settings/keys":                              "admin",
	"POST /settings/keys":                             "admin",
	"GET /settings/audit":                             "admin",
	"GET /settings/audit/verify":                      "admin",
	"GET /settings/audit/verify/live":                 "admin",
	"GET /settings/dkim":                              "admin",
	"POST /settings/dkim":                             "admin",
	"POST /settings/dkim/:dkim/activate":              "admin",
	"POST /settings/dkim/:dkim/retire":                "admin",
	"POST /settings/records/:label":                   "admin",

	"GET /settings":                       "admin",
	"GET /settings/labels":                "admin",
	"GET /settings/labels/new":            "admin",
	"POST /settings/labels/new":           "admin",
	"POST /settings/labels/sample":        "admin",
	"GET /settings/labels/:label":         "admin",
	"POST /settings/labels/:label":        "admin",
	"POST /settings/labels/:label/logo":   "admin",
	"GET /settings/labels/:label/signup":  "admin",
	"POST /settings/labels/:label/signup": "admin",
	"GET /settings/caps":                  "admin",
	"POST /settings/caps":                 "admin",
	"GET /settings/people":                "admin",
	"POST /settings/people":               "admin",
	"GET /settings/people/:person":        "admin",
	"POST /settings/people/:person":       "admin",
	"POST /settings/people/:person/:act":  "admin",

	"GET /account":                           "all",
	"POST /account/profile":                  "all",
	"POST /account/passkeys":                 "all",
	"POST /account/passkeys/new":             "all",
	"POST /account/passkeys/:passkey/remove": "all",
	"POST /account/password":                 "all",
	"GET /account/authenticator":             "all",
	"POST /account/authenticator":            "all",
	"POST /account/authenticator/confirm":    "all",
	"POST /account/authenticator/codes":      "all",
	"POST /account/authenticator/off":        "all",
	"POST /account/sessions/:session/end":    "all",
	"POST /account/sessions/others":          "all",
	"POST /account/deputies":                 "all",
	"POST /account/deputies/:absence/end":    "all",
	"POST /account/tokens":                   "all",
	"POST /account/tokens/:apitoken/revoke":  "all",

	"GET /":           "all",
	"GET /styleguide": "all",

	"GET /reports":          lookers,
	"GET /reports/pictures": lookers,
	"POST /reports/saved":   lookers,

	"POST /reports/saved/:saved/share":  lookers,
	"POST /reports/saved/:saved/remove": lookers,

	"GET /sends/:send":                 lookers,
	"POST /sends/:send/doubts/:member": "admin planner approver",
	"GET /mailings/:mailing/clickmap":  lookers,

	"GET /templates":                          lookers,
	"POST /templates":                         planners,
	"GET /templates/:template":                lookers,
	"GET /templates/:template/approve":        "approver",
	"POST /templates/:template/approve":       "approver",
	"GET /segments/:segment/approve":          "approver",
	"POST /segments/:segment/approve":         "approver",
	"GET /campaigns/:campaign/approve":        "approver",
	"POST /campaigns/:campaign/approve":       "approver",
	"POST /templates/:template":               planners,
	"GET /templates/:template/preview":        lookers,
	"POST /templates/:template/preview":       lookers,
	"POST /templates/:template/check":         lookers,
	"POST /templates/:template/archive":       planners,
	"GET /templates/:template/visual":         planners,
	"GET /mailings/:mailing/visual":           planners,
	"POST /mailings/:mailing/visual":          planners,
	"POST /mailings/:mailing/visual/pictures": planners,
	"GET /mailings/:mailing/source":           planners,
	"POST /mailings/:mailing/source":          planners,

	"POST /mailings/:mailing/source/check":   planners,
	"POST /mailings/:mailing/source/preview": planners,

	"GET /mailings":                   lookers,
	"GET /mailings/new":               planners,
	"POST /mailings/new":              planners,
	"GET /mailings/:mailing":          lookers,
	"GET /mailings/:mailing/live":     lookers,
	"GET /mailings/:mailing/preview":  lookers,
	"GET /mailings/:mailing/content":  lookers,
	"GET /mailings/:mailing/audience": lookers,
	"GET /mailings/:mailing/moment":   lookers,
	"POST /mailings/:mailing/moment":  planners,
	"POST /mailings/:mailing/check":   planners,

	"POST /mailings/:mailing/pictures": planners,

	"GET /mailings/:mailing/foreseen": lookers,
	"GET /mailings/:mailing/spam":     lookers,
	"GET /mailings/:mailing/faces":    lookers,

	"GET /mailings/:mailing/faces/:number/mail":  lookers,
	"POST /mailings/:mailing/faces/:number/seen": "admin planner approver",
	"GET /approvals/:review/faces/:number/mail":  lookers,
	"POST /approvals/:review/faces/:number/seen": "admin planner approver",

	"POST /mailings/:mailing/test":     planners,
	"POST /mailings/:mailing/contacts": planners,
	"GET /mailings/:mailing/check":     lookers,
	"GET /mailings/:mailing/approval":  lookers,
	"GET /mailings/:mailing/outcome":   lookers,
	"POST /mailings/:mailing/rebase":   planners,
	"POST /mailings/:mailing/discard":  planners,
	"POST /mailings/:mailing/rename":   planners,
	"POST /mailings/:mailing/copy":     planners,
	"POST /mailings/:mailing/unopened": planners,
	"POST /mailings/:mailing/cancel":   planners,
	"GET /mailings/:mailing/history":   lookers,
	"GET /revisions/:revision/preview": lookers,
	"GET /mailings/:mailing/asked":     planners,
	"GET /mailings/:mailing/sample":    planners,
	"POST /mailings/:mailing/content":  planners,
	"GET /mailings/:mailing/campaigns": planners,
	"GET /mailings/:mailing/material":  planners,

	"GET /today/live":           "all",
	"GET /today/behind":         "all",
	"POST /sends/:send/pause":   "admin planner approver",
	"POST /sends/:send/resume":  "admin planner approver",
	"POST /sends/:send/cancel":  "admin planner approver",
	"POST /sends/:send/release": "approver",
	"POST /sends/:send/reslot":  "approver",

	"GET /search":                       "all",
	"GET /calendar":                     lookers,
	"GET /calendar/contacts":            lookers,
	"GET /calendar/overlap":             lookers,
	"POST /calendar/feeds":              lookers,
	"POST /calendar/feeds/:feed/revoke": lookers,
	"POST /account/feeds/:feed/revoke":  "all",

	"GET /settings/feeds":               "admin",
	"POST /settings/feeds/:feed/revoke": "admin",
	"GET /calendar/feed/:token":         "anyone",
	"GET /mailings/:mailing/move":       planners,
	"POST /mailings/:mailing/move":      planners,

	"GET /approvals":                            lookers,
	"GET /approvals/:review":                    lookers,
	"GET /approvals/:review/mail":               lookers,
	"POST /approvals/:review/approve":           "approver",
	"POST /approvals/:review/changes":           "approver",
	"POST /approvals/:review/comments":          "admin planner approver",
	"POST /approvals/:review/comments/:comment": "admin planner approver",

	"POST /mailings/:mailing/submit":             planners,
	"POST /mailings/:mailing/withdraw":           "admin planner approver",
	"GET /mailings/:mailing/certificates/:round": lookers,
	"POST /approvals/:review/waive":              "admin planner approver",
	"POST /approvals/:review/remind":             "admin planner approver",
	"POST /approvals/:review/links":              planners,
	"POST /approvals/:review/links/:link/revoke": planners,

	"POST /mailings/:mailing/audience":          planners,
	"POST /mailings/:mailing/audience/rule":     planners,
	"GET /mailings/:mailing/audience/waterfall": lookers,
	"GET /mailings/:mailing/moment/end":         lookers,
	"GET /mailings/:mailing/audience/overlap":   lookers,

	"GET /segments":                     lookers,
	"GET /segments/new":                 planners,
	"POST /segments/new":                planners,
	"GET /segments/overlap":             lookers,
	"GET /segments/overlap/count":       lookers,
	"POST /segments/preview":            planners,
	"POST /segments/count":              planners,
	"POST /segments/sample":             planners,
	"GET /segments/known":               planners,
	"GET /segments/:segment":            lookers,
	"POST /segments/:segment":           planners,
	"GET /segments/:segment/count":      lookers,
	"GET /segments/:segment/uses":       lookers,
	"POST /segments/:segment/archive":   planners,
	"POST /segments/:segment/restore":   planners,
	"GET /members":                      servers + " approver",
	"POST /members":                     servers + " approver",
	"GET /members/:member":              servers + " approver",
	"GET /members/:member/export":       servers,
	"POST /members/:member/suppress":    servers,
	"POST /members/:member/lift":        servers,
	"POST /members/:member/preferences": servers,
	"POST /members/:member/pause":       servers,
	"POST /members/:member/erasure":     servers,
	"POST /erasures/:erasure":           servers,
	"GET /members/unfounded":            "admin",
	"POST /members/unfounded":           "admin",

	"GET /requests":                      askers,
	"GET /requests/new":                  askers,
	"POST /requests/new":                 askers,
	"GET /requests/attached":             askers,
	"GET /requests/:request":             askers,
	"POST /requests/:request":            askers,
	"POST /requests/:request/state":      askers,
	"POST /requests/:request/comments":   askers,
	"POST /requests/:request/files":      askers,
	"GET /requests/:request/files/:file": askers,
	"GET /answer/:token":                 "anyone",
	"GET /answer/:token/banner":          "anyone",
	"GET /answer/:token/files/:file":     "anyone",
	"POST /answer/:token":                "anyone",

	"POST /members/:member/address":      servers,
	"GET /imports":                       planners,
	"GET /imports/new":                   planners,
	"GET /imports/suppressions":          planners,
	"POST /imports/new":                  planners,
	"POST /imports/suppressions":         planners,
	"GET /imports/:import/rejects":       planners,
	"GET /imports/files/:upload":         planners,
	"POST /imports/files/:upload":        planners,
	"GET /imports/files/:upload/live":    planners,
	"POST /imports/files/:upload/start":  planners,
	"POST /imports/files/:upload/cancel": planners,
	"POST /imports/files/:upload/remove": planners,
	"GET /imports/files/:upload/rejects": planners,

	"GET /campaigns":                                        lookers,
	"POST /campaigns":                                       planners,
	"GET /campaigns/:campaign":                              lookers,
	"GET /campaigns/:campaign/terms":                        planners,
	"POST /campaigns/:campaign/terms":                       planners,
	"POST /campaigns/:campaign/creatives":                   planners,
	"POST /campaigns/:campaign/creatives/:hash":             planners,
	"POST /campaigns/:campaign/creatives/:hash/cut":         planners,
	"POST /campaigns/:campaign/creatives/:hash/remove":      planners,
	"POST /campaigns/:campaign/links":                       planners,
	"POST /campaigns/:campaign/links/:link/remove":          planners,
	"POST /campaigns/:campaign/vouchers":                    planners,
	"POST /campaigns/:campaign/vouchers/:pool":              planners,
	"GET /creatives/:hash":                                  lookers,
	"GET /campaigns/:campaign/material":                     lookers,
	"POST /campaigns/:campaign/material":                    planners,
	"POST /campaigns/:campaign/material/:pick/keep":         "admin planner approver",
	"GET /items/:item/picture":                              lookers,
	"GET /advertisers":                                      lookers,
	"POST /advertisers":                                     planners,
	"GET /advertisers/:advertiser":                          lookers,
	"POST /advertisers/:advertiser":                         planners,
	"POST /advertisers/:advertiser/stop":                    planners,
	"POST /advertisers/:advertiser/resume":                  planners,
	"POST /contacts/:contact":                               planners,
	"POST /advertisers/:advertiser/contact-changes/:change": "admin planner approver",
	"POST /contacts/:contact/vouch":                         planners,
	"POST /advertisers/:advertiser/contacts":                planners,
	"POST /advertisers/:advertiser/programmes":              planners,
	"POST /programmes/:programme":                           planners,
})))))))

// The handlers are replaced, so that what is tried changes nothing: it is
// decided before them who may enter.
func TestEveryRouteWithEveryRole(t *testing.T) {
	t.Parallel()
	d := full(t)
	kit, err := web.NewKit(d.Deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kit.Stop)
	routes := web.Routes(d.Deps)
	for i := range routes {
		if routes[i].Path != "/signin" {
			routes[i].Handle = func(x *desk.Exchange) error { x.Send(http.StatusNoContent, "", nil); return nil }
		}
	}
	server := httptest.NewServer(kit.Handler(routes))
	t.Cleanup(server.Close)
	d.URL = server.URL
	seen := map[string]bool{}
	for _, name := range []string{"", "admin", "planner", "approver", "finance", "member_service", "viewer", "stranger"} {
		person := d.As(name)
		for _, r := range routes {
			seen[r.Method+" "+r.Path] = true
			tryRoute(d, name, person, r)
		}
	}
	for who := range mayEnter {
		if !seen[who] {
			t.Errorf("the table names %s, which is no route", who)
		}
	}
}

func tryRoute(d *webtest.Desk, name string, person *webtest.Browser, r desk.Route) {
	d.T.Helper()
	way := r.Method + " " + r.Path
	may, known := mayEnter[way]
	if !known {
		d.T.Errorf("%s isn't in the table of who may enter", way)
		return
	}
	path := fill(d, r.Path)
	if r.Method == http.MethodGet {
		path += "?label=" + d.Label.Code // else it is sent on to one
	}
	got := person.Send(r.Method, path, url.Values{})
	entered := got.Status == http.StatusNoContent || r.Path == "/signin" && got.Status < http.StatusInternalServerError
	open := may == "anyone" || name != "" && (may == "all" || strings.Contains(" "+may+" ", " "+name+" "))
	if entered != open {
		d.T.Errorf("%s as %q: %d, want open %v", way, name, got.Status, open)
	}
}

// fill puts the world's own things into a path.
func fill(d *webtest.Desk, path string) string {
	return strings.NewReplacer(
		":advertiser", webtest.Itoa(d.Advertiser.ID), ":contact", webtest.Itoa(d.Contact.ID), ":campaign", webtest.Itoa(d.Campaign.ID),
		":programme", webtest.Itoa(d.Programme.ID), ":pool", webtest.Itoa(d.Pool.ID), ":hash", d.Image.Hash.String(), ":review",
		webtest.Itoa(d.Review), ":comment", webtest.Itoa(d.Comment), ":round", "1", ":feed", "1", ":link", "1", ":mailing",
		webtest.Itoa(d.Mailing.ID), ":template", webtest.Itoa(d.Template.ID), ":revision", "1", ":send", webtest.Itoa(d.Planned.ID),
		":member", "1", ":segment", d.AnySegment(), ":erasure", webtest.Itoa(d.Erasure), ":upload", "1", ":request", "1", ":file", "1",
		":import", "1", ":label", webtest.Itoa(d.Label.ID), ":person", "1", ":route", "1", ":dkim", "1", ":act", "signout", ":token",
		"token", ":news", "1", ":target", "1", ":provider", "1", ":session", "1", ":apitoken", "1", ":absence", "1", ":number", "1",
		":connection", "1", ":conversion", "1", ":listing", "1", ":case", "1", ":payment", "1", ":item", "1", ":pick", "1", ":series", "1",
		":block", "1", ":alarm", "1", ":productfeed", "1", ":product", "1", ":attribute", "first_name",
	).Replace(path)
}
