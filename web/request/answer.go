package request

import (
	"cmp"
	"net/http"
	"slices"

	"keur/campaigns"
	"keur/requests"
	"keur/web/desk"
)

// askAnswer is what a department sees behind its link: what is asked, about what
// and until when. It has no account, and sees no members.
func (s *ticket) askAnswer(x *desk.Exchange) error {
	return s.showAnswer(x, http.StatusOK, desk.NewForm(x.Say), false)
}

func (s *ticket) showAnswer(x *desk.Exchange, status int, f desk.Form, answered bool) error {
	r, err := s.Requests.ByToken(x.Context(), x.Param("token"))
	if err != nil {
		return err
	}
	view := requestView{Form: f, Token: x.Param("token"), Answered: answered, Zone: desk.LastZone(x)}
	if view.Line, err = s.Tickets.Line(x, r); err != nil {
		return err
	}
	switch view.Subject.Subject = r.About(); r.AboutKind {
	case requests.AboutCampaign, requests.AboutMailing:
		if view.Subject.Name, _, err = s.find(x, r.About()); err != nil {
			return err
		}
	case requests.AboutCreative:
		if view.Banner, err = s.banner(x, r); err != nil {
			return err
		}
	}
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

// banner returns the image that a request is about, if it is of the request's label.
func (s *ticket) banner(x *desk.Exchange, r requests.Request) (*campaigns.Creative, error) {
	hash, err := campaigns.ParseHash(r.AboutRef)
	if err != nil {
		return nil, nil //nolint:nilerr // it is about something else
	}
	by, own, err := s.Creatives.SeenBy(x.Context(), hash)
	if err != nil || !own && !slices.Contains(by, r.LabelID) {
		return nil, err
	}
	c, err := s.Creatives.Get(x.Context(), hash)
	return &c, err
}

// answerBanner shows that image to the department.
func (s *ticket) answerBanner(x *desk.Exchange) error {
	r, err := s.Requests.ByToken(x.Context(), x.Param("token"))
	if err != nil {
		return err
	}
	c, err := s.banner(x, r)
	if err != nil || c == nil {
		return cmp.Or(err, desk.NotHere())
	}
	x.Header("Cache-Control", "private, no-store")
	x.Send(http.StatusOK, c.Type, c.Bytes)
	return nil
}
