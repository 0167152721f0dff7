package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
)

func TestLabelsAreReadAndChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := fmt.Sprintf("/labels/%d", d.label.ID)
	var l labels.Label
	got := d.want(http.StatusOK, d.call("viewer", "GET", path, nil), &l)
	if !cmp.Equal(l, d.label) {
		t.Error(cmp.Diff(l, d.label))
	}
	l.Name = "Winkel"
	l.Caps = []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 3}}
	changed := d.want(http.StatusOK, d.call("admin", "PUT", path, l, "If-Match", got.header.Get("ETag")), &l)
	if l.Name != "Winkel" || l.Version != 2 || len(l.Caps) != 1 || len(l.Senders) != 1 {
		t.Errorf("%+v", l)
	}
	// The tag of the answer is the one of the next reading.
	if again := d.call("viewer", "GET", path, nil); again.header.Get("ETag") != changed.header.Get("ETag") {
		t.Error("the ETag of the change isn't that of what was changed")
	}
	d.want(http.StatusPreconditionFailed, d.call("admin", "PUT", path, l, "If-Match", got.header.Get("ETag")), nil)
	d.want(http.StatusPreconditionRequired, d.call("admin", "PUT", path, l), nil)
	d.want(http.StatusOK, d.call("admin", "PUT", path, l, "If-Match", "*"), nil)

	var list paging.Page[labels.Label]
	d.want(http.StatusOK, d.call("viewer", "GET", "/labels", nil), &list)
	if len(list.Items) != 1 || list.Items[0].ID != d.label.ID {
		t.Errorf("a viewer of one label sees %d", len(list.Items))
	}
	d.want(http.StatusOK, d.call("admin", "GET", "/labels", nil), &list)
	if len(list.Items) != 2 {
		t.Errorf("an admin sees %d", len(list.Items))
	}
}

func TestSharedCapsAreChangedUnderTheirTag(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	got := d.want(http.StatusOK, d.call("viewer", "GET", "/shared-caps", nil), nil)
	body := `{"caps":[{"scope":"all","days":7,"at_most":5}]}`
	d.want(http.StatusOK, d.call("admin", "PUT", "/shared-caps", body, "If-Match", got.header.Get("ETag")), nil)
	d.want(http.StatusPreconditionFailed, d.call("admin", "PUT", "/shared-caps", body, "If-Match", got.header.Get("ETag")), nil)
}

func TestPasswordsGoInAndNeverComeOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := map[string]any{
		"name": "relay", "host": "smtp.relay.net", "port": 587, "tls": "starttls", "verify": true,
		"auth": "plain", "username": "shop", "password": "zeer-geheim",
	}
	var r labels.Route
	got := d.want(http.StatusCreated, d.call("admin", "POST", "/routes", body), &r)
	d.confirm()
	var routes paging.Page[labels.Route]
	d.want(http.StatusOK, d.call("admin", "GET", "/routes", nil), &routes)
	if r = routes.Items[0]; r.Connections != 10 || r.MessagesPerConnection != 1000 {
		t.Errorf("defaults: %+v", r)
	}
	delete(body, "password")
	body["port"] = 2525
	body["verify"] = false
	path := fmt.Sprintf("/routes/%d", r.ID)
	changed := d.want(http.StatusOK, d.call("admin", "PUT", path, body, "If-Match", "*"), nil)
	d.confirm()
	d.want(http.StatusOK, d.call("admin", "GET", path, nil), &r)
	if r.Port != 2525 || r.Verify {
		t.Errorf("%+v", r)
	}
	kept, err := d.deps.Routes.Get(t.Context(), r.ID)
	if err != nil || kept.Password != "zeer-geheim" {
		t.Errorf("the password is %q, %v", kept.Password, err)
	}
	for _, answer := range []reply{got, changed, d.call("admin", "GET", "/routes", nil), d.call("admin", "GET", path, nil)} {
		if strings.Contains(answer.body, "geheim") {
			t.Errorf("the answer shows the password: %s", answer.body)
		}
	}
	// Nor does a problem echo what was sent.
	body["password"], body["port"] = "zeer-geheim", "2525"
	problem := d.want(http.StatusUnprocessableEntity, d.call("admin", "POST", "/routes", body), nil)
	if strings.Contains(problem.body, "geheim") {
		t.Errorf("the problem shows the password: %s", problem.body)
	}
}

func TestSigningKeysShowTheirRecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var key signingKey
	d.want(http.StatusCreated, d.call("admin", "POST", fmt.Sprintf("/labels/%d/dkim-keys", d.label.ID), `{"domain":"shop.nl","selector":"keur2026"}`), &key)
	if key.RecordName != "keur2026._domainkey.shop.nl" || !strings.HasPrefix(key.RecordText, "v=DKIM1; k=rsa; p=MII") || key.Active {
		t.Errorf("%+v", key)
	}
	got := d.want(http.StatusOK, d.call("admin", "POST", fmt.Sprintf("/dkim-keys/%d/activate", key.ID), nil), nil)
	d.confirm()
	var keys paging.Page[signingKey]
	d.want(http.StatusOK, d.call("admin", "GET", fmt.Sprintf("/labels/%d/dkim-keys", d.label.ID), nil), &keys)
	key = keys.Items[0]
	if !key.Active || strings.Contains(got.body, "rivate") {
		t.Errorf("%s", got.body)
	}
	d.want(http.StatusOK, d.call("admin", "POST", fmt.Sprintf("/dkim-keys/%d/retire", key.ID), nil), &key)
	d.want(http.StatusNotFound, d.call("admin", "POST", "/dkim-keys/999/retire", nil), nil)
}

// TestALabelIsMadeByTwoAdmins: one proposes it and another confirms it; one
// alone makes none.
func TestALabelIsMadeByTwoAdmins(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addUser("second", accounts.User{Admin: true})
	l := d.label
	l.Code, l.Name, l.ListID = "shop-be", "Winkel België", "lijst.winkel.be"
	var asked labels.Label
	d.want(http.StatusCreated, d.call("admin", "POST", "/labels", l), &asked)
	if asked.ID != 0 || asked.Change == nil {
		t.Fatalf("one admin made %+v", asked)
	}
	confirm := fmt.Sprintf("/changes/%d/confirm", asked.Change.ID)
	var list paging.Page[labels.Label]
	made := func() int {
		d.want(http.StatusOK, d.call("admin", "GET", "/labels", nil), &list)
		return len(list.Items)
	}
	before := made()
	d.want(http.StatusForbidden, d.call("admin", "POST", confirm, nil), nil)
	d.want(http.StatusForbidden, d.call("planner", "POST", confirm, nil), nil)
	if made() != before {
		t.Fatal("who proposed it made it")
	}
	d.want(http.StatusOK, d.call("second", "POST", confirm, nil), nil)
	named := func(found labels.Label) bool { return found.Name == l.Name }
	if made() != before+1 || !slices.ContainsFunc(list.Items, named) {
		t.Errorf("confirmed, there are %+v", list.Items)
	}
	d.want(http.StatusConflict, d.call("second", "POST", confirm, nil), nil) // once
}
