package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/members/imports"
)

func (d *door) importRoutes() []route {
	plans := ofUpload(accounts.Planner)
	return []route{
		{http.MethodGet, "/imports", under(accounts.Planner), (*visit).imports},
		{http.MethodGet, "/imports/new", under(accounts.Planner), (*visit).newImport},
		{http.MethodPost, "/imports/new", under(accounts.Planner), (*visit).takeUpload},
		{http.MethodGet, "/imports/:import/rejects", ofImport(accounts.Planner), (*visit).importRejects},
		{http.MethodGet, "/imports/files/:upload", plans, (*visit).importUpload},
		{http.MethodPost, "/imports/files/:upload", plans, (*visit).changeUpload},
		{http.MethodGet, "/imports/files/:upload/live", plans, (*visit).uploadLive},
		{http.MethodPost, "/imports/files/:upload/start", plans, (*visit).startUpload},
		{http.MethodPost, "/imports/files/:upload/cancel", plans, (*visit).cancelUpload},
		{http.MethodPost, "/imports/files/:upload/remove", plans, (*visit).removeUpload},
		{http.MethodGet, "/imports/files/:upload/rejects", plans, (*visit).uploadRejects},
	}
}

// importsView is the list of a label's imports.
type importsView struct {
	List  listing
	Open  []uploadLine // files that wait for somebody
	Items []importLine
	Zone  *time.Location
}

// importLine is an import with what came of it in a sentence.
type importLine struct {
	imports.Import
	Sentence string
	Name     string // of who ran it
}

// uploadLine is a file and how its import stands.
type uploadLine struct {
	imports.Upload
	State string // waits, running, stopped
	Name  string // of who uploaded it
}

func (v *visit) imports() error {
	if v.wantsCSV() {
		header := []string{"id", "file_name", "state", "started_at", "rows", "inserted", "updated", "unchanged", "duplicates", "rejected", "not_mailable"}
		return export(v, "imports-"+v.Label.Code, header, v.findImports, importRow)
	}
	list := v.newListing()
	page, err := v.findImports(list.ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := importsView{List: list, Zone: v.zone()}
	for _, i := range page.Items {
		line := importLine{Import: i, Sentence: v.sayCounts(i.Counts)}
		if line.Name, err = v.actorName(i.By); err != nil {
			return err
		}
		view.Items = append(view.Items, line)
	}
	view.Open, err = v.openUploads()
	if err != nil {
		return err
	}
	return v.show("imports", view)
}

func (v *visit) findImports(ask paging.Ask) (paging.Page[imports.Import], error) {
	return v.Importer.Imports(v.ctx(), v.Label.ID, ask)
}

func importRow(i imports.Import) []string {
	return []string{
		itoa(i.ID), i.FileName, i.State, i.StartedAt.UTC().Format(time.RFC3339), itoa(i.Done), itoa(i.Inserted), itoa(i.Updated),
		itoa(i.Unchanged), itoa(i.Duplicates), itoa(i.Rejected), itoa(i.NotMailable),
	}
}

func (v *visit) openUploads() ([]uploadLine, error) {
	open, err := v.Uploads.Open(v.ctx(), v.Label.ID)
	if err != nil {
		return nil, err
	}
	lines := make([]uploadLine, len(open))
	for i, up := range open {
		lines[i] = uploadLine{Upload: up, State: v.uploadState(up)}
		if lines[i].Name, err = v.actorName(up.CreatedBy); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// uploadState says whether a file waits to be mapped, is at work, or was
// stopped on its way.
func (v *visit) uploadState(up imports.Upload) string {
	switch {
	case v.Uploads.Work(up.ID).Running:
		return "running"
	case up.ImportID != nil:
		return "stopped"
	}
	return "waits"
}

// sayCounts says what an import did, without what it didn't.
func (v *visit) sayCounts(c imports.Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		text string
	}{
		{c.Inserted, v.Say.T("imports.inserted", "n", c.Inserted)},
		{c.Updated, v.Say.T("imports.updated", "n", c.Updated)},
		{c.Unchanged, v.Say.T("imports.unchanged", "n", c.Unchanged)},
		{c.Duplicates, v.Say.T("imports.duplicates", "n", c.Duplicates)},
		{c.Rejected, v.Say.T("imports.rejected", "n", c.Rejected)},
		{c.Omitted, v.Say.T("imports.omitted", "n", c.Omitted)},
		{c.NotMailable, v.Say.T("imports.not_mailable", "n", c.NotMailable)},
	} {
		if p.n > 0 {
			parts = append(parts, p.text)
		}
	}
	return v.Say.T("imports.rows", "n", c.Done) + strings.Join(append([]string{""}, parts...), " ")
}

// newImportView asks for a file.
type newImportView struct{ Form form }

func (v *visit) newImport() error { return v.show("import_new", newImportView{newForm(v.Say)}) }

// takeUpload takes a file in as it arrives, of any size, for however long that
// takes.
func (v *visit) takeUpload() error {
	up, err := v.receive()
	if err == nil {
		return v.to("/imports/files/" + itoa(up.ID))
	}
	f := newForm(v.Say)
	if err := f.take(err); err != nil {
		return err
	}
	return v.answer(http.StatusUnprocessableEntity, "import_new", newImportView{f})
}

func (v *visit) receive() (imports.Upload, error) {
	control := http.NewResponseController(v.Writer)
	_ = control.SetReadDeadline(time.Time{})  // not every writer has deadlines
	_ = control.SetWriteDeadline(time.Time{}) // and then none is in the way
	if body, is := v.MustGet(bodyKey).(io.ReadCloser); is {
		v.Request.Body = body
	}
	parts, err := v.Request.MultipartReader()
	if err != nil {
		return imports.Upload{}, fault.Wrap(err, fault.Invalid, "%s", v.Say.T("fault.form"))
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return imports.Upload{}, fault.At("file", "%s", v.Say.T("imports.choose_file"))
		}
		if err != nil {
			return imports.Upload{}, fault.Wrap(err, fault.Invalid, "%s", v.Say.T("fault.form"))
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return v.Uploads.Keep(v.ctx(), v.Label.ID, part.FileName(), part)
		}
	}
}

// importRejects hands out what an import left out, by line.
func (v *visit) importRejects() error {
	id, err := v.id("import")
	if err != nil {
		return err
	}
	return export(v, "rejects-"+itoa(id), []string{"row", "column", "reason"}, func(ask paging.Ask) (paging.Page[imports.Reject], error) {
		return v.Importer.Rejects(v.ctx(), id, ask)
	}, func(r imports.Reject) []string { return []string{itoa(r.Row), r.Column, v.Say.Recall(r.Reason)} })
}
