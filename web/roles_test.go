package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// mayEnter is the table of who may take which route; "all" is every user,
// whatever their roles, and "anyone" also who isn't signed in.
var mayEnter = map[string]string{
	"GET /signin":     "anyone",
	"POST /signin":    "anyone",
	"POST /signout":   "all",
	"GET /":           "all",
	"GET /styleguide": "all",

	"GET /campaigns":                                   "admin planner approver finance viewer",
	"POST /campaigns":                                  "admin planner",
	"GET /campaigns/:campaign":                         "admin planner approver finance viewer",
	"GET /campaigns/:campaign/terms":                   "admin planner",
	"POST /campaigns/:campaign/terms":                  "admin planner",
	"POST /campaigns/:campaign/creatives":              "admin planner",
	"POST /campaigns/:campaign/creatives/:hash":        "admin planner",
	"POST /campaigns/:campaign/creatives/:hash/remove": "admin planner",
	"POST /campaigns/:campaign/vouchers":               "admin planner",
	"POST /campaigns/:campaign/vouchers/:pool":         "admin planner",
	"GET /creatives/:hash":                             "admin planner approver finance viewer",
	"GET /advertisers":                                 "admin planner approver finance viewer",
	"POST /advertisers":                                "admin planner",
	"GET /advertisers/:advertiser":                     "admin planner approver finance viewer",
	"POST /advertisers/:advertiser":                    "admin planner",
	"POST /advertisers/:advertiser/stop":               "admin planner",
	"POST /advertisers/:advertiser/resume":             "admin planner",
	"POST /contacts/:contact":                          "admin planner",
	"POST /contacts/:contact/vouch":                    "admin planner",
	"POST /advertisers/:advertiser/contacts":           "admin planner",
	"POST /advertisers/:advertiser/programmes":         "admin planner",
	"POST /programmes/:programme":                      "admin planner",
}

// The handlers are replaced, so that what is tried changes nothing: it is
// decided before them who may enter.
func TestEveryRouteWithEveryRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	opened, stop, err := newDoor(d.deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	routes := opened.routes()
	for i := range routes {
		if routes[i].path != "/signin" {
			routes[i].handle = func(v *visit) error { v.Status(http.StatusNoContent); return nil }
		}
	}
	server := httptest.NewServer(opened.handler(routes))
	t.Cleanup(server.Close)
	d.url = server.URL
	seen := map[string]bool{}
	for _, name := range []string{"", "admin", "planner", "approver", "finance", "viewer", "stranger"} {
		person := d.as(name)
		for _, r := range routes {
			seen[r.method+" "+r.path] = true
			d.tryRoute(name, person, r)
		}
	}
	for who := range mayEnter {
		if !seen[who] {
			t.Errorf("the table names %s, which is no route", who)
		}
	}
}

func (d *testDesk) tryRoute(name string, person *surfer, r route) {
	d.t.Helper()
	way := r.method + " " + r.path
	may, known := mayEnter[way]
	if !known {
		d.t.Errorf("%s isn't in the table of who may enter", way)
		return
	}
	path := d.fill(r.path)
	if r.method == http.MethodGet {
		path += "?label=" + d.Label.Code // else it is sent on to one
	}
	got := person.do(r.method, path, url.Values{})
	entered := got.status == http.StatusNoContent || r.path == "/signin" && got.status < http.StatusInternalServerError
	open := may == "anyone" || name != "" && (may == "all" || strings.Contains(" "+may+" ", " "+name+" "))
	if entered != open {
		d.t.Errorf("%s as %q: %d, want open %v", way, name, got.status, open)
	}
}

// fill puts the world's own things into a path.
func (d *testDesk) fill(path string) string {
	return strings.NewReplacer(
		":advertiser", itoa(d.Advertiser.ID), ":contact", itoa(d.Contact.ID), ":campaign", itoa(d.Campaign.ID),
		":programme", itoa(d.programme.ID), ":pool", itoa(d.pool.ID), ":hash", d.image.Hash.String(),
	).Replace(path)
}
