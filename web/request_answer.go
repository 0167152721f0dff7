package web

import (
	"net/http"

	"keur/requests"
)

// askAnswer is what a department sees behind its link: no account, no members.
func (v *visit) askAnswer() error { return v.showAnswer(http.StatusOK, newForm(v.Say), false) }

func (v *visit) showAnswer(status int, f form, answered bool) error {
	r, err := v.Requests.ByToken(v.ctx(), v.Param("token"))
	if err != nil {
		return err
	}
	view := requestView{Form: f, Token: v.Param("token"), Answered: answered, Zone: v.lastLabelZone()}
	view.Request = r
	if view.By, err = v.actorName(r.CreatedBy); err != nil {
		return err
	}
	if view.Comments, err = v.requestComments(r.ID); err != nil {
		return err
	}
	if view.Files, err = v.Requests.Files(v.ctx(), r.ID); err != nil {
		return err
	}
	return v.answer(status, "answer", view)
}

func (v *visit) answerRequest() error {
	if _, err := v.Requests.ByToken(v.ctx(), v.Param("token")); err != nil {
		return err // before what a stranger sends is read
	}
	f, files, err := v.formWithFile("file")
	if f.Values == nil {
		return err
	}
	if err == nil {
		err = v.Requests.Answer(v.ctx(), v.Param("token"), requests.Reply{
			Name: f.Field("name"), Body: f.Field("body"), Done: f.Field("done") != "", Files: files,
		})
	}
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.showAnswer(http.StatusUnprocessableEntity, f, false)
	}
	return v.showAnswer(http.StatusOK, newForm(v.Say), true)
}

// answerFile hands a file of the request out to the department.
func (v *visit) answerFile() error {
	r, err := v.Requests.ByToken(v.ctx(), v.Param("token"))
	if err != nil {
		return err
	}
	number, err := v.id("file")
	if err != nil {
		return err
	}
	return v.handOut(r.ID, number)
}
