package web

import (
	"strconv"

	"keur/internal/paging"
	"keur/labels"
	"keur/segments"
)

// overlapView is two segments beside each other.
type overlapView struct {
	Choices []choice
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
func (v *visit) overlapOfSegments() error {
	view, err := v.readOverlap()
	if err != nil {
		return err
	}
	filter := segments.Filter{Labels: []labels.ID{v.Label.ID}}
	for s, err := range paging.All(func(ask paging.Ask) (paging.Page[segments.Segment], error) {
		return v.Segments.List(v.ctx(), filter, ask)
	}) {
		if err != nil {
			return err
		}
		view.Choices = append(view.Choices, choice{itoa(s.ID), s.Name})
	}
	return v.show("segment_overlap", view)
}

// countOverlap counts the two; closing the request ends it.
func (v *visit) countOverlap() error {
	view, err := v.readOverlap()
	if err != nil {
		return err
	}
	if !view.Chosen {
		return notHere()
	}
	if view.Overlapped, err = v.Audiences.Overlap(v.ctx(), v.Label.ID, view.A.Rule, view.B.Rule); err != nil {
		return err
	}
	return v.part("segment_overlap", "overlap", view)
}

// readOverlap finds the two segments that the address names.
func (v *visit) readOverlap() (view overlapView, err error) {
	view.Label = v.Label.Code
	for name, into := range map[string]*segments.Segment{"a": &view.A, "b": &view.B} {
		id, err := strconv.ParseInt(v.Query(name), 10, 64)
		if err != nil {
			continue // none was chosen yet
		}
		if *into, err = v.Segments.Get(v.ctx(), segments.ID(id)); err != nil {
			return view, err
		}
		if into.LabelID != v.Label.ID {
			return view, notHere()
		}
	}
	view.Chosen = view.A.ID != 0 && view.B.ID != 0
	return view, nil
}
