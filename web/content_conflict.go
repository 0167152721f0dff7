package web

import (
	"slices"
	"time"

	"keur/mailings"
)

// conflict is what two people made of the same words at once.
type conflict struct {
	By      string
	At      time.Time
	Version int // of theirs
	Rows    []clash
}

// clash is one field in which the two differ.
type clash struct{ Field, Theirs, Mine string }

// conflictOf lays what was typed beside what a colleague saved.
func (v *visit) conflictOf(theirs mailings.WorkingCopy, mine mailings.Brief) (*conflict, error) {
	last := theirs.Changes[mailings.ContentPart]
	c := &conflict{At: last.At, Version: last.Version}
	u, err := v.Accounts.Get(v.ctx(), last.By)
	if err != nil {
		return nil, err
	}
	c.By = u.Name
	before, after := v.spelt(&theirs.Brief), v.spelt(&mine)
	for _, field := range slices.Concat(after.order, before.order) {
		if seen := slices.ContainsFunc(c.Rows, func(r clash) bool { return r.Field == field }); !seen && before.text[field] != after.text[field] {
			c.Rows = append(c.Rows, clash{field, before.text[field], after.text[field]})
		}
	}
	return c, nil
}

// spelling is content as fields with a name, in order.
type spelling struct {
	order []string
	text  map[string]string
}

func (s *spelling) add(field, text string) {
	s.order = append(s.order, field)
	s.text[field] = text
}

// spelt writes out what a brief says, field by field.
func (v *visit) spelt(d *mailings.Brief) spelling {
	s := spelling{text: map[string]string{}}
	for _, subject := range d.Subjects {
		s.add(v.Say.T("content.subject_n", "key", subject.Key), subject.Text)
	}
	s.add(v.Say.T("content.preheader"), d.Preheader)
	order := ""
	for i, p := range d.Placements {
		name := p.Heading
		if name == "" {
			name = p.Key
		}
		if i > 0 {
			order += ", "
		}
		order += name
		for _, field := range []struct{ key, text string }{
			{"heading", p.Heading}, {"text", p.Text}, {"button", p.Button}, {"url", p.URL}, {"picture", p.Creative},
		} {
			s.add(v.Say.T("content.of_placement", "field", v.Say.Of("placement_field", field.key), "key", p.Key), field.text)
		}
	}
	s.add(v.Say.T("content.placements"), order)
	return s
}
