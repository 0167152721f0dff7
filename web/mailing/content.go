package mailing

import (
	"net/http"

	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
)

// mailingContent shows what the mailing says.
func (s *content) mailingContent(x *desk.Exchange) error {
	view, err := s.openMailing(x, "content")
	if err != nil {
		return err
	}
	content, err := s.contentOf(x, view)
	if err != nil {
		return err
	}
	return x.Show("mailing/content", content)
}

// saveContent takes what was typed into the working copy, and does what the
// pressed button says. Script gets back what changed on the page.
func (s *content) saveContent(x *desk.Exchange) error {
	f, pictures, err := s.contentForm(x)
	if err != nil {
		return err
	}
	do, version := f.Get("do"), f.Number("version")
	if do == "keep" { // over what a colleague saved meanwhile
		do, version = "", f.Number("over")
	}
	action, err := s.contentAction(x, &f, do)
	if err != nil {
		return err
	}
	took, err := s.takePictures(x, &f, pictures)
	if err != nil {
		return s.contentRefused(x, f, err)
	}
	work, err := s.Workbench.Change(
		x.Context(),
		desk.Found[mailings.Mailing](x),
		mailings.ContentPart,
		version,
		x.User.ID,
		func(d *mailings.Brief) error {
			readContent(f, d)
			return action(d)
		},
	)
	if err != nil {
		return s.contentRefused(x, f, err)
	}
	if err := (&savedBlocks{s.Screen}).keep(x, &f, do, &work.Brief); err != nil {
		return err
	}
	return s.contentSaved(x, f, do != "" || took)
}

// contentSaved answers what was saved: the whole form anew if a button changed
// what stands in it, else only what says how it is now. A field that was refused
// doesn't keep the others from being saved.
func (s *content) contentSaved(x *desk.Exchange, f desk.Form, anew bool) error {
	if !x.Partial() && !f.Wrong() {
		return x.GoTo(x.Request.URL.Path)
	}
	view, err := s.reopenMailing(x, "content")
	if err != nil {
		return err
	}
	content, err := s.contentOf(x, view)
	if err != nil {
		return err
	}
	content.Form = f
	if !x.Partial() {
		return x.Answer(http.StatusUnprocessableEntity, "mailing/content", content)
	}
	if err := desk.Saved(x, f); err != nil {
		return err
	}
	content.Beside = true
	if anew {
		x.Header("HX-Retarget", "#content")
		x.Header("HX-Reswap", "outerHTML")
		return x.Part("mailing/content", "content-anew", content)
	}
	return x.Part("mailing/content", "content-saved", content)
}

// contentRefused shows what was typed again with what is wrong; after a
// conflict beside what the colleague saved.
func (s *content) contentRefused(x *desk.Exchange, f desk.Form, cause error) error {
	kind := fault.Of(cause)
	if err := f.Take(cause); err != nil {
		return err
	}
	view, err := s.reopenMailing(x, "content")
	if err != nil {
		return err
	}
	work, theirs := view.Work, view.Content
	readContent(f, &view.Work.Brief)
	if err := s.judge(x, &view); err != nil {
		return err
	}
	content, err := s.contentOf(x, view)
	if err != nil {
		return err
	}
	content.Form = f
	content.Typed = f.Number("version")
	if kind == fault.Conflict && work.Changed() {
		if content.Conflict, err = s.conflictOf(x, work, &theirs, &view.Content); err != nil {
			return err
		}
	}
	if x.Partial() {
		x.Header("HX-Retarget", "#conflict")
		x.Header("HX-Reswap", "outerHTML")
		return x.AnswerPart(http.StatusUnprocessableEntity, "mailing/content", "content-conflict", content)
	}
	return x.Answer(http.StatusUnprocessableEntity, "mailing/content", content)
}
