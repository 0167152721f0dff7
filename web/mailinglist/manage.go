package mailinglist

import (
	"keur/internal/form"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments/explain"
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
	start, err := s.copied(x, &m)
	if err != nil {
		return err
	}
	m.Name, m.CopyOf = form.Cut(x.Say.T("mailing.copy_of", "name", m.Name)), &m.ID
	made, err := s.Workbench.Begin(x.Context(), m, start, x.User.ID)
	if err != nil {
		return err
	}
	return x.GoTo(pathOf(made.ID) + "/content")
}

// copied is what a mailing says, without its moment.
func (s *Screen) copied(x *desk.Exchange, m *mailings.Mailing) (mailings.Brief, error) {
	work, err := s.Workbench.Open(x.Context(), m)
	work.Brief.Schedule.Kind, work.Brief.Schedule.At = schedules.Once, schedules.LocalTime{}
	return work.Brief, err
}

// mailUnopened begins a mailing that says the same to who got one and didn't open
// it. It goes its own way through approval.
func (s *Screen) mailUnopened(x *desk.Exchange) error {
	m := desk.Found[mailings.Mailing](x)
	if m.RevisionID == nil {
		return desk.NotHere()
	}
	content, err := s.Mailings.Content(x.Context(), *m.RevisionID)
	if err != nil {
		return err
	}
	start, err := s.Composer.Brief(x.Context(), &m, &content)
	if err != nil {
		return err
	}
	start.Schedule = mailings.Blank().Schedule
	start.Audience = mailings.Unopened(m.ID, start.Audience)
	rule := &start.Audience.Segments[0]
	names, err := s.Audiences.Names(x.Context(), x.Label.ID, rule.Rule)
	if err != nil {
		return err
	}
	rule.Name = words.Capital(explain.Sentence(rule.Rule, names, x.Label.Locale))
	m.Name, m.CopyOf = form.Cut(x.Say.T("mailing.unopened_of", "name", m.Name)), &m.ID
	made, err := s.Workbench.Begin(x.Context(), m, start, x.User.ID)
	if err != nil {
		return err
	}
	return x.GoTo(pathOf(made.ID) + "/audience")
}

// cancelMailing gives a mailing up: it stays to be read and copied.
func (s *Screen) cancelMailing(x *desk.Exchange) error {
	id := desk.Found[mailings.Mailing](x).ID
	if _, err := s.Mailings.Update(x.Context(), id, func(m *mailings.Mailing) error { return m.MoveTo(mailings.Cancelled) }); err != nil {
		return err
	}
	return x.GoTo(pathOf(id))
}
