package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
	"keur/approval/policies"
	"keur/internal/paging"
	"keur/mailings"
	"keur/mailings/attachments"
	"keur/mailings/attachments/pdf/pdftest"
)

// TestAttachments takes a PDF from its upload to an approval by programs: each of
// them fetches the file, and by that has opened it.
func TestAttachments(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	var set paging.Page[policies.Policy]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/policies", nil), &set)
	policy := set.Items[0]
	policy.Attachments = true
	o.want(http.StatusOK, o.call("admin", "PUT", "/labels/1/policies", policy), nil)
	o.confirm()
	binary := []string{"Content-Type", "application/octet-stream"}
	data := string(pdftest.With("Voorwaarden", "", "<< /S /URI /URI (https://zonvakantie.example/voorwaarden) >>"))
	for name, c := range map[string]struct {
		file   string
		status int
	}{
		"a script": {string(pdftest.With("x", "", "<< /JS (x) >>")), http.StatusUnprocessableEntity},
		"a page":   {"<html>", http.StatusUnprocessableEntity},
		"nothing":  {"", http.StatusBadRequest},
	} {
		if r := o.call("Mara", "POST", "/labels/1/attachments", []byte(c.file), binary...); r.status != c.status {
			t.Errorf("%s answers %d %s", name, r.status, r.body)
		}
	}
	var a attachments.Attachment
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/attachments", []byte(data), binary...), &a)
	if a.Pages != 1 || a.Size != len(data) || len(a.Links) != 1 {
		t.Errorf("%+v", a)
	}
	var page paging.Page[attachments.Attachment]
	o.want(http.StatusOK, o.call("Mara", "GET", "/labels/1/attachments", nil), &page)
	if len(page.Items) != 1 || page.Items[0].Hash != a.Hash {
		t.Errorf("%+v", page)
	}
	r := o.call("Mara", "GET", "/labels/1/attachments/"+a.Hash.String(), nil)
	if r.status != http.StatusOK || r.body != data || r.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d, %v", r.status, r.header)
	}
	o.want(http.StatusNotFound, o.call("Mara", "GET", "/labels/1/attachments/"+strings.Repeat("0", 64), nil), nil)

	var m mailings.Mailing
	o.want(http.StatusCreated, o.call("Mara", "POST", "/labels/1/mailings", `{"name":"Winterzon","kind":"solo"}`), &m)
	path := fmt.Sprintf("/mailings/%d", m.ID)
	brief := o.Brief(t, slot)
	brief.Attachments = []mailings.BriefAttachment{{Hash: strings.Repeat("0", 64), Name: "Voorwaarden.pdf"}}
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", path+"/revisions", edition(0, brief)), nil)
	brief.Attachments[0] = mailings.BriefAttachment{Hash: a.Hash.String(), Name: "Voorwaarden.exe"}
	o.want(http.StatusUnprocessableEntity, o.call("Mara", "POST", path+"/revisions", edition(0, brief)), nil)
	brief.Attachments[0].Name = "Voorwaarden.pdf"
	var revision revised
	o.want(http.StatusCreated, o.call("Mara", "POST", path+"/revisions", edition(0, brief)), &revision)

	o.look("Mara", path)
	if r := o.call("Mara", "POST", path+"/submit", map[string]any{"revision_id": revision.ID, "checklist": approvaltest.Ticks}); r.status !=
		http.StatusConflict || !strings.Contains(r.body, "you have not opened Voorwaarden.pdf") {
		t.Errorf("submitted unopened: %d %s", r.status, r.body)
	}
	if r := o.call("Mara", "GET", path+"/attachments/1", nil); r.status != http.StatusOK || r.body != data {
		t.Errorf("%d", r.status)
	}
	o.want(http.StatusNotFound, o.call("Mara", "GET", path+"/attachments/2", nil), nil)
	round := o.submit("Mara", path, revision)
	if len(round.Attachments) != 1 || round.Attachments[0].Name != "Voorwaarden.pdf" {
		t.Errorf("%+v", round.Attachments)
	}
	round = o.ApproveClient(t, round)
	if r := o.approve("Coen", round); r.status != http.StatusConflict {
		t.Errorf("approved unopened: %d %s", r.status, r.body)
	}
	review := o.Step(t, round, approval.Colleague)
	o.want(http.StatusOK, o.call("Coen", "GET", fmt.Sprintf("/reviews/%d/attachments/1", review), nil), nil)
	o.want(http.StatusOK, o.approve("Coen", round), &round)
}
