package mailing

import (
	"keur/approval/shown"
	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
	"keur/web/desk/mails"
)

// faces shows the mails that the newest revision makes, counted over its
// audience; closing the request ends that.
func (s *check) faces(x *desk.Exchange) error {
	view, err := s.openMailing(x, "check")
	if err != nil {
		return err
	}
	if view.Work.Changed() || view.Mailing.RevisionID == nil {
		return x.Part("mailing/check", "mails", mails.Faces{Trouble: x.Say.T("faces.later")})
	}
	set, err := s.Approval.Faces.Current(x.Context(), &view.Mailing)
	if problem, is := desk.AsFault(err); is && (problem.Kind == fault.Invalid || problem.Kind == fault.Conflict) {
		return x.Part("mailing/check", "mails", mails.Faces{Trouble: x.Say.Sentence(problem.Message)})
	}
	if err != nil {
		return err
	}
	all, err := s.Mails.Of(x, &set, mailingPath(view.Mailing.ID))
	if err != nil {
		return err
	}
	return x.Part("mailing/check", "mails", all)
}

// face writes one of the mails alone, for its frame.
func (s *check) face(x *desk.Exchange) error {
	set, err := s.foundSet(x)
	if err != nil {
		return err
	}
	return s.Mails.Frame(x, &set)
}

// seeFace records that the user has seen one of the mails.
func (s *check) seeFace(x *desk.Exchange) error {
	set, err := s.foundSet(x)
	if err != nil {
		return err
	}
	return s.Mails.Note(x, &set, mailingPath(desk.Found[mailings.Mailing](x).ID)+"/check")
}

func (s *check) foundSet(x *desk.Exchange) (shown.Set, error) {
	m := desk.Found[mailings.Mailing](x)
	return s.Approval.Faces.Current(x.Context(), &m)
}
