package explain

import (
	"regexp"
	"strconv"
	"strings"

	"keur/internal/words"
	"keur/members"
	"keur/segments"
	"keur/templates/lang"
)

// Condition says a condition of a template in locale, as the same comparison is said
// of a segment, values by the label's own words: "punten boven 500" for
// member.points > 500. What doesn't hold is said as such. What can't be read as a
// condition, such as a text that was cut off, is said as it is but for the names of
// fields.
func Condition(own members.ValueWords, text string, holds bool, locale string) string {
	x := explainer{say: words.In(locale), names: segments.Names{Values: own}}
	clause, ok := lang.ReadClause(text)
	switch {
	case !ok:
		return memberField.ReplaceAllStringFunc(text, x.tagName)
	case !holds:
		return x.negated(clause)
	}
	return x.clause(clause)
}

// memberField is a member's field in a condition.
var memberField = regexp.MustCompile(`\bmember\.[a-z][a-z0-9_]*\b`)

// clause says a condition; groups within it are set in brackets.
func (x explainer) clause(c lang.Clause) string {
	switch c.Join {
	case "not":
		return x.negated(c.Parts[0])
	case "and", "or":
		parts := make([]string, len(c.Parts))
		for i, part := range c.Parts {
			parts[i] = x.clause(part)
			if part.Join == "and" || part.Join == "or" {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		return strings.Join(parts, " "+x.say.T("explain."+c.Join)+" ")
	}
	if c.Op == "" {
		return x.say.T("explain.with", "name", x.tagName(c.Name))
	}
	return x.compared(c)
}

// negated says that a condition doesn't hold.
func (x explainer) negated(c lang.Clause) string {
	switch {
	case c.Join == "not":
		return x.clause(c.Parts[0])
	case c.Join == "" && c.Op == "":
		return x.say.T("explain.without", "name", x.tagName(c.Name))
	}
	return x.say.T("explain.not") + " (" + x.clause(c) + ")"
}

// clauseOps are the comparisons of templates as segments have them. Dates have
// words of their own for the last two.
var clauseOps = map[string]segments.Op{
	"==": segments.Is, "!=": segments.IsNot, "contains": segments.Contains, "<=": segments.AtMost, ">=": segments.AtLeast,
	"<": segments.LessThan, ">": segments.MoreThan,
}

func (x explainer) compared(c lang.Clause) string {
	a := segments.Attribute{Name: c.Name, Op: clauseOps[c.Op], Value: c.Operand}
	n, err := strconv.ParseFloat(c.Operand, 64)
	switch {
	case c.Number && err == nil:
		a.Value = n
	case c.Operand == "true", c.Operand == "false":
		a.Value = c.Operand == "true"
	case c.Op == "<":
		a.Op = segments.Before
	case c.Op == ">":
		a.Op = segments.After
	}
	field, of := strings.CutPrefix(c.Name, "member.")
	if of {
		a.Name = field
	}
	return x.compare(typeOf(a.Op, a.Value), x.tagName(c.Name), a.Op, x.valueNames(a))
}

// tagName returns what people call what a tag names.
func (x explainer) tagName(name string) string {
	if field, is := strings.CutPrefix(name, "member."); is {
		return x.attributeName(field)
	}
	if x.say.Has("explain_tag." + name) {
		return x.say.Of("explain_tag", name)
	}
	return strings.NewReplacer("_", " ", ".", " ").Replace(name)
}
