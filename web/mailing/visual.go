package mailing

import (
	"net/http"
	"time"

	"keur/internal/fault"
	"keur/mailings"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
)

// visualMailingView is a mailing's mail in the visual editor.
type visualMailingView struct {
	editor.Visual
	mailingView
	Template string    // whose source the mailing has so far; "": it has its own
	SavedAt  time.Time // zero: it wasn't since the newest revision
	Conflict *conflict
	Theirs   string // source
}

// visualMailing edits the mail of one mailing by eye.
func (s *source) visualMailing(x *desk.Exchange) error {
	view, err := s.openVisual(x)
	if err != nil {
		return err
	}
	if !view.MayEdit || view.Content.Template.Format != templates.MJML {
		return x.GoTo(mailingPath(view.Mailing.ID) + "/content")
	}
	x.Header("Content-Security-Policy", editor.VisualPolicy)
	return x.Show("mailing/visual", view)
}

func (s *source) openVisual(x *desk.Exchange) (visualMailingView, error) {
	m, err := s.openMailing(x, "content")
	if err != nil {
		return visualMailingView{}, err
	}
	view := visualMailingView{mailingView: m, SavedAt: m.Work.Changes[mailings.ContentPart].At}
	if id := m.Work.Brief.Template.ID; id != 0 {
		t, err := s.Templates.Get(x.Context(), templates.ID(id))
		if err != nil {
			return view, err
		}
		view.Template = t.Name
	}
	view.Visual, err = s.Editor.OfMailing(x, &m.Mailing, &m.Work, m.Content.Template.Source)
	return view, err
}

// saveVisualMailing takes the source into the working copy. It is the mailing's
// own from then on; the label's template stays as it is.
func (s *source) saveVisualMailing(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	source := editor.SourceIn(f)
	if err := s.takeSource(x, f, templates.MJML, source); err != nil {
		return s.visualRefused(x, f, source, err)
	}
	if !x.Partial() {
		return x.GoTo(x.Request.URL.Path)
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	view, err := s.openVisual(x)
	if err != nil {
		return err
	}
	if err := desk.Saved(x, f); err != nil {
		return err
	}
	return x.Part("mailing/visual", "visual-saved", view)
}

// takeSource makes a source the mailing's own, in the working copy.
func (s *source) takeSource(x *desk.Exchange, f desk.Form, format templates.Format, source string) error {
	m, version := desk.Found[mailings.Mailing](x), f.Number("version")

	if f.Get("do") == "keep" { // over what a colleague saved meanwhile
		version = f.Number("over")
	}
	_, err := s.Workbench.Change(x.Context(), m, mailings.ContentPart, version, x.User.ID, func(d *mailings.Brief) error {
		d.Template = mailings.BriefTemplate{Format: format, Source: source}
		return nil
	})
	return err
}

// visualRefused keeps what was made beside what a colleague saved.
func (s *source) visualRefused(x *desk.Exchange, f desk.Form, source string, cause error) error {
	if !fault.Is(cause, fault.Conflict) {
		return cause
	}
	if err := desk.FindAgain(x); err != nil {
		return err
	}
	view, err := s.openVisual(x)
	if err != nil {
		return err
	}
	view.Theirs, view.Source, view.Typed = view.Source, source, f.Number("version")
	if !view.Work.Changed() {
		return cause
	}
	if view.Conflict, err = s.conflictOf(x, view.Work, &view.Content, &view.Content); err != nil {
		return err
	}
	if x.Partial() {
		x.Header("HX-Retarget", "#conflict")
		x.Header("HX-Reswap", "outerHTML")
		return x.AnswerPart(http.StatusUnprocessableEntity, "mailing/visual", "visual-conflict", view)
	}
	x.Header("Content-Security-Policy", editor.VisualPolicy)
	return x.Answer(http.StatusUnprocessableEntity, "mailing/visual", view)
}
