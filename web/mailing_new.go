package web

import (
	"net/http"
	"strconv"
	"strings"

	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/templates"
)

// newMailingView asks what it takes to begin a mailing.
type newMailingView struct {
	Form     form
	Kinds    []mailings.Kind
	Starters []templates.Starter
	Own      []templates.Template
}

func (v *visit) newMailing() error {
	return v.askNewMailing(http.StatusOK, form{Values: map[string][]string{"kind": {string(mailings.Solo)}}})
}

func (v *visit) askNewMailing(status int, f form) error {
	own, err := v.Templates.List(v.ctx(), templates.Filter{Labels: []labels.ID{v.Label.ID}}, paging.Ask{Limit: paging.Most})
	if err != nil {
		return err
	}
	return v.answer(status, "mailing_new", newMailingView{
		Form: f, Kinds: []mailings.Kind{mailings.Solo, mailings.Newsletter, mailings.House},
		Starters: templates.Starters(), Own: own.Items,
	})
}

func (v *visit) createMailing() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if f.Field("name") == "" {
		f.refuse("name", v.Say.T("mailings.name_missing"))
		return v.askNewMailing(http.StatusUnprocessableEntity, f)
	}
	start, err := v.startOf(f.Field("template"))
	if err != nil {
		return err
	}
	m, err := v.bench().Begin(v.ctx(), mailings.Mailing{
		LabelID: v.Label.ID, Name: f.Field("name"), Kind: mailings.Kind(f.Field("kind")),
	}, start, v.User.ID)
	if err != nil {
		if err := f.take(err); err != nil {
			return err
		}
		return v.askNewMailing(http.StatusUnprocessableEntity, f)
	}
	return v.to(mailingPath(m.ID) + "/content")
}

// startOf is what a mailing begins with: an empty subject, and a template,
// which is named as the gallery does.
func (v *visit) startOf(name string) (mailings.Brief, error) {
	template, err := v.chosenTemplate(name)
	return mailings.Brief{
		Subjects: []mailings.Subject{{Key: "a", Weight: 1}}, Template: template, Schedule: mailings.Schedule{Kind: mailings.Once},
	}, err
}

// chosenTemplate finds what the gallery offers by name: starter:solo, or a
// template of the label by its id.
func (v *visit) chosenTemplate(name string) (mailings.BriefTemplate, error) {
	if kind, is := strings.CutPrefix(name, "starter:"); is {
		for _, s := range templates.Starters() {
			if s.Kind == kind {
				return mailings.BriefTemplate{Format: s.Format, Source: s.Source}, nil
			}
		}
		return mailings.BriefTemplate{}, notHere()
	}
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return mailings.BriefTemplate{}, notHere()
	}
	t, err := v.Templates.Get(v.ctx(), templates.ID(id))
	if err == nil && t.LabelID != v.Label.ID {
		err = notHere()
	}
	return mailings.BriefTemplate{ID: id, Version: t.Version}, err
}

// mailingPath is the address of a mailing.
func mailingPath(id mailings.ID) string { return "/mailings/" + itoa(id) }
