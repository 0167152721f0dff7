package mailing

import "keur/web/desk"

// spam has the mail judged by a spam checker, for the open page.
func (s *check) spam(x *desk.Exchange) error {
	if s.Spam.Checker == nil {
		return desk.NotHere()
	}
	view, err := s.openMailing(x, "check")
	if err != nil {
		return err
	}
	out, err := s.Spam.Of(x, &view.Content)
	if err != nil {
		return err
	}
	return x.Part("mailing/check", "spam", out)
}
