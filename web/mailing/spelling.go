package mailing

import (
	"net/http"

	"keur/mailings"
	"keur/web/desk"
)

// spelling looks up the words of the mail, for the open page.
func (s *check) spelling(x *desk.Exchange) error { return s.showSpelling(x, "", "") }

// addWord takes a word for right under the label from now on.
func (s *check) addWord(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	refused, err := s.Spelling.Add(x, m.LabelID, f.Get("word"))
	if err != nil {
		return err
	}
	if !x.Partial() {
		return x.GoTo(mailingPath(m.ID) + "/check#spelling")
	}
	return s.showSpelling(x, f.Get("word"), refused)
}

func (s *check) showSpelling(x *desk.Exchange, added, refused string) error {
	m, err := s.openMailing(x, "check")
	if err != nil {
		return err
	}
	view, err := s.Spelling.Of(x, &m.Mailing, &m.Content)
	if err != nil {
		return err
	}
	if view.Refused = refused; refused == "" {
		view.Added = added
	}
	return x.AnswerPart(http.StatusOK, "mailing/check", "spelling", view)
}
