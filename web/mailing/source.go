package mailing

import (
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
	"keur/mailings"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
)

func (s *source) mailingSourceRoutes() []desk.Route {
	plan := desk.OfMailing(s.Mailings, accounts.Planner)
	return []desk.Route{
		desk.Get("/mailings/:mailing/source", plan, s.mailingSource),
		desk.Post("/mailings/:mailing/source", plan, s.saveMailingSource),
		desk.Get("/mailings/:mailing/visual", plan, s.visualMailing),
		desk.Post("/mailings/:mailing/visual", plan, s.saveVisualMailing),
		desk.Post("/mailings/:mailing/visual/pictures", plan, s.Editor.TakePicture),
		desk.Post("/mailings/:mailing/source/check", plan, s.checkMailingSource),
		desk.Post("/mailings/:mailing/source/preview", plan, s.previewMailingSource),
	}
}

// mailingSourceView is the source of one mailing's mail in the editor.
type mailingSourceView struct {
	mailingView
	Template string // the label's template whose source it has so far; "": it has its own
	Source   string
	Format   templates.Format
	Typed    int // the version that it was made on
	Marks    []desk.Finding
	Partials []templates.Template // that the source may include
	Conflict *conflict
	Theirs   string // source
}

// Looks are the ways to see the mail.
func (mailingSourceView) Looks() []string { return editor.Looks() }

// mailingSource edits the source of one mailing's mail.
func (s *source) mailingSource(x *desk.Exchange) error {
	view, err := s.openSource(x)
	if err != nil {
		return err
	}
	if !view.MayEdit {
		return x.GoTo(mailingPath(view.Mailing.ID) + "/content")
	}
	return x.Show("mailing/source", view)
}

func (s *source) openSource(x *desk.Exchange) (mailingSourceView, error) {
	m, err := s.openMailing(x, "content")
	if err != nil {
		return mailingSourceView{}, err
	}
	view := mailingSourceView{
		mailingView: m, Source: m.Content.Template.Source, Format: m.Content.Template.Format,
		Typed: m.Work.Changes[mailings.ContentPart].Version, Marks: desk.Findings(x, m.Findings, ""),
	}
	view.Partials, err = s.Editor.OfKind(x, templates.Partial)
	if id := m.Work.Brief.Template.ID; id != 0 && err == nil {
		t, err := s.Templates.Get(x.Context(), templates.ID(id))
		if err != nil {
			return view, err
		}
		view.Template = t.Name
	}
	return view, err
}

// saveMailingSource takes the source into the working copy, or keeps it beside
// what a colleague saved meanwhile.
func (s *source) saveMailingSource(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	source, format := editor.SourceIn(f), templates.Format(f.Get("format"))
	refused := s.takeSource(x, f, format, source)
	if refused == nil {
		return x.GoTo(x.Request.URL.Path)
	}
	if !fault.Is(refused, fault.Conflict) {
		return refused
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	view, err := s.openSource(x)
	if err != nil {
		return err
	}
	if !view.Work.Changed() {
		return refused
	}
	if view.Conflict, err = s.conflictOf(x, view.Work, &view.Content, &view.Content); err != nil {
		return err
	}
	view.Theirs, view.Source, view.Format, view.Typed = view.Source, source, format, f.Number("version")
	return x.Answer(http.StatusUnprocessableEntity, "mailing/source", view)
}

// typedSource is the mailing as it would be with what stands in the editor.
func (s *source) typedSource(x *desk.Exchange) (mailingView, error) {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return mailingView{}, err
	}
	view := mailingView{Mailing: m}
	if view.Work, err = s.Workbench.Open(x.Context(), &m); err != nil {
		return view, err
	}
	view.Work.Brief.Template = mailings.BriefTemplate{Format: templates.Format(f.Get("format")), Source: editor.SourceIn(f)}
	return view, s.judge(x, &view)
}

// checkMailingSource tells the editor what is wrong with what stands in it.
func (s *source) checkMailingSource(x *desk.Exchange) error {
	view, err := s.typedSource(x)
	if err != nil {
		return err
	}
	return editor.AnswerSpots(x, view.Findings)
}

// previewMailingSource shows what stands in the editor as a mail.
func (s *source) previewMailingSource(x *desk.Exchange) error {
	view, err := s.typedSource(x)
	if err != nil {
		return err
	}
	program, _, _, err := view.Content.Compile(x.Context(), s.Compiler)
	return editor.ShowProgram(x, view.Findings, program, err)
}
