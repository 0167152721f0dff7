package request

import (
	"net/http"

	"keur/requests"
	"keur/web/desk"
)

// askAnswer is what a department sees behind its link: no account, no members.
func (s *ticket) askAnswer(x *desk.Exchange) error {
	return s.showAnswer(x, http.StatusOK, desk.NewForm(x.Say), false)
}

func (s *ticket) showAnswer(x *desk.Exchange, status int, f desk.Form, answered bool) error {
	r, err := s.Requests.ByToken(x.Context(), x.Param("token"))
	if err != nil {
		return err
	}
	view := requestView{Form: f, Token: x.Param("token"), Answered: answered, Zone: desk.LastZone(x)}
	view.Request = r
	if view.By, err = desk.ActorName(x, r.CreatedBy); err != nil {
		return err
	}
	if view.Comments, err = s.requestComments(x, r.ID); err != nil {
		return err
	}
	if view.Files, err = s.Requests.Files(x.Context(), r.ID); err != nil {
		return err
	}
	return x.Answer(status, "request/answer", view)
}

func (s *ticket) answerRequest(x *desk.Exchange) error {
	if _, err := s.Requests.ByToken(x.Context(), x.Param("token")); err != nil {
		return err // before what a stranger sends is read
	}
	f, files, err := s.formWithFile(x, "file")
	if f.Values == nil {
		return err
	}
	if err == nil {
		err = s.Requests.Answer(x.Context(), x.Param("token"), requests.Reply{
			Name: f.Field("name"), Body: f.Field("body"), Done: f.Field("done") != "", Files: files,
		})
	}
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showAnswer(x, http.StatusUnprocessableEntity, f, false)
	}
	return s.showAnswer(x, http.StatusOK, desk.NewForm(x.Say), true)
}

// answerFile hands a file of the request out to the department.
func (s *ticket) answerFile(x *desk.Exchange) error {
	r, err := s.Requests.ByToken(x.Context(), x.Param("token"))
	if err != nil {
		return err
	}
	number, err := x.ID("file")
	if err != nil {
		return err
	}
	return s.handOut(x, r.ID, number)
}
