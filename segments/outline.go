package segments

import (
	"context"
	"slices"

	"keur/labels"
)

// Line is one line of a rule that is said as an outline: a group, whose parts
// stand deeper in the lines that follow, or a condition.
type Line struct {
	Depth int
	Group Group  // empty: a condition
	Text  string // of a condition, such as "woonplaats is Utrecht"
}

// Group is how the parts of a group count together.
type Group string

// The groups.
const (
	AllOf  Group = "all"
	AnyOf  Group = "any"
	NoneOf Group = "none"
	NotAll Group = "not_all" // at least one of them doesn't match
)

// Outline says the rule line by line in locale. A rule of one condition stands
// in a group like any other.
func Outline(rule Rule, names Names, locale string) []Line {
	group, parts, is := rule.Group()
	if !is {
		group, parts = AllOf, []Rule{rule}
	}
	x := explainer{tongue: tongueOf(locale), names: names}
	return x.outline(group, parts, 0)
}

func (x explainer) outline(group Group, parts []Rule, depth int) []Line {
	lines := []Line{{Depth: depth, Group: group}}
	for _, part := range parts {
		if inner, of, is := part.Group(); is {
			lines = append(lines, x.outline(inner, of, depth+1)...)
			continue
		}
		lines = append(lines, Line{Depth: depth + 1, Text: x.rule(part, false)})
	}
	return lines
}

// Group returns how the parts of the rule count together, if it is a group. A
// negated condition that has a negation of its own, as in "didn't click", is
// none.
func (r Rule) Group() (group Group, parts []Rule, is bool) {
	switch {
	case r.All != nil:
		return AllOf, r.All, true
	case r.Any != nil:
		return AnyOf, r.Any, true
	case r.Not == nil, r.Not.Engagement != nil, r.Not.Conversion != nil, r.Not.Segment != nil:
		return "", nil, false
	case r.Not.All != nil:
		return NotAll, r.Not.All, true
	case r.Not.Any != nil:
		return NoneOf, r.Not.Any, true
	}
	return NoneOf, []Rule{*r.Not}, true
}

// Join makes the rule of a group; it is the other way round of Rule.Group.
func (g Group) Join(parts []Rule) Rule {
	parts = slices.Clip(append([]Rule{}, parts...))
	switch {
	case g == AnyOf:
		return Rule{Any: parts}
	case g == NoneOf && len(parts) == 1 && parts[0].All == nil && parts[0].Any == nil:
		return Rule{Not: &parts[0]}
	case g == NoneOf:
		return Rule{Not: &Rule{Any: parts}}
	case g == NotAll:
		return Rule{Not: &Rule{All: parts}}
	}
	return Rule{All: parts}
}

// Names returns what the things of the label that the rules mention are called.
func (e *Engine) Names(ctx context.Context, label labels.ID, rules ...Rule) (Names, error) {
	return namesOf(ctx, e.db, label, mentionsIn(Rule{All: rules}, ""))
}
