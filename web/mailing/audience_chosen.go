package mailing

import (
	"slices"
	"strings"

	"keur/web/desk"
	"keur/web/desk/builder"
	"keur/web/desk/named"
)

// chosenOf are the segments and mailings that are ticked in the form, and those
// that are being added. A name that nothing of the label has, or more than one
// thing, is refused beside its field.
func (s *audience) chosenOf(x *desk.Exchange, f *desk.Form) (include, exclude, got []int64, err error) {
	by := named.Finder{Segments: s.Segments, Mailings: s.Mailings}
	segment := x.Say.T("audience.unknown_segment", "label", x.Label.Name)
	if include, err = chosen(f, "segment", desk.Bind(x, by.Segment), segment); err != nil {
		return nil, nil, nil, err
	}
	if exclude, err = chosen(f, "exclude", desk.Bind(x, by.Segment), segment); err != nil {
		return nil, nil, nil, err
	}
	got, err = chosen(f, "mailing", desk.Bind(x, by.Mailing), x.Say.T("audience.unknown_mailing", "label", x.Label.Name))
	return include, exclude, got, err
}

// chosen are the numbers of the things that are ticked under a name, and of the
// one that is named to be added, by whatever button, as find knows it: 0 is refused
// as unknown.
func chosen(f *desk.Form, name string, find func(string) (int64, error), unknown string) (ids []int64, err error) {
	for _, text := range f.Values[name] {
		if id := builder.Number(strings.TrimSpace(text)); id > 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	field := "add_" + name
	if f.Field(field) == "" {
		return ids, nil
	}
	id, err := find(f.Field(field))
	switch {
	case err != nil:
		return nil, err
	case id == 0:
		f.Refuse(field, unknown)
	case !slices.Contains(ids, id):
		ids = append(ids, id)
	}
	return ids, nil
}
