package explain

import (
	"keur/internal/words"
	"keur/members"
	"keur/segments"
)

// Line is one line of a rule that is said as an outline: a group, whose parts
// stand deeper in the lines that follow, or a condition.
type Line struct {
	Depth int
	Group segments.Group // empty: a condition
	Text  string         // of a condition, such as "woonplaats is Utrecht"
}

// Outline says the rule line by line in locale. A rule of one condition stands
// in a group like any other.
func Outline(rule segments.Rule, names segments.Names, locale string) []Line {
	group, parts, is := rule.Group()
	if !is {
		group, parts = segments.AllOf, []segments.Rule{rule}
	}
	x := explainer{say: words.In(locale), names: names}
	return x.outline(group, parts, 0)
}

func (x explainer) outline(group segments.Group, parts []segments.Rule, depth int) []Line {
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

// FieldName returns what people call an attribute, or a field of the
// membership, in locale.
func FieldName(name, locale string) string {
	return explainer{say: words.In(locale)}.attributeName(name)
}

// CategoryName returns what people call a category of advertisers in locale.
func CategoryName(key, locale string) string {
	return explainer{say: words.In(locale)}.category(key)
}

// ValueName returns what people call a value of an attribute in locale: "vrouw" for
// female, "Nederland" for NL, and what the label's own words say; "" if that is the
// value itself.
func ValueName(own members.ValueWords, attribute, value, locale string) string {
	return explainer{say: words.In(locale), names: segments.Names{Values: own}}.valueName(attribute, value)
}
