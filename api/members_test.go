package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/internal/paging"
	"keur/members"
)

func TestMembersAreImportedReadAndErased(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	label := fmt.Sprintf("/labels/%d", d.label.ID)
	file := "E-mail;Voornaam;Plaats\nJan@example.nl;Jan;Utrecht\nniet-een-adres;Piet;Assen\n"
	query := "/imports?file_name=leden.csv&declare=true&consent_text=Ja&consent_source=formulier&consent_at=2026-01-01T10:00:00Z"
	var done members.Import
	d.want(http.StatusOK, d.call("planner", "POST", label+query, file, "Content-Type", "text/csv"), &done)
	if done.Inserted != 1 || done.Rejected != 1 {
		t.Errorf("%+v", done)
	}
	d.want(http.StatusOK, d.call("planner", "GET", fmt.Sprintf("%s/imports/%d", label, done.ID), nil), &done)
	if !strings.HasPrefix(done.By, "user:") {
		t.Errorf("imported by %q", done.By)
	}
	var rejects paging.Page[members.Reject]
	d.want(http.StatusOK, d.call("planner", "GET", fmt.Sprintf("%s/imports/%d/rejects", label, done.ID), nil), &rejects)
	if len(rejects.Items) != 1 || rejects.Items[0].Row != 3 {
		t.Errorf("%+v", rejects)
	}
	var list paging.Page[members.Import]
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
	d.want(http.StatusNoContent, d.call("admin", "DELETE", fmt.Sprintf("/members/%d", m.ID), nil), nil)
	d.want(http.StatusNotFound, d.call("planner", "GET", path, nil), nil)
	d.want(http.StatusConflict, d.call("planner", "POST", label+"/members", `{"address":"jan@example.nl","source":"s"}`), nil)
}
