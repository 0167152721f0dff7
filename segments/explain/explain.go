// Package explain says rules of segments as sentences and outlines that people
// read, in Dutch, German and English.
package explain

import (
	"fmt"
	"math"
	"strings"

	"keur/internal/words"
	"keur/segments"
)

// Sentence says the rule as a sentence in locale (nl, de or en), such as
// "vrouwen in Utrecht, 25–40, klikten in de laatste 30 dagen op reizen".
func Sentence(rule segments.Rule, names segments.Names, locale string) string {
	x := explainer{say: words.In(locale), names: names}
	parts := rule.All
	if rule.All == nil {
		parts = []segments.Rule{rule}
	}
	subject := x.say.T("explain.everybody")
	var place, age string
	var clauses []string
	for _, part := range parts {
		switch kind, text := x.portrait(part); {
		case kind == "gender" && subject == x.say.T("explain.everybody"):
			subject = text
		case kind == "city" && place == "":
			place = text
		case kind == "age" && age == "":
			age = text
		default:
			clauses = append(clauses, x.rule(part, false))
		}
	}
	head := subject
	if place != "" {
		head += " " + place
	}
	if age != "" {
		clauses = append([]string{age}, clauses...)
	}
	return strings.Join(append([]string{head}, clauses...), ", ")
}

// explainer says rules in one language.
type explainer struct {
	say   words.Speaker
	names segments.Names
}

// portrait says the rules that make up whom a sentence is about: their gender,
// city and age.
func (x explainer) portrait(r segments.Rule) (kind, text string) {
	a := r.Attribute
	if a == nil {
		return "", ""
	}
	switch {
	case a.Name == "gender" && a.Op == segments.Is:
		if gender := strings.ToLower(fmt.Sprint(a.Value)); x.say.Has("explain_gender." + gender) {
			return "gender", x.say.Of("explain_gender", gender)
		}
	case a.Name == "city" && (a.Op == segments.Is || a.Op == segments.In):
		if o, err := segments.OperandOf(segments.Text, a.Op, a.Value); err == nil {
			return "city", x.say.T("explain.in") + " " + x.list(o.Texts, x.say.T("explain.or"))
		}
	case a.Name == "birth_date" && a.Op == segments.AgeBetween:
		if o, err := segments.OperandOf(segments.Date, a.Op, a.Value); err == nil {
			return "age", fmt.Sprintf("%d–%d", o.Counts[0], o.Counts[1])
		}
	}
	return "", ""
}

// rule says one rule, or its negation, as a clause.
func (x explainer) rule(r segments.Rule, negated bool) string {
	if negated && r.Engagement == nil && r.Conversion == nil && r.Consent == nil && r.Not == nil {
		return x.say.T("explain.not") + " (" + x.rule(r, false) + ")"
	}
	switch {
	case r.All != nil:
		return x.rules(r.All, x.say.T("explain.and"))
	case r.Any != nil:
		return x.rules(r.Any, x.say.T("explain.or"))
	case r.Not != nil:
		return x.rule(*r.Not, !negated)
	case r.Attribute != nil:
		return x.attribute(*r.Attribute)
	case r.Membership != nil:
		m := *r.Membership
		field, _ := segments.MembershipField(m.Field)
		return x.compare(field.Type, x.attributeName(m.Field), m.Op, m.Value)
	case r.Consent != nil:
		if r.Consent.Given != negated {
			return x.say.Of("explain_consent", r.Consent.Kind+"_given")
		}
		return x.say.Of("explain_consent", r.Consent.Kind+"_not_given")
	case r.Engagement != nil:
		return x.engagement(*r.Engagement, negated)
	case r.Conversion != nil:
		return x.conversion(*r.Conversion, negated)
	case r.Random != nil:
		return x.say.T("explain.random", "percent", x.number(r.Random.Percent))
	case r.Segment != nil:
		return x.say.T("explain.in_segment", "name", named(x.names.Segments, r.Segment.ID))
	}
	return x.say.T("explain.nothing")
}

// rules says several rules; groups within it are set in brackets.
func (x explainer) rules(rules []segments.Rule, with string) string {
	if len(rules) == 0 {
		return x.say.T("explain.everybody")
	}
	parts := make([]string, len(rules))
	for i, r := range rules {
		parts[i] = x.rule(r, false)
		if len(r.All) > 1 || len(r.Any) > 1 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " "+with+" ")
}

// attribute says a comparison, whose type shows in its value.
func (x explainer) attribute(a segments.Attribute) string {
	return x.compare(typeOf(a.Op, a.Value), x.attributeName(a.Name), a.Op, x.valueNames(a))
}

// typeOf tells the type of an attribute by how it is compared: an explanation
// must not need the label's attributes, so that old revisions can be explained.
func typeOf(op segments.Op, value any) segments.Type {
	for _, t := range []segments.Type{segments.Date, segments.Number, segments.Bool, segments.Set, segments.Text} {
		if _, err := segments.OperandOf(t, op, value); err == nil {
			return t
		}
	}
	return segments.Text
}

func (x explainer) engagement(e segments.Engagement, negated bool) string {
	action := func(part string, args ...any) string {
		return x.say.Of("explain_action", string(e.Action)+"_"+part, args...)
	}
	var what string
	switch {
	case e.Mailing != 0:
		what = action("mailing", "name", named(x.names.Mailings, e.Mailing))
	case e.Campaign != 0:
		what = action("campaign", "name", named(x.names.Campaigns, e.Campaign))
	case e.Advertiser != 0:
		what = action("advertiser", "name", named(x.names.Advertisers, e.Advertiser))
	case e.Category != "":
		what = action("category", "category", x.category(e.Category))
	default:
		what = action("any")
	}
	clause := "yes"
	switch {
	case negated && e.AtLeast > 1: // said by its times
	case negated && e.Target == (segments.Target{}):
		clause = "none"
	case negated:
		clause = "no"
	}
	when, times := x.when(e.WithinDays), x.times(e.AtLeast, negated)
	return spaced(action(clause, "when", when, "times", times, "what", what))
}

func (x explainer) conversion(c segments.Conversion, negated bool) string {
	var what string
	switch {
	case c.Advertiser != 0:
		what = x.say.T("explain.bought_from", "name", named(x.names.Advertisers, c.Advertiser))
	case c.Category != "":
		what = x.say.T("explain.bought_in", "category", x.category(c.Category))
	}
	if v := c.ValueAtLeast; v != nil {
		what += " " + x.say.T("explain.bought_for", "amount", v.Currency+" "+minor(x.say, v))
	}
	when, times := x.when(c.WithinDays), x.times(c.AtLeast, negated)
	if negated && c.AtLeast <= 1 {
		return spaced(x.say.T("explain.bought_nothing", "when", when, "what", what))
	}
	return spaced(x.say.T("explain.bought", "when", when, "times", times, "what", what))
}

// when says how long ago, if a rule does.
func (x explainer) when(withinDays int) string {
	if withinDays <= 0 {
		return ""
	}
	return x.say.T("explain.last_days", "n", withinDays)
}

// times says how often, if a rule asks for more than once.
func (x explainer) times(atLeast int, negated bool) string {
	switch {
	case atLeast <= 1:
		return ""
	case negated:
		return x.say.T("explain.fewer_times", "n", atLeast)
	}
	return x.say.T("explain.at_least_times", "n", atLeast)
}

// spaced puts one space where a clause leaves something out.
func spaced(clause string) string { return strings.Join(strings.Fields(clause), " ") }

// named returns the name of a thing, or its number if it is unknown.
func named[K ~int64](names map[K]string, id K) string {
	if name := names[id]; name != "" {
		return name
	}
	return fmt.Sprint(int64(id))
}

// minor writes an amount of a rule without its currency.
func minor(say words.Speaker, v *segments.Value) string {
	digits := words.MinorDigits(v.Currency)
	return say.Decimal(float64(v.Minor)/math.Pow10(digits), digits)
}
