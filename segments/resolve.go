package segments

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/labels"
)

// Resolve returns the newest version of a segment by value, ready for an
// audience: every reference in it is replaced by the rule it refers to.
func (s *Store) Resolve(ctx context.Context, id ID) (SegmentRef, error) {
	g, err := s.Get(ctx, id)
	if err != nil {
		return SegmentRef{}, err
	}
	if g.ArchivedAt != nil {
		return SegmentRef{}, fault.New(fault.Conflict, "segments.archived_by_now", "name", g.Name)
	}
	r := resolver{db: s.db, label: g.LabelID, open: []ID{id}}
	rule, err := r.rule(ctx, g.Rule)
	return SegmentRef{ID: g.ID, Version: g.Version, Name: g.Name, Rule: rule}, err
}

// resolve replaces the references in a rule.
func resolve(ctx context.Context, db sqlx.QueryerContext, label labels.ID, rule Rule) (Rule, error) {
	r := resolver{db: db, label: label}
	return r.rule(ctx, rule)
}

// checkCountable returns a fault if the segment's rule can't be counted, or if it
// refers to itself by way of others.
func checkCountable(ctx context.Context, db sqlx.QueryerContext, g Segment) error {
	if err := checkMentions(ctx, db, g.LabelID, mentionsIn(g.Rule, "rule")); err != nil {
		return err
	}
	r := resolver{db: db, label: g.LabelID, open: []ID{g.ID}}
	rule, err := r.rule(ctx, g.Rule)
	if err != nil {
		return err
	}
	fields, err := FieldsOf(ctx, db, g.LabelID)
	if err != nil {
		return err
	}
	return rule.Validate(fields)
}

type resolver struct {
	db    sqlx.QueryerContext
	label labels.ID
	open  []ID // the segments that we are within
	rules int
}

func (r *resolver) rule(ctx context.Context, rule Rule) (Rule, error) {
	if r.rules++; r.rules > maxRules {
		return rule, fault.New(fault.Invalid, "segments.parts_of_all_range", "most", maxRules)
	}
	var err error
	switch {
	case rule.All != nil:
		rule.All, err = r.list(ctx, rule.All)
	case rule.Any != nil:
		rule.Any, err = r.list(ctx, rule.Any)
	case rule.Not != nil:
		var part Rule
		part, err = r.rule(ctx, *rule.Not)
		rule.Not = &part
	case rule.Segment != nil:
		return r.reference(ctx, rule.Segment.ID)
	}
	return rule, err
}

func (r *resolver) list(ctx context.Context, rules []Rule) ([]Rule, error) {
	resolved := make([]Rule, len(rules))
	for i, rule := range rules {
		var err error
		if resolved[i], err = r.rule(ctx, rule); err != nil {
			return nil, err
		}
	}
	return resolved, nil
}

func (r *resolver) reference(ctx context.Context, id ID) (Rule, error) {
	for _, open := range r.open {
		if open == id {
			return Rule{}, fault.New(fault.Invalid, "segments.circular", "id", id, "others", len(r.open)-1)
		}
	}
	g, err := get(ctx, r.db, id, "")
	if fault.Is(err, fault.NotFound) || (err == nil && g.LabelID != r.label) {
		return Rule{}, fault.New(fault.Invalid, "segments.not_one_of_label", "id", id)
	}
	if err != nil {
		return Rule{}, err
	}
	r.open = append(r.open, id)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	rule, err := r.rule(ctx, g.Rule)
	if err != nil {
		return Rule{}, fmt.Errorf("segment %d: %w", id, err)
	}
	return rule, nil
}

// ResolveAudience returns the audience by value, as a revision holds it: each
// saved segment that it names by id as its newest version, each rule of its own
// with the references replaced. Returns an Invalid fault with the path of what
// isn't there or can't be counted.
func (s *Store) ResolveAudience(ctx context.Context, label labels.ID, a Audience) (Audience, error) {
	err := checkMentions(ctx, s.db, label, a.mentionsIn("audience"))
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
			return nil, fault.At(at+".id", "segments.not_of_this_label")
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
