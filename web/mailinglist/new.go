package mailinglist

import (
	"net/http"

	"keur/mailings"
	"keur/templates"
	"keur/web/desk"
)

// newMailingView asks what it takes to begin a mailing.
type newMailingView struct {
	Form     desk.Form
	Kinds    []mailings.Kind
	Starters []templates.Starter
	Own      []templates.Template
}

func (s *Screen) newMailing(x *desk.Exchange) error {
	return s.askNewMailing(x, http.StatusOK, desk.Form{Values: map[string][]string{"kind": {string(mailings.Solo)}}})
}

func (s *Screen) askNewMailing(x *desk.Exchange, status int, f desk.Form) error {
	own, err := s.Editor.OfKind(x, templates.Mail)
	if err != nil {
		return err
	}
	return x.Answer(status, "mailinglist/new", newMailingView{
		Form: f, Kinds: []mailings.Kind{mailings.Solo, mailings.Newsletter, mailings.House},
		Starters: templates.Starters(), Own: own,
	})
}

func (s *Screen) createMailing(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	if f.Field("name") == "" {
		f.Refuse("name", x.Say.T("mailings.name_missing"))
		return s.askNewMailing(x, http.StatusUnprocessableEntity, f)
	}
	start, err := s.startOf(x, f.Field("template"))
	if err != nil {
		return err
	}
	m, err := s.Workbench.Begin(x.Context(), mailings.Mailing{
		LabelID: x.Label.ID, Name: f.Field("name"), Kind: mailings.Kind(f.Field("kind")),
	}, start, x.User.ID)
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.askNewMailing(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo(pathOf(m.ID) + "/content")
}

// startOf is what a mailing begins with: an empty subject, and a template,
// which is named as the gallery does.
func (s *Screen) startOf(x *desk.Exchange, name string) (mailings.Brief, error) {
	template, err := s.Editor.Template(x, name)
	return mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Weight: 1}}, Template: template, Schedule: mailings.Schedule{Kind: mailings.Once},
	}, err
}

// pathOf is the address of a mailing.
func pathOf(id mailings.ID) string { return "/mailings/" + desk.Itoa(id) }
