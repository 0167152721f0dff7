package api

import (
	"net/http"
	"strings"
	"testing"

	"keur/accounts"
	"keur/labels"
)

// TestViewersCountNoFewMembers: who only looks is told no figure of a few
// members, by whichever operation.
func TestViewersCountNoFewMembers(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 5)
	path, _ := o.draft("Mara")
	for _, role := range []accounts.Role{accounts.Finance, accounts.Viewer, accounts.Approver} {
		o.addUser(string(role), accounts.User{Roles: map[labels.ID][]accounts.Role{o.Label.ID: {role}}})
	}
	const everyone, nobody = `{"all":[]}`, `{"membership":"source","op":"is","value":"nowhere"}`
	for _, call := range [][3]string{
		{"POST", "/labels/1/segments/count", `{"rule":` + everyone + `}`}, {"POST", "/labels/1/segments/estimate", `{"rule":` + everyone + `}`},
		{"POST", "/labels/1/segments/overlap", `{"a":` + everyone + `,"b":` + everyone + `}`},
		{"POST", "/labels/1/audiences/waterfall", `{"audience":{"segments":[{"name":"n","rule":` + everyone + `}]}}`},
		{"GET", path + "/waterfall", ""},
	} {
		for _, user := range []string{"finance", "viewer"} {
			got := o.call(user, call[0], call[1], call[2])
			if got.status != http.StatusForbidden || !strings.Contains(got.body, "fewer than 20") {
				t.Errorf("%s %s as %s: %d %s", call[0], call[1], user, got.status, got.body)
			}
		}
		for _, user := range []string{"Mara", "approver"} {
			if got := o.call(user, call[0], call[1], call[2]); got.status != http.StatusOK || !strings.Contains(got.body, "5") {
				t.Errorf("%s %s as %s: %d %s", call[0], call[1], user, got.status, got.body)
			}
		}
	}
	if got := o.call("viewer", "POST", "/labels/1/segments/count", `{"rule":`+nobody+`}`); got.status != http.StatusOK ||
		!strings.Contains(got.body, `"n":0`) {
		t.Errorf("of nobody: %d %s", got.status, got.body)
	}
	if got := o.call("viewer", "POST", "/labels/1/segments/sample", `{"rule":`+everyone+`}`); got.status != http.StatusForbidden {
		t.Errorf("a viewer lists members: %d %s", got.status, got.body)
	}
}
