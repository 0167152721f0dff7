package web

import (
	"net/http"

	"keur/internal/fault"
	"keur/mailings"
)

// mailingContent shows what the mailing says.
func (v *visit) mailingContent() error {
	view, err := v.openMailing("content")
	if err != nil {
		return err
	}
	content, err := v.contentOf(view)
	if err != nil {
		return err
	}
	return v.show("mailing_content", content)
}

// saveContent takes what was typed into the working copy, and does what the
// pressed button says. Script gets back what changed on the page.
func (v *visit) saveContent() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	f, err := v.contentForm()
	if err != nil {
		return err
	}
	do, version := f.Get("do"), f.number("version")
	if do == "keep" { // over what a colleague saved meanwhile
		do, version = "", f.number("over")
	}
	action, err := v.contentAction(do)
	if err != nil {
		return err
	}
	took, err := v.takePictures(&f)
	if err != nil {
		return v.contentRefused(f, err)
	}
	_, err = v.bench().Change(v.ctx(), mailings.ID(id), mailings.ContentPart, version, v.User.ID, func(d *mailings.Brief) error {
		f.content(d)
		return action(d)
	})
	if err != nil {
		return v.contentRefused(f, err)
	}
	return v.contentSaved(do != "" || took)
}

// contentSaved answers what was saved: the whole form anew if a button changed
// what stands in it, else only what says how it is now.
func (v *visit) contentSaved(anew bool) error {
	if !v.partial() {
		return v.to(v.Request.URL.Path)
	}
	view, err := v.openMailing("content")
	if err != nil {
		return err
	}
	content, err := v.contentOf(view)
	if err != nil {
		return err
	}
	v.Header("HX-Trigger", "saved")
	if anew {
		v.Header("HX-Retarget", "#content")
		v.Header("HX-Reswap", "outerHTML")
		content.Beside = true
		return v.part("mailing_content", "content-anew", content)
	}
	content.Beside = true
	return v.part("mailing_content", "content-saved", content)
}

// contentRefused shows what was typed again with what is wrong; after a
// conflict beside what the colleague saved.
func (v *visit) contentRefused(f form, cause error) error {
	kind := fault.Of(cause)
	if err := f.take(cause); err != nil {
		return err
	}
	view, err := v.openMailing("content")
	if err != nil {
		return err
	}
	work, theirs := view.Work, view.Content
	f.content(&view.Work.Brief)
	if err := v.judge(&view); err != nil {
		return err
	}
	content, err := v.contentOf(view)
	if err != nil {
		return err
	}
	content.Form = f
	content.Typed = f.number("version")
	if kind == fault.Conflict && work.Changed() {
		if content.Conflict, err = v.conflictOf(work, &theirs, &view.Content); err != nil {
			return err
		}
	}
	if v.partial() {
		v.Header("HX-Retarget", "#conflict")
		v.Header("HX-Reswap", "outerHTML")
		return v.write(http.StatusUnprocessableEntity, "mailing_content", "content-conflict", content)
	}
	return v.answer(http.StatusUnprocessableEntity, "mailing_content", content)
}
