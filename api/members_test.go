package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/accounts"
	"keur/internal/paging"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
)

func TestMembersAreImportedReadAndErased(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	label := fmt.Sprintf("/labels/%d", d.label.ID)
	file := "E-mail;Voornaam;Plaats\nJan@example.nl;Jan;Utrecht\nniet-een-adres;Piet;Assen\n"
	query := "/imports?file_name=leden.csv&declare=true&consent_text=Ja&consent_source=formulier&consent_at=2026-01-01T10:00:00Z"
	var done imports.Import
	d.want(http.StatusOK, d.call("planner", "POST", label+query, file, "Content-Type", "text/csv"), &done)
	if done.Inserted != 1 || done.Rejected != 1 {
		t.Errorf("%+v", done)
	}
	d.want(http.StatusOK, d.call("planner", "GET", fmt.Sprintf("%s/imports/%d", label, done.ID), nil), &done)
	if !strings.HasPrefix(done.By, "user:") {
		t.Errorf("imported by %q", done.By)
	}
	var rejects paging.Page[imports.Reject]
	d.want(http.StatusOK, d.call("planner", "GET", fmt.Sprintf("%s/imports/%d/rejects", label, done.ID), nil), &rejects)
	if len(rejects.Items) != 1 || rejects.Items[0].Row != 3 {
		t.Errorf("%+v", rejects)
	}
	var list paging.Page[imports.Import]
	d.want(http.StatusOK, d.call("planner", "GET", label+"/imports?limit=1", nil), &list)
	if len(list.Items) != 1 || list.Next != "" {
		t.Errorf("%+v", list)
	}
	d.want(http.StatusNotFound, d.call("stranger", "GET", fmt.Sprintf("/labels/%d/imports/%d", d.other.ID, done.ID), nil), nil)

	var m members.Member
	d.want(http.StatusOK, d.call("planner", "POST", label+"/members/find", `{"address":"jan@EXAMPLE.nl"}`), &m)
	path := fmt.Sprintf("%s/members/%d", label, m.ID)
	d.want(http.StatusNoContent, d.call("planner", "PATCH", path, `{"attributes":{"first_name":"Johan"}}`), nil)
	d.want(http.StatusNoContent, d.call("planner", "POST", path+"/suppress", `{"reason":"manual","source":"telefoon"}`), nil)
	d.want(http.StatusOK, d.call("planner", "GET", path, nil), &m)
	if own := m.Memberships[0]; own.Attributes["first_name"] != "Johan" || !own.MailConsent {
		t.Errorf("%+v", own)
	}
	// One label isn't told what another one knows.
	var elsewhere members.Member
	d.want(http.StatusCreated, d.call("admin", "POST", fmt.Sprintf("/labels/%d/members", d.other.ID), `{"address":"jan@example.nl","source":"s"}`), &elsewhere)
	if len(elsewhere.Memberships) != 1 || elsewhere.Memberships[0].Label != d.other.ID {
		t.Errorf("a new membership comes with others: %+v", elsewhere.Memberships)
	}
	export := d.want(http.StatusOK, d.call("admin", "GET", fmt.Sprintf("/members/%d/export", m.ID), nil), nil)
	if !strings.Contains(export.body, "Johan") || !strings.Contains(export.body, "telefoon") {
		t.Errorf("the export lacks something: %s", export.body)
	}
	d.erase(path)
	d.want(http.StatusNotFound, d.call("planner", "GET", path, nil), nil)
	d.want(http.StatusConflict, d.call("planner", "POST", label+"/members", `{"address":"jan@example.nl","source":"s"}`), nil)
}

// Who lifts suppressions by mails that never left says how many they were shown.
func TestUnfoundedSuppressionsAreCountedFirst(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	counted := d.want(http.StatusOK, d.call("admin", "GET", "/suppressions/unfounded", nil), nil)
	if !strings.Contains(counted.body, `"count":0,"members":0`) {
		t.Error(counted.body)
	}
	d.want(http.StatusConflict, d.call("admin", "POST", "/suppressions/unfounded/lift", `{"count":1}`), nil)
	d.want(http.StatusForbidden, d.call("planner", "POST", "/suppressions/unfounded/lift", `{"count":1}`), nil)
}

// erase has the planner ask for the erasure of the member at path, and the admin
// approve it.
func (d *desk) erase(path string) {
	d.t.Helper()
	var e members.Erasure
	d.want(http.StatusCreated, d.call("planner", "POST", path+"/erasure", `{"reason":"per brief"}`), &e)
	d.want(http.StatusOK, d.call("admin", "POST", fmt.Sprintf("/erasures/%d/approve", e.ID), nil, "Idempotency-Key", "erase"), nil)
	d.want(http.StatusOK, d.call("admin", "POST", fmt.Sprintf("/erasures/%d/approve", e.ID), nil, "Idempotency-Key", "erase"), nil)
}

func TestNobodyErasesAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	f := d.fill()
	d.addUser("second", accounts.User{Roles: map[labels.ID][]accounts.Role{d.label.ID: {accounts.Planner}}})
	var m members.Member
	d.want(http.StatusOK, d.call("planner", "GET", f.member, nil), &m)
	d.want(http.StatusMethodNotAllowed, d.call("admin", "DELETE", f.member, nil), nil)
	d.want(http.StatusUnprocessableEntity, d.call("planner", "POST", f.member+"/erasure", `{"reason":" "}`), nil)

	var e members.Erasure
	d.want(http.StatusCreated, d.call("admin", "POST", f.member+"/erasure", `{"reason":"per brief"}`), &e)
	d.want(http.StatusConflict, d.call("planner", "POST", f.member+"/erasure", `{"reason":"nogmaals"}`), nil)
	erasure := fmt.Sprintf("/erasures/%d", e.ID)
	d.want(http.StatusForbidden, d.call("admin", "POST", erasure+"/approve", nil), nil)
	d.want(http.StatusForbidden, d.call("planner", "POST", erasure+"/withdraw", nil), nil)
	d.want(http.StatusOK, d.call("planner", "POST", erasure+"/refuse", nil), &e)
	d.want(http.StatusConflict, d.call("second", "POST", erasure+"/approve", nil), nil)
	if e.State != members.ErasureRefused {
		t.Errorf("%+v", e)
	}

	d.want(http.StatusCreated, d.call("planner", "POST", f.member+"/erasure", `{"reason":"per brief"}`), &e)
	erasure = fmt.Sprintf("/erasures/%d", e.ID)
	elsewhere := fmt.Sprintf("/labels/%d/members", d.other.ID)
	d.want(http.StatusCreated, d.call("admin", "POST", elsewhere, `{"address":"jan@example.nl","source":"s"}`), nil)
	got := d.want(http.StatusForbidden, d.call("second", "POST", erasure+"/approve", nil), nil)
	if !strings.Contains(got.body, "for which you don't plan") {
		t.Errorf("erased under a label that isn't theirs: %s", got.body)
	}
	d.want(http.StatusOK, d.call("planner", "GET", f.member, nil), nil)
	var waiting paging.Page[members.Erasure]
	d.want(http.StatusOK, d.call("second", "GET", f.label+"/erasures?waiting=true", nil), &waiting)
	if len(waiting.Items) != 1 || waiting.Items[0].ID != e.ID {
		t.Errorf("%+v", waiting)
	}
	d.want(http.StatusOK, d.call("admin", "POST", erasure+"/approve", nil), &e)
	d.want(http.StatusOK, d.call("second", "GET", erasure, nil), &e)
	if e.State != members.ErasureApproved || e.ApprovedBy == nil || *e.ApprovedBy == e.RequestedBy {
		t.Errorf("%+v", e)
	}
	d.want(http.StatusNotFound, d.call("planner", "GET", f.member, nil), nil)
	d.want(http.StatusConflict, d.call("admin", "POST", erasure+"/approve", nil), nil)
}
