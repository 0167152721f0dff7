// Package named finds what people name in a form.
package named

import (
	"strings"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/builder"
)

// Finder finds things of the page's label.
type Finder struct {
	Segments *segments.Store
	Mailings *mailings.Store
}

// Segment finds a segment of the label by what was typed: "Women · 12" of
// the list, or its name alone. 0 is none.
func (f Finder) Segment(x *desk.Exchange, typed string) (int64, error) {
	if id := builder.Number(typed); id > 0 {
		segment, err := f.Segments.Get(x.Context(), segments.ID(id))
		return ofLabel(x, segment.LabelID, id, err)
	}
	found, err := f.Segments.List(x.Context(), segments.Filter{Labels: []labels.ID{x.Label.ID}, Name: typed}, paging.Ask{})
	return only(found.Items, typed, func(segment segments.Segment) (string, int64) { return segment.Name, int64(segment.ID) }), err
}

// Mailing finds a mailing of the label as Segment does.
func (f Finder) Mailing(x *desk.Exchange, typed string) (int64, error) {
	if id := builder.Number(typed); id > 0 {
		m, err := f.Mailings.Get(x.Context(), mailings.ID(id))
		return ofLabel(x, m.LabelID, id, err)
	}
	found, err := f.Mailings.List(x.Context(), mailings.Filter{Labels: []labels.ID{x.Label.ID}, Name: typed}, paging.Ask{})
	return only(found.Items, typed, func(m mailings.Mailing) (string, int64) { return m.Name, int64(m.ID) }), err
}

// ofLabel returns the number of a thing that was looked up, 0 if it isn't there
// or is another label's.
func ofLabel(x *desk.Exchange, label labels.ID, id int64, err error) (int64, error) {
	switch {
	case fault.Is(err, fault.NotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case label != x.Label.ID:
		return 0, nil
	}
	return id, nil
}

// only returns the number of the one thing that is called so; 0, if none is or
// several are.
func only[T any](found []T, name string, of func(T) (string, int64)) (only int64) {
	for _, thing := range found {
		switch called, id := of(thing); {
		case !strings.EqualFold(called, name):
		case only != 0:
			return 0
		default:
			only = id
		}
	}
	return only
}
