package imports

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/members/imports"
	"keur/members/imports/standing"
	"keur/members/imports/uploads"
	"keur/web/desk"
)

func (s *Screen) importRoutes() []desk.Route {
	plans, known, suppressed := s.ofUpload(accounts.Planner), &attributes{s}, &suppressions{s}
	return []desk.Route{
		desk.Get("/imports", desk.Under(accounts.Planner), s.imports),
		desk.Get("/imports/new", desk.Under(accounts.Planner), s.newImport),
		desk.Post("/imports/new", desk.Under(accounts.Planner), s.takeUpload),
		desk.Get("/imports/attributes", desk.Under(accounts.Planner), known.list),
		desk.Post("/imports/attributes", desk.Under(accounts.Planner), known.removeAttribute),
		desk.Get("/imports/attributes/:attribute", desk.Under(accounts.Planner), known.words),
		desk.Post("/imports/attributes/:attribute", desk.Under(accounts.Planner), known.saveWords),
		desk.Get("/imports/suppressions", desk.Under(accounts.Planner), suppressed.newList),
		desk.Post("/imports/suppressions", desk.Under(accounts.Planner), suppressed.takeList),
		desk.Get("/imports/:import/rejects", s.ofImport(accounts.Planner), s.importRejects),
		desk.Get("/imports/files/:upload", plans, s.importUpload),
		desk.Post("/imports/files/:upload", plans, s.changeUpload),
		desk.Get("/imports/files/:upload/live", plans, s.uploadLive),
		desk.Post("/imports/files/:upload/start", plans, s.startUpload),
		desk.Post("/imports/files/:upload/cancel", plans, s.cancelUpload),
		desk.Post("/imports/files/:upload/remove", plans, s.removeUpload),
		desk.Get("/imports/files/:upload/rejects", plans, s.uploadRejects),
	}
}

// importsView is the list of a label's imports.
type importsView struct {
	List  desk.Listing
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
	uploads.Upload
	State string // waits, running, stopped
	Name  string // of who uploaded it
}

func (s *Screen) imports(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "imports-"+x.Label.Code, x.Say.T("section.imports"), importColumns(x), desk.Bind(x, s.findImports))
	}
	list := desk.NewListing(x)
	page, err := s.findImports(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	view := importsView{List: list, Zone: x.Zone()}
	for _, i := range page.Items {
		line := importLine{Import: i, Sentence: sayCounts(x, i.Counts)}
		if line.Name, err = desk.ActorName(x, i.By); err != nil {
			return err
		}
		view.Items = append(view.Items, line)
	}
	view.Open, err = s.openUploads(x)
	if err != nil {
		return err
	}
	return x.Show("imports/list", view)
}

func (s *Screen) findImports(x *desk.Exchange, ask paging.Ask) (paging.Page[imports.Import], error) {
	return s.Importer.Imports(x.Context(), x.Label.ID, ask)
}

// importColumns are those of the list as a file.
func importColumns(x *desk.Exchange) []tables.Column[imports.Import] {
	type row = imports.Import
	return []tables.Column[row]{
		tables.IDOf("id", func(i row) int64 { return i.ID }),
		tables.TextOf("file_name", func(i row) string { return i.FileName }),
		tables.TermOf("state", func(i row) (string, string) { return desk.WordOf(x, "import_state", i.State) }),
		tables.MomentOf("started_at", func(i row) *time.Time { return &i.StartedAt }),
		tables.CountOf("rows", func(i row) int64 { return i.Done }),
		tables.CountOf("inserted", func(i row) int64 { return i.Inserted }),
		tables.CountOf("updated", func(i row) int64 { return i.Updated }),
		tables.CountOf("unchanged", func(i row) int64 { return i.Unchanged }),
		tables.CountOf("duplicates", func(i row) int64 { return i.Duplicates }),
		tables.CountOf("rejected", func(i row) int64 { return i.Rejected }),
		tables.CountOf("not_mailable", func(i row) int64 { return i.NotMailable }),
	}
}

func (s *Screen) openUploads(x *desk.Exchange) ([]uploadLine, error) {
	open, err := s.Uploads.Open(x.Context(), x.Label.ID)
	if err != nil {
		return nil, err
	}
	lines := make([]uploadLine, len(open))
	for i, up := range open {
		lines[i] = uploadLine{Upload: up, State: s.uploadState(x, up)}
		if lines[i].Name, err = desk.ActorName(x, up.CreatedBy); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// uploadState says whether a file waits to be mapped, is at work, or was
// stopped on its way.
func (s *Screen) uploadState(x *desk.Exchange, up uploads.Upload) string {
	switch {
	case s.Uploads.Work(up.ID).Running:
		return "running"
	case up.ImportID != nil:
		return "stopped"
	}
	return "waits"
}

// sayCounts says what an import did, without what it didn't.
func sayCounts(x *desk.Exchange, c imports.Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		text string
	}{
		{c.Inserted, x.Say.T("imports.inserted", "n", c.Inserted)},
		{c.Updated, x.Say.T("imports.updated", "n", c.Updated)},
		{c.Unchanged, x.Say.T("imports.unchanged", "n", c.Unchanged)},
		{c.Duplicates, x.Say.T("imports.duplicates", "n", c.Duplicates)},
		{c.Rejected, x.Say.T("imports.rejected", "n", c.Rejected)},
		{c.Omitted, x.Say.T("imports.omitted", "n", c.Omitted)},
		{c.NotMailable, x.Say.T("imports.not_mailable", "n", c.NotMailable)},
		{c.Listed, x.Say.T("imports.listed", "n", c.Listed)},
	} {
		if p.n > 0 {
			parts = append(parts, p.text)
		}
	}
	var why []string
	for _, w := range []struct {
		n        int64
		standing standing.Standing
	}{
		{c.Unsubscribed, standing.Unsubscribed},
		{c.Bounced, standing.Bounced},
		{c.Complained, standing.Complained},
		{c.NeverConsented, standing.Never},
		{c.Pending, standing.Pending},
	} {
		if w.n > 0 {
			why = append(why, x.Say.T("imports.why_one", "n", w.n, "standing", x.Say.Of("import_standing", w.standing)))
		}
	}
	if len(why) > 0 {
		parts = append(parts, x.Say.T("imports.why", "list", x.Say.List(why)))
	}
	return x.Say.T("imports.rows", "n", c.Done) + strings.Join(append([]string{""}, parts...), " ")
}

// newImportView asks for a file.
type newImportView struct{ Form desk.Form }

func (s *Screen) newImport(x *desk.Exchange) error {
	return x.Show("imports/new", newImportView{desk.NewForm(x.Say)})
}

// takeUpload takes a file in as it arrives, of any size, for however long that
// takes.
func (s *Screen) takeUpload(x *desk.Exchange) error {
	up, err := s.receive(x)
	if err == nil {
		return x.GoTo("/imports/files/" + desk.Itoa(up.ID))
	}
	f := desk.NewForm(x.Say)
	if err := f.Take(err); err != nil {
		return err
	}
	return x.Answer(http.StatusUnprocessableEntity, "imports/new", newImportView{f})
}

func (s *Screen) receive(x *desk.Exchange) (uploads.Upload, error) {
	name, file, err := uploaded(x)
	if err != nil {
		return uploads.Upload{}, err
	}
	return s.Uploads.Keep(x.Context(), x.Label.ID, name, file)
}

// uploaded returns the name and the bytes of the file that a form sends.
func uploaded(x *desk.Exchange) (string, io.Reader, error) {
	control := http.NewResponseController(x.Writer)
	_ = control.SetReadDeadline(time.Time{})  // not every writer has deadlines
	_ = control.SetWriteDeadline(time.Time{}) // and then none is in the way
	desk.Stream(x, 0)
	parts, err := x.Request.MultipartReader()
	if err != nil {
		return "", nil, fault.Wrap(err, fault.Invalid, "fault.form")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, fault.At("file", "imports.choose_file")
		}
		if err != nil {
			return "", nil, fault.Wrap(err, fault.Invalid, "fault.form")
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return part.FileName(), part, nil
		}
	}
}

// importRejects hands out what an import left out, by line.
func (s *Screen) importRejects(x *desk.Exchange) error {
	id := desk.Found[imports.Import](x).ID
	columns := []tables.Column[imports.Reject]{
		tables.CountOf("row", func(r imports.Reject) int64 { return r.Row }),
		tables.TextOf("column", func(r imports.Reject) string { return r.Column }),
		tables.TextOf("reason", func(r imports.Reject) string { return x.Say.Sentence(r.Reason) }),
	}
	return desk.Export(x, "rejects-"+desk.Itoa(id), x.Say.T("imports.rejects"), columns,
		func(ask paging.Ask) (paging.Page[imports.Reject], error) {
			return s.Importer.Rejects(x.Context(), id, ask)
		})
}
