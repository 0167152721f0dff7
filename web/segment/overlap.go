package segment

import (
	"strconv"

	"keur/internal/paging"
	"keur/labels"
	"keur/segments"
	"keur/web/desk"
)

// overlapView is two segments beside each other.
type overlapView struct {
	Choices []desk.Choice
	A, B    segments.Segment
	Label   string
	Chosen  bool
	segments.Overlapped
}

// All is how many members are in either.
func (o overlapView) All() int { return o.OnlyA + o.Both + o.OnlyB }

// InA and InB are how many are in each.
func (o overlapView) InA() int { return o.OnlyA + o.Both }

// InB is how many are in the second.
func (o overlapView) InB() int { return o.OnlyB + o.Both }

// overlapOfSegments shows how the members of two segments overlap.
func (s *Screen) overlapOfSegments(x *desk.Exchange) error {
	view, err := s.readOverlap(x)
	if err != nil {
		return err
	}
	filter := segments.Filter{Labels: []labels.ID{x.Label.ID}}
	for segment, err := range paging.All(func(ask paging.Ask) (paging.Page[segments.Segment], error) {
		return s.Segments.List(x.Context(), filter, ask)
	}) {
		if err != nil {
			return err
		}
		view.Choices = append(view.Choices, desk.Choice{Value: desk.Itoa(segment.ID), Word: segment.Name})
	}
	return x.Show("segment/overlap", view)
}

// countOverlap counts the two; closing the request ends it.
func (s *Screen) countOverlap(x *desk.Exchange) error {
	view, err := s.readOverlap(x)
	if err != nil {
		return err
	}
	if !view.Chosen {
		return desk.NotHere()
	}
	if view.Overlapped, err = s.Audiences.Overlap(x.Context(), x.Label.ID, view.A.Rule, view.B.Rule); err != nil {
		return err
	}
	if few := desk.Few(x, desk.Discreet(x, &view.Overlapped)); few != "" {
		return x.Part("segment/overlap", "few", few)
	}
	return x.Part("segment/overlap", "overlap", view)
}

// readOverlap finds the two segments that the address names.
func (s *Screen) readOverlap(x *desk.Exchange) (view overlapView, err error) {
	view.Label = x.Label.Code
	for name, into := range map[string]*segments.Segment{"a": &view.A, "b": &view.B} {
		id, err := strconv.ParseInt(x.Query(name), 10, 64)
		if err != nil {
			continue // none was chosen yet
		}
		if *into, err = s.Segments.Get(x.Context(), segments.ID(id)); err != nil {
			return view, desk.Hidden(err)
		}
		if into.LabelID != x.Label.ID {
			return view, desk.NotHere()
		}
	}
	view.Chosen = view.A.ID != 0 && view.B.ID != 0
	return view, nil
}
