package segments

import (
	"context"
	"fmt"

	"keur/internal/fault"
	"keur/labels"
)

// ResolveAudience returns the audience by value, as a revision holds it: each
// saved segment that it names by id as its newest version, each rule of its own
// with the references replaced. Returns an Invalid fault with the path of what
// isn't there or can't be counted.
func (s *Store) ResolveAudience(ctx context.Context, label labels.ID, a Audience) (Audience, error) {
	err := owned(ctx, s.db, label, a.mentionsIn("audience"))
	if err != nil {
		return a, err
	}
	if a.Segments, err = s.resolveRefs(ctx, label, a.Segments, "audience.segments"); err != nil {
		return a, err
	}
	if a.Exclude, err = s.resolveRefs(ctx, label, a.Exclude, "audience.exclude"); err != nil {
		return a, err
	}
	fields, err := FieldsOf(ctx, s.db, label)
	if err != nil {
		return a, err
	}
	return a, a.Validate(fields)
}

func (s *Store) resolveRefs(ctx context.Context, label labels.ID, refs []SegmentRef, path string) ([]SegmentRef, error) {
	resolved := make([]SegmentRef, len(refs))
	for i, ref := range refs {
		at := fmt.Sprintf("%s[%d]", path, i)
		if ref.ID == 0 {
			rule, err := resolve(ctx, s.db, label, ref.Rule)
			if err != nil {
				return nil, err
			}
			ref.Rule = rule
			resolved[i] = ref
			continue
		}
		g, err := s.Get(ctx, ref.ID)
		if fault.Is(err, fault.NotFound) || (err == nil && g.LabelID != label) {
			return nil, fault.At(at+".id", "not a segment of this label")
		}
		if err != nil {
			return nil, err
		}
		if resolved[i], err = s.Resolve(ctx, ref.ID); err != nil {
			return nil, err
		}
	}
	return resolved, nil
}
