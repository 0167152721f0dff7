package api

import (
	"fmt"
	"net/http"
	"testing"

	"keur/accounts"
	"keur/changes"
)

// TestWhatWaitsIsNotDone: who asks for a policy's end is told whether it came.
func TestWhatWaitsIsNotDone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.want(http.StatusCreated, d.call("planner", "POST", "/advertisers", `{"name":"Reisbureau","category":"travel"}`), nil)
	policies := fmt.Sprintf("/labels/%d/policies", d.label.ID)
	const own = `{"advertiser_id":1,"drift_percent":5,"client_hours":48,"colleague_hours":24,"remind_hours":12}`
	d.want(http.StatusOK, d.call("admin", "PUT", policies, own), nil)
	d.want(http.StatusNoContent, d.call("admin", "DELETE", policies+"/1?version=1", nil), nil)
	d.want(http.StatusOK, d.call("admin", "PUT", policies, own), nil)
	d.addUser("second", accounts.User{Admin: true})
	var waits changes.Request
	d.want(http.StatusAccepted, d.call("admin", "DELETE", policies+"/1?version=1", nil), &waits)
	if waits.State != changes.Proposed {
		t.Errorf("%+v", waits)
	}
	d.want(http.StatusOK, d.call("second", "POST", fmt.Sprintf("/changes/%d/confirm", waits.ID), nil), nil)
}
