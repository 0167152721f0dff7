package segments

import "slices"

// Group is how the parts of a group count together.
type Group string

// The groups.
const (
	AllOf  Group = "all"
	AnyOf  Group = "any"
	NoneOf Group = "none"
	NotAll Group = "not_all" // at least one of them doesn't match
)

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
