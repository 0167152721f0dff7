package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"keur/internal/fault"
	"keur/members"
	"keur/members/imports"
)

// uploadView is a file on its way to become members.
type uploadView struct {
	Upload   imports.Upload
	Preview  imports.Preview
	Columns  []columnLine
	Targets  []string
	Known    []members.Attribute // of the label
	Types    []members.Type
	Progress uploadProgress
	Zone     *time.Location
	Form     form
}

// columnLine is a column with what becomes of it, as the form asks it.
type columnLine struct {
	Header  string
	Samples []string
	Choice  string // empty: left out; a target; attribute:city; new
	Name    string // of a new attribute
	Type    members.Type
	Fault   string
}

// uploadProgress is where the import of a file is, for the part that is kept
// current.
type uploadProgress struct {
	ID       int64
	State    string // as uploadState says, or done
	Dry      bool
	Reading  bool
	Done     int64
	Total    int64
	Sentence string
	Fault    string
	Rejects  bool // there are some to download
}

func (v *visit) importUpload() error { return v.showUpload(http.StatusOK, newForm(v.Say), nil) }

// showUpload shows the file; chosen are columns as a form asked for them, if
// one did.
func (v *visit) showUpload(status int, f form, chosen []imports.Column) error {
	up, err := v.uploaded()
	if err != nil {
		return err
	}
	view := uploadView{
		Upload: up, Zone: v.zone(), Form: f, Targets: imports.Targets(),
		Types: []members.Type{members.Text, members.Number, members.Date, members.Bool, members.Set},
	}
	if view.Progress, err = v.uploadProgress(up); err != nil {
		return err
	}
	if up.ImportID == nil && (view.Progress.State != "running" || view.Progress.Dry) {
		if view.Known, err = v.Members.Attributes(v.ctx(), up.Label); err != nil {
			return err
		}
		view.Preview, err = v.Uploads.Preview(v.ctx(), up)
		if err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		if err != nil { // the bytes are gone: only to be removed
			view.Form.Fault = err.Error()
		}
		view.Columns = columnLines(view.Preview, chosen, f)
	}
	if view.Form.Values.Get("sent") == "" {
		view.Form.Values = consentFields(up.Options, v.zone())
	}
	return v.answer(status, "import_upload", view)
}

// uploaded returns the upload that the path names.
func (v *visit) uploaded() (imports.Upload, error) {
	id, err := v.id("upload")
	if err != nil {
		return imports.Upload{}, err
	}
	return v.Uploads.Get(v.ctx(), id)
}

// columnLines puts the samples beside what becomes of each column.
func columnLines(p imports.Preview, chosen []imports.Column, f form) []columnLine {
	columns := p.Columns
	if chosen != nil {
		columns = chosen
	}
	lines := make([]columnLine, len(columns))
	for i, c := range columns {
		line := columnLine{Header: c.Header, Name: c.Target, Type: c.Type, Fault: f.Faults[fmt.Sprintf("columns[%d]", i)]}
		switch {
		case c.New:
			line.Choice = "new"
		case c.Target != "" && c.Type != "":
			line.Choice = "attribute:" + c.Target
		default:
			line.Choice = c.Target
		}
		if line.Choice != "new" {
			line.Name = ""
		}
		for _, row := range p.Rows {
			if i < len(row) && row[i] != "" && len(line.Samples) < 3 {
				line.Samples = append(line.Samples, row[i])
			}
		}
		lines[i] = line
	}
	return lines
}

// consentFields are the fields of the file's consent as they were saved.
func consentFields(o imports.Options, zone *time.Location) map[string][]string {
	fields := map[string][]string{"source": {o.Source}}
	if c := o.Consent; c != nil {
		fields["consent_text"], fields["consent_version"], fields["consent_source"] = []string{c.Text}, []string{c.Version}, []string{c.Source}
		fields["consent_url"], fields["consent_at"] = []string{c.FormURL}, []string{c.At.In(zone).Format("2006-01-02T15:04")}
	}
	return fields
}

// uploadProgress finds where the import of a file is: in this process, or as
// the base has it.
func (v *visit) uploadProgress(up imports.Upload) (uploadProgress, error) {
	work := v.Uploads.Work(up.ID)
	now := uploadProgress{ID: up.ID, State: v.uploadState(up), Dry: work.Dry}
	if told, is := asFault(work.Err); is {
		now.Fault = told.Error()
	} else if work.Err != nil && !errors.Is(work.Err, context.Canceled) {
		now.Fault = v.Say.T("imports.broke")
	}
	done := work.Import
	switch {
	case work.Running:
	case up.ImportID != nil:
		var err error
		if done, err = v.Importer.Import(v.ctx(), *up.ImportID); err != nil {
			return now, err
		}
		if done.State == "finished" {
			now.State = "done"
		}
		if now.Fault == "" {
			now.Fault = done.Error
		}
	case up.Rehearsal != nil:
		done, now.State = *up.Rehearsal, "rehearsed"
	}
	now.Reading, now.Done, now.Total = work.Reading, done.Done, done.Total
	now.Sentence, now.Rejects = v.sayCounts(done.Counts), done.Rejected+done.Omitted > 0
	return now, nil
}

// uploadLive keeps the progress current.
func (v *visit) uploadLive() error {
	id, err := v.id("upload")
	if err != nil {
		return err
	}
	return v.live(500*time.Millisecond, func() (string, error) {
		up, err := v.Uploads.Get(v.ctx(), id)
		if err != nil {
			return "", err
		}
		now, err := v.uploadProgress(up)
		if err != nil {
			return "", err
		}
		return v.render("import_upload", "progress", now)
	})
}

// uploadRejects hands out what the last run of a file left out.
func (v *visit) uploadRejects() error {
	up, err := v.uploaded()
	if err != nil {
		return err
	}
	file, err := v.Uploads.RejectsFile(up)
	if fault.Is(err, fault.NotFound) && up.ImportID != nil {
		return v.to("/imports/" + itoa(*up.ImportID) + "/rejects")
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	v.Header("Content-Type", "text/csv; charset=utf-8")
	v.Header("Content-Disposition", `attachment; filename="rejects-`+itoa(up.ID)+`.csv"`)
	if _, err := io.WriteString(v.Writer, "row,column,reason\n"); err != nil {
		return nil // the reader went away
	}
	_, err = io.Copy(v.Writer, file)
	return err
}
