package web

import (
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
	"keur/mailings"
	"keur/templates"
)

func (d *door) mailingSourceRoutes() []route {
	plan := ofMailing(accounts.Planner)
	return []route{
		{http.MethodGet, "/mailings/:mailing/source", plan, (*visit).mailingSource},
		{http.MethodPost, "/mailings/:mailing/source", plan, (*visit).saveMailingSource},
		{http.MethodPost, "/mailings/:mailing/source/check", plan, (*visit).checkMailingSource},
		{http.MethodPost, "/mailings/:mailing/source/preview", plan, (*visit).previewMailingSource},
	}
}

// mailingSourceView is the source of one mailing's mail in the editor.
type mailingSourceView struct {
	mailingView
	Template string // the label's template whose source it has so far; "": it has its own
	Source   string
	Format   templates.Format
	Typed    int // the version that it was made on
	Told     []told
	Conflict *conflict
	Theirs   string // source
}

// Looks are the ways to see the mail.
func (mailingSourceView) Looks() []string { return looks() }

// mailingSource edits the source of one mailing's mail.
func (v *visit) mailingSource() error {
	view, err := v.openSource()
	if err != nil {
		return err
	}
	if !view.MayEdit {
		return v.to(mailingPath(view.Mailing.ID) + "/content")
	}
	return v.show("mailing_source", view)
}

func (v *visit) openSource() (mailingSourceView, error) {
	m, err := v.openMailing("content")
	if err != nil {
		return mailingSourceView{}, err
	}
	view := mailingSourceView{
		mailingView: m, Source: m.Content.Template.Source, Format: m.Content.Template.Format,
		Typed: m.Work.Changes[mailings.ContentPart].Version, Told: v.tell(m.Findings, ""),
	}
	if id := m.Work.Brief.Template.ID; id != 0 {
		t, err := v.Templates.Get(v.ctx(), templates.ID(id))
		if err != nil {
			return view, err
		}
		view.Template = t.Name
	}
	return view, nil
}

// saveMailingSource takes the source into the working copy, or keeps it beside
// what a colleague saved meanwhile.
func (v *visit) saveMailingSource() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	source, format := sourceIn(f), templates.Format(f.Get("format"))
	refused := v.takeSource(f, format, source)
	if refused == nil {
		return v.to(v.Request.URL.Path)
	}
	if !fault.Is(refused, fault.Conflict) {
		return refused
	}
	view, err := v.openSource()
	if err != nil {
		return err
	}
	if !view.Work.Changed() {
		return refused
	}
	if view.Conflict, err = v.conflictOf(view.Work, &view.Content, &view.Content); err != nil {
		return err
	}
	view.Theirs, view.Source, view.Format, view.Typed = view.Source, source, format, f.number("version")
	return v.answer(http.StatusUnprocessableEntity, "mailing_source", view)
}

// typedSource is the mailing as it would be with what stands in the editor.
func (v *visit) typedSource() (mailingView, error) {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return mailingView{}, err
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil {
		return mailingView{}, err
	}
	view := mailingView{Mailing: m}
	if view.Work, err = v.bench().Open(v.ctx(), &m); err != nil {
		return view, err
	}
	view.Work.Brief.Template = mailings.BriefTemplate{Format: templates.Format(f.Get("format")), Source: sourceIn(f)}
	return view, v.judge(&view)
}

// checkMailingSource tells the editor what is wrong with what stands in it.
func (v *visit) checkMailingSource() error {
	view, err := v.typedSource()
	if err != nil {
		return err
	}
	return v.answerSpots(view.Findings)
}

// previewMailingSource shows what stands in the editor as a mail.
func (v *visit) previewMailingSource() error {
	view, err := v.typedSource()
	if err != nil {
		return err
	}
	program, _, _, err := view.Content.Compile(v.ctx(), v.Compiler)
	return v.showProgram(&view, program, err)
}
