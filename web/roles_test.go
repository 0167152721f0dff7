package web

import (
	"net/http"
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
}

func TestEveryRouteWithEveryRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 1)
	routes := (&door{}).routes()
	seen := map[string]bool{}
	for _, name := range []string{"", "admin", "planner", "approver", "finance", "viewer", "stranger"} {
		for _, r := range routes {
			who := r.method + " " + r.path
			seen[who] = true
			may, known := mayEnter[who]
			if !known {
				t.Errorf("%s isn't in the table of who may enter", who)
				continue
			}
			answer := d.as(name).do(r.method, d.fill(r.path), url.Values{})
			shut := answer.status == http.StatusForbidden || answer.status == http.StatusNotFound ||
				strings.HasPrefix(answer.header.Get("Location"), "/signin") && r.path != "/signout"
			open := may == "anyone" || name != "" && (may == "all" || strings.Contains(" "+may+" ", " "+name+" "))
			if shut == open {
				t.Errorf("%s as %q: %d, want open %v", who, name, answer.status, open)
			}
			if answer.status >= http.StatusInternalServerError {
				t.Errorf("%s as %q: %d", who, name, answer.status)
			}
		}
	}
	for who := range mayEnter {
		if !seen[who] {
			t.Errorf("the table names %s, which is no route", who)
		}
	}
}

// fill puts the world's own things into a path.
func (d *testDesk) fill(path string) string {
	return path
}
