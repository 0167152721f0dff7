package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval/policies"
	"keur/changes"
	"keur/internal/paging"
)

// TestWhatWaitsIsNotDone: who asks for a policy's end is told whether it came.
func TestWhatWaitsIsNotDone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", `{"name":"Reisbureau","category":"travel"}`), nil)
	path := fmt.Sprintf("/labels/%d/policies", d.label.ID)
	const own = `{"advertiser_id":1,"drift_percent":5,"client_hours":48,"colleague_hours":24,"remind_hours":12}`
	d.want(http.StatusOK, d.call("admin", "PUT", path, own), nil)
	d.confirm()
	d.want(http.StatusAccepted, d.call("admin", "DELETE", path+"/1?version=1", nil), nil) // by a program, of the only admin
	d.confirm()
	d.want(http.StatusOK, d.call("admin", "PUT", path, own), nil)
	d.confirm()
	d.addUser("second", accounts.User{Admin: true})
	var waits changes.Request
	d.want(http.StatusAccepted, d.call("admin", "DELETE", path+"/1?version=1", nil), &waits)
	if waits.State != changes.Proposed {
		t.Errorf("%+v", waits)
	}
	d.want(http.StatusOK, d.call("second", "POST", fmt.Sprintf("/changes/%d/confirm", waits.ID), nil), nil)
	// So does what a policy asks of clients.
	var policy policies.Policy
	d.want(http.StatusOK, d.call("admin", "PUT", path, strings.Replace(own, "{", `{"client_code":true,`, 1)), &policy)
	if policy.Change == nil {
		t.Fatalf("%+v", policy)
	}
	d.want(http.StatusForbidden, d.call("admin", "POST", fmt.Sprintf("/changes/%d/confirm", policy.Change.ID), nil), nil)
	d.want(http.StatusOK, d.call("second", "POST", fmt.Sprintf("/changes/%d/confirm", policy.Change.ID), nil), nil)
	var set paging.Page[policies.Policy]
	d.want(http.StatusOK, d.call("admin", "GET", path, nil), &set)
	if len(set.Items) != 2 || !set.Items[1].ClientCode {
		t.Errorf("%+v", set.Items)
	}
}
