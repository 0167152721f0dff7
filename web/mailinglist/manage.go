package mailinglist

import (
	"keur/internal/form"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/web/desk"
)

func (s *Screen) renameMailing(x *desk.Exchange) error {
	m, f, err := desk.FoundWithForm[mailings.Mailing](x)
	if err != nil {
		return err
	}
	if name := f.Field("name"); name != "" {
		if _, err := s.Mailings.Update(x.Context(), m.ID, func(m *mailings.Mailing) error { return m.Rename(name) }); err != nil {
			return err
		}
	}
	return x.GoTo(pathOf(m.ID))
}

// copyMailing begins a mailing that says the same to the same members. When it
// goes out is to be said anew.
func (s *Screen) copyMailing(x *desk.Exchange) error {
	m := desk.Found[mailings.Mailing](x)
	work, err := s.Workbench.Open(x.Context(), &m)
	if err != nil {
		return err
	}
	start := work.Brief
	start.Schedule.Kind, start.Schedule.At = schedules.Once, schedules.LocalTime{}
	m.Name, m.CopyOf = form.Cut(x.Say.T("mailing.copy_of", "name", m.Name)), &m.ID
	made, err := s.Workbench.Begin(x.Context(), m, start, x.User.ID)
	if err != nil {
		return err
	}
	return x.GoTo(pathOf(made.ID) + "/content")
}

// cancelMailing gives a mailing up: it stays to be read and copied.
func (s *Screen) cancelMailing(x *desk.Exchange) error {
	id := desk.Found[mailings.Mailing](x).ID
	if _, err := s.Mailings.Update(x.Context(), id, func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) }); err != nil {
		return err
	}
	return x.GoTo(pathOf(id))
}
