package attachment_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jmoiron/sqlx"

	"keur/approval/approvaltest"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/mailings"
	"keur/mailings/attachments/pdf/pdftest"
	"keur/web/webtest"
)

// allow lets files go with the label's mails.
func allow(t *testing.T, d *webtest.Desk) {
	t.Helper()
	policy, err := d.Approval.Policies.For(t.Context(), d.Label.ID, nil)
	must(t, err)
	policy.Attachments = true
	if policy.ID == 0 {
		policy.Version = 0
	}
	_, err = d.Approval.Policies.Set(approvaltest.As(d.Users["admin"]), policy)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// brief is what the mailing is being made of.
func brief(t *testing.T, d *webtest.Desk, id mailings.ID) mailings.Brief {
	t.Helper()
	m, err := d.Mailings.Get(t.Context(), id)
	must(t, err)
	work, err := mailings.NewWorkbench(d.Mailings, d.Composer).Open(t.Context(), &m)
	must(t, err)
	return work.Brief
}

// What is wrong with a file is said by its name, and nothing of it is taken; files
// are renamed, replaced, put in order and removed, by who saw them as they are.
func TestFilesAreBroughtAndChanged(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	m, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	path := fmt.Sprintf("/mailings/%d/attachments", m.ID)
	s := d.As("planner")
	empty := s.Get(path)
	if empty.Status != http.StatusOK || !strings.Contains(empty.Body, "No PDF goes with this mailing") ||
		!strings.Contains(empty.Body, "takes none") {
		t.Fatalf("%d %s", empty.Status, empty.Body)
	}
	add := path + "?" + url.Values{}.Encode()
	for name, c := range map[string]struct{ file, wrong string }{
		"folder.exe":      {string(pdftest.Plain("x")), "folder.exe must end in .pdf"},
		"tekening.pdf":    {"<svg/>", "tekening.pdf is no PDF"},
		"script.pdf":      {string(pdftest.With("x", "", "<< /S /JavaScript /JS (x) >>")), "script.pdf has JavaScript in object 6"},
		"kapot.pdf":       {string(pdftest.Plain("x")[:200]), "kapot.pdf is broken at byte"},
		"versleuteld.pdf": {string(pdftest.Doc("/Root 1 0 R /Encrypt 2 0 R", "<< >>", "<< >>")), "versleuteld.pdf is encrypted"},
	} {
		if r := upload(s, add, "add", name, c.file); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, c.wrong) {
			t.Errorf("%s: %d without %q: %s", name, r.Status, c.wrong, r.Body)
		}
	}
	_ = upload(s, add, "add", "Voorwaarden.pdf", string(pdftest.Plain("a")))
	_ = upload(s, add, "add:1", "Folder.pdf", string(pdftest.Plain("b")))
	files := brief(t, d, m.ID).Attachments
	if len(files) != 2 || files[0].Name != "Voorwaarden.pdf" || files[1].Name != "Folder.pdf" {
		t.Fatalf("%+v", files)
	}
	if body := s.Get(path).Body; !strings.Contains(body, "takes no attachments") || !strings.Contains(body, "1 page") {
		t.Errorf("the page doesn't say that they can't go: %s", body)
	}
	do := func(version, what, hash string, more url.Values) webtest.Response {
		form := url.Values{"version": {version}, "do": {what}, "hash": {hash}}
		for name, values := range more {
			form[name] = values
		}
		return s.Post(path, form)
	}
	if r := do("2", "rename:1", files[0].Hash, url.Values{"name": {"Folder.pdf"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "s the name of two attachments") {
		t.Errorf("two of one name: %d %s", r.Status, r.Body)
	}
	if r := do("2", "rename:1", files[0].Hash, url.Values{"name": {"Folder.docx"}}); !strings.Contains(r.Body, "ust end in .pdf") {
		t.Errorf("no PDF's name: %d", r.Status)
	}
	if r := do("1", "rename:1", files[0].Hash, url.Values{"name": {"X.pdf"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("over somebody's change: %d", r.Status)
	}
	if r := do("2", "remove:1", files[1].Hash, nil); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("another file than it was: %d", r.Status)
	}
	if r := do("2", "rename:1", files[0].Hash, url.Values{"name": {"Actievoorwaarden.pdf"}}); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := do("3", "up:2", files[1].Hash, nil); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := do("4", "remove:1", files[1].Hash, nil); r.Status != http.StatusSeeOther {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if files := brief(t, d, m.ID).Attachments; len(files) != 1 || files[0].Name != "Actievoorwaarden.pdf" {
		t.Errorf("%+v", files)
	}
	r := s.Get(fmt.Sprintf("/mailings/%d/brought/%s", m.ID, files[0].Hash))
	if r.Status != http.StatusOK || r.Body != string(pdftest.Plain("a")) || r.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	if r := s.Get(fmt.Sprintf("/mailings/%d/brought/%s", m.ID, strings.Repeat("0", 64))); r.Status != http.StatusNotFound {
		t.Errorf("a file that isn't there: %d", r.Status)
	}
}

// upload sends a file by the form, in the version that the page has now.
func upload(s *webtest.Browser, path, do, name, file string) webtest.Response {
	s.Helper()
	version := "0"
	body := s.Get(strings.TrimSuffix(path, "?")).Body
	if _, rest, found := strings.Cut(body, `name="version" value="`); found {
		version, _, _ = strings.Cut(rest, `"`)
	}
	return s.UploadsWith(strings.TrimSuffix(path, "?"), name, file, url.Values{"version": {version}, "do": {do}})
}

// A file that is missing keeps nobody from the pages that list it: each says so, and it
// can be removed.
func TestAMissingFileIsSaid(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	allow(t, d)
	m, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	path := fmt.Sprintf("/mailings/%d", m.ID)
	s := d.As("planner")
	_ = upload(s, path+"/attachments?", "add", "Voorwaarden.pdf", string(pdftest.Plain("a")))
	_ = upload(s, path+"/attachments?", "add", "Folder.pdf", string(pdftest.Plain("b")))
	made := brief(t, d, m.ID)
	_, review := d.Submitted(made)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`DELETE FROM attachments WHERE hash IN (SELECT hash FROM revision_attachments WHERE name = 'Voorwaarden.pdf')`)
	})
	const says = "This file is missing or can’t be read"
	for who, page := range map[string]string{"planner": path + "/attachments", "approver": fmt.Sprintf("/approvals/%d", review)} {
		r := d.As(who).Get(page)
		if r.Status != http.StatusOK || !strings.Contains(r.Body, "Voorwaarden.pdf") || strings.Count(r.Body, says) != 1 ||
			!strings.Contains(r.Body, "Folder.pdf") {
			t.Errorf("%s: %d %s", page, r.Status, r.Body)
		}
	}
	if r := d.As("planner").Get(path + "/check"); r.Status != http.StatusOK {
		t.Errorf("Check: %d %s", r.Status, r.Body)
	}
	if r := d.As("approver").Post(fmt.Sprintf("/approvals/%d/attachments/1/opened", review), nil); r.Status != http.StatusConflict ||
		!strings.Contains(r.Body, "Voorwaarden.pdf is missing") {
		t.Errorf("it is opened: %d %s", r.Status, r.Body)
	}
	d.Look("approver", "attachments-missing", fmt.Sprintf("/approvals/%d", review))
	form := url.Values{"version": {"2"}, "do": {"remove:1"}, "hash": {made.Attachments[0].Hash}}
	if r := s.Post(path+"/attachments", form); r.Status != http.StatusSeeOther {
		t.Errorf("it is removed: %d %s", r.Status, r.Body)
	}
	if files := brief(t, d, m.ID).Attachments; len(files) != 1 || files[0].Name != "Folder.pdf" {
		t.Errorf("%+v", files)
	}
}

// TestAnApproverOpensWhatGoesAlong goes the way of a file in a browser: a maker adds
// and opens it, and an approver can approve once they have opened it, too.
func TestAnApproverOpensWhatGoesAlong(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	allow(t, d)
	m, _ := d.Draft(t, d.Brief(t, webtest.TestSlot))
	path := fmt.Sprintf("/mailings/%d/attachments", m.ID)
	w := d.Browse("planner", webtest.Desktop)
	w.Open(path)
	var files []string
	for _, name := range []string{"Voorwaarden winterzon 2026.pdf", "Folder.pdf"} {
		file := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(file, pdftest.With(name, "", "<< /S /URI /URI (https://zonvakantie.example/voorwaarden) >>"), 0o600))
		files = append(files, file)
	}
	w.Do(chromedp.SetUploadFiles(webtest.CSS("#file"), files))
	w.Click(`form.block button`)
	w.Until(`document.querySelectorAll(".files > li").length === 2`)
	w.Settled()
	w.Shoot("attachments")
	made := brief(t, d, m.ID)
	if len(made.Attachments) != 2 || made.Attachments[0].Name != "Voorwaarden winterzon 2026.pdf" {
		t.Fatalf("%+v", made.Attachments)
	}

	round, review := d.Submitted(made)
	if len(round.Attachments) != 2 {
		t.Fatalf("%+v", round.Attachments)
	}
	a := d.Browse("approver", webtest.Desktop)
	a.Open(fmt.Sprintf("/approvals/%d", review))
	a.Until(`document.querySelectorAll("#attachments [data-file]").length === 2`)
	a.Settled()
	a.Shoot("attachments-review")
	for i := range 2 {
		if i > 0 { // the file that was opened before stands in front
			a = d.Browse("approver", webtest.Desktop)
			a.Open(fmt.Sprintf("/approvals/%d", review))
			a.Settled()
		}
		a.Do(webtest.Click(fmt.Sprintf("#attachments li:nth-child(%d) button", i+1)))
		a.Until(fmt.Sprintf(`!document.querySelector("#attachments li:nth-child(%d) [data-file-opened]").hidden`, i+1))
	}
	approver := d.Users["approver"].ID.Actor()
	proctest.Until(t, "both are known to be opened", func() bool {
		opened, err := d.Approval.Faces.OpenedBy(approvaltest.As(d.Users["approver"]), round.RevisionID, approver)
		must(t, err)
		return len(opened) == 2
	})
	a.Open(fmt.Sprintf("/approvals/%d", review))
	a.Until(`document.querySelectorAll("#attachments [data-file-opened]:not([hidden])").length === 2`)
	d.Look("planner", "attachments", path)
	d.Look("approver", "attachments-review", fmt.Sprintf("/approvals/%d", review))
}
