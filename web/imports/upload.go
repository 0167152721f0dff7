package imports

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"time"

	"keur/internal/fault"
	"keur/internal/tables"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/standing"
	"keur/members/imports/uploads"
	"keur/web/desk"
)

// uploadView is a file on its way to become members.
type uploadView struct {
	Upload    uploads.Upload
	Preview   imports.Preview
	Columns   []columnLine
	Targets   []string
	Standings []standing.Standing
	Known     []members.Attribute // of the label
	Types     []members.Type
	Progress  uploadProgress
	Zone      *time.Location
	Form      desk.Form
}

// columnLine is a column with what becomes of it, as the form asks it.
type columnLine struct {
	Header  string
	Samples []string
	Choice  string // empty: left out; a target; attribute:city; new; undecided
	Words   []imports.Word
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
	First    []rejectLine
}

// rejectLine is a row, or a value of it, that a dry run left out.
type rejectLine struct {
	Row            int64
	Column, Reason string
}

func (s *Screen) importUpload(x *desk.Exchange) error {
	return s.showUpload(x, http.StatusOK, desk.NewForm(x.Say), nil)
}

// showUpload shows the file; chosen are columns as a form asked for them, if
// one did.
func (s *Screen) showUpload(x *desk.Exchange, status int, f desk.Form, chosen []imports.Column) error {
	up := desk.Found[uploads.Upload](x)
	view := uploadView{
		Upload: up, Zone: x.Zone(), Form: f, Targets: imports.Targets(), Standings: standing.All(),
		Types: []members.Type{members.Text, members.Number, members.Date, members.Bool, members.Set},
	}
	var err error
	if view.Progress, err = s.uploadProgress(x, up); err != nil {
		return err
	}
	if up.ImportID == nil && (view.Progress.State != "running" || view.Progress.Dry) {
		if view.Known, err = s.Members.Attributes(x.Context(), up.Label); err != nil {
			return err
		}
		view.Preview, err = s.Uploads.Preview(x.Context(), up)
		if err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		if err != nil { // the bytes are gone: only to be removed
			view.Form.Fault = err.Error()
		}
		view.Columns = columnLines(view.Preview, chosen, f)
	}
	if view.Form.Values.Get("sent") == "" {
		view.Form.Values = consentFields(up.Options, x.Zone())
	}
	return x.Answer(status, "imports/upload", view)
}

// columnLines puts the samples beside what becomes of each column.
func columnLines(p imports.Preview, chosen []imports.Column, f desk.Form) []columnLine {
	columns := p.Columns
	if chosen != nil {
		columns = chosen
	}
	asks := map[string]imports.Column{} // of the file itself, by header
	for _, c := range p.Columns {
		asks[c.Header] = c
	}
	lines := make([]columnLine, len(columns))
	for i, c := range columns {
		line := columnLine{Header: c.Header, Name: c.Target, Type: c.Type, Fault: f.Faults[fmt.Sprintf("columns[%d]", i)], Words: c.Words}
		if line.Fault == "" && chosen == nil {
			line.Fault = f.Say.Sentence(asks[c.Header].Asks)
		}
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
	fields := map[string][]string{"source": {o.Source}, "standing": {string(o.WholeFile())}, "date_order": {string(o.DateOrder)}}
	if c := o.Consent; c != nil {
		fields["consent_text"], fields["consent_version"], fields["consent_source"] = []string{c.Text}, []string{
			c.Version,
		}, []string{c.Source}
		fields["consent_url"], fields["consent_at"] = []string{c.FormURL}, []string{c.At.In(zone).Format("2006-01-02T15:04")}
	}
	return fields
}

// uploadProgress finds where the import of a file is: in this process, or as
// the base has it.
func (s *Screen) uploadProgress(x *desk.Exchange, up uploads.Upload) (uploadProgress, error) {
	work := s.Uploads.Work(up.ID)
	now := uploadProgress{ID: up.ID, State: s.uploadState(x, up), Dry: work.Dry}
	if problem, is := desk.AsFault(work.Err); is {
		now.Fault = x.Say.Sentence(problem.Message)
	} else if work.Err != nil && !errors.Is(work.Err, context.Canceled) {
		now.Fault = x.Say.T("imports.broke")
	}
	done := work.Import
	switch {
	case work.Running:
	case up.ImportID != nil:
		var err error
		if done, err = s.Importer.Import(x.Context(), *up.ImportID); err != nil {
			return now, err
		}
		if done.State == imports.Finished {
			now.State = "done"
		}
		if now.Fault == "" {
			now.Fault = x.Say.Sentence(done.Error)
		}
	case up.Rehearsal != nil:
		done, now.State = *up.Rehearsal, "rehearsed"
	}
	now.Reading, now.Done, now.Total = work.Reading, done.Done, done.Total
	now.Sentence, now.Rejects = sayCounts(x, done.Counts), done.Rejected+done.Omitted > 0
	for _, r := range done.Rejects[:min(len(done.Rejects), 10)] {
		now.First = append(now.First, rejectLine{r.Row, r.Column, x.Say.Sentence(r.Reason)})
	}
	return now, nil
}

// uploadLive keeps the progress current.
func (s *Screen) uploadLive(x *desk.Exchange) error {
	return desk.Live(x, 500*time.Millisecond, func() (string, error) {
		if err := desk.FindAgain(x); err != nil {
			return "", err
		}
		now, err := s.uploadProgress(x, desk.Found[uploads.Upload](x))
		if err != nil {
			return "", err
		}
		return x.Render("imports/upload", "progress", now)
	})
}

// uploadRejects hands out what the last run of a file left out.
func (s *Screen) uploadRejects(x *desk.Exchange) error {
	up := desk.Found[uploads.Upload](x)
	file, err := s.Uploads.RejectsFile(up)
	if fault.Is(err, fault.NotFound) && up.ImportID != nil {
		return x.GoTo("/imports/" + desk.Itoa(*up.ImportID) + "/rejects")
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	x.Header("Content-Type", "text/csv; charset=utf-8")
	x.Header("Content-Disposition", `attachment; filename="rejects-`+desk.Itoa(up.ID)+`.csv"`)
	out := csv.NewWriter(x.Writer)
	header := []string{"row", "column", "reason"}
	for _, c := range up.Columns {
		header = append(header, c.Header)
	}
	if err := out.Write(header); err != nil {
		return nil // the reader went away
	}
	err = uploads.ReadRejects(file, func(r imports.Reject) error {
		line := append([]string{desk.Itoa(r.Row), r.Column, x.Say.Sentence(r.Reason)}, r.Fields...)
		for i, text := range line {
			line[i] = tables.Safe(text)
		}
		return out.Write(line)
	})
	out.Flush()
	return err
}
