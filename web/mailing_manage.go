package web

import (
	"net/http"

	"keur/accounts"
	"keur/mailings"
)

func (d *door) mailingManageRoutes() []route {
	plan := ofMailing(accounts.Planner)
	return []route{
		{http.MethodPost, "/mailings/:mailing/rename", plan, (*visit).renameMailing},
		{http.MethodPost, "/mailings/:mailing/copy", plan, (*visit).copyMailing},
		{http.MethodPost, "/mailings/:mailing/cancel", plan, (*visit).cancelMailing},
	}
}

func (v *visit) renameMailing() error {
	id, f, err := v.formFor("mailing")
	if err != nil {
		return err
	}
	if name := f.Field("name"); name != "" {
		if _, err := v.Mailings.Update(v.ctx(), mailings.ID(id), func(m *mailings.Mailing) error { m.Name = name; return nil }); err != nil {
			return err
		}
	}
	return v.to(mailingPath(mailings.ID(id)))
}

// copyMailing begins a mailing that says the same to the same members. When it
// goes out is to be said anew.
func (v *visit) copyMailing() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	m, err := v.Mailings.Get(v.ctx(), mailings.ID(id))
	if err != nil {
		return err
	}
	work, err := v.bench().Open(v.ctx(), &m)
	if err != nil {
		return err
	}
	start := work.Brief
	start.Schedule.Kind, start.Schedule.At = mailings.Once, mailings.LocalTime{}
	m.Name = v.Say.T("mailing.copy_of", "name", m.Name)
	made, err := v.bench().Begin(v.ctx(), m, start, v.User.ID)
	if err != nil {
		return err
	}
	return v.to(mailingPath(made.ID) + "/content")
}

// cancelMailing gives a mailing up: it stays to be read and copied.
func (v *visit) cancelMailing() error {
	id, err := v.id("mailing")
	if err != nil {
		return err
	}
	if _, err := v.Mailings.Update(v.ctx(), mailings.ID(id), func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) }); err != nil {
		return err
	}
	return v.to(mailingPath(mailings.ID(id)))
}
