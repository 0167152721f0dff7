// Package explain says rules of segments as sentences and outlines that people
// read, in Dutch, German and English.
package explain

import (
	"fmt"
	"strings"

	"keur/segments"
)

// Sentence says the rule as a sentence in locale (nl, de or en), such as
// "vrouwen in Utrecht, 25–40, klikten in de laatste 30 dagen op reizen".
func Sentence(rule segments.Rule, names segments.Names, locale string) string {
	x := explainer{language: languageOf(locale), names: names}
	parts := rule.All
	if rule.All == nil {
		parts = []segments.Rule{rule}
	}
	subject := x.everybody
	var place, age string
	var clauses []string
	for _, part := range parts {
		switch kind, text := x.portrait(part); {
		case kind == "gender" && subject == x.everybody:
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
	language
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
		if who := x.genders[strings.ToLower(fmt.Sprint(a.Value))]; who != "" {
			return "gender", who
		}
	case a.Name == "city" && (a.Op == segments.Is || a.Op == segments.In):
		if o, err := segments.OperandOf(segments.Text, a.Op, a.Value); err == nil {
			return "city", x.in + " " + x.list(o.Texts, x.or)
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
		return x.not + " (" + x.rule(r, false) + ")"
	}
	switch {
	case r.All != nil:
		return x.rules(r.All, x.and)
	case r.Any != nil:
		return x.rules(r.Any, x.or)
	case r.Not != nil:
		return x.rule(*r.Not, !negated)
	case r.Attribute != nil:
		return x.attribute(*r.Attribute)
	case r.Membership != nil:
		m := *r.Membership
		field, _ := segments.MembershipField(m.Field)
		return x.compare(field.Type, x.attributeName(m.Field), m.Op, m.Value)
	case r.Consent != nil:
		return x.consents[r.Consent.Kind][r.Consent.Given != negated]
	case r.Engagement != nil:
		return x.engagement(*r.Engagement, negated)
	case r.Conversion != nil:
		return x.conversion(*r.Conversion, negated)
	case r.Random != nil:
		return fmt.Sprintf(x.random, x.number(r.Random.Percent))
	case r.Segment != nil:
		return fmt.Sprintf(x.inSegment, named(x.names.Segments, r.Segment.ID))
	}
	return x.nothing
}

// rules says several rules; groups within it are set in brackets.
func (x explainer) rules(rules []segments.Rule, with string) string {
	if len(rules) == 0 {
		return x.everybody
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
	return x.compare(typeOf(a.Op, a.Value), x.attributeName(a.Name), a.Op, a.Value)
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
	d := x.deeds[e.Deed]
	var what string
	switch {
	case e.Mailing != 0:
		what = fmt.Sprintf(d.mailing, named(x.names.Mailings, e.Mailing))
	case e.Campaign != 0:
		what = fmt.Sprintf(d.campaign, named(x.names.Campaigns, e.Campaign))
	case e.Advertiser != 0:
		what = fmt.Sprintf(d.advertiser, named(x.names.Advertisers, e.Advertiser))
	case e.Category != "":
		what = fmt.Sprintf(d.category, x.category(e.Category))
	default:
		what = d.any
	}
	clause := d.yes
	switch {
	case negated && e.AtLeast > 1: // said by its times
	case negated && e.Target == (segments.Target{}):
		clause = d.noneAtAll
	case negated:
		clause = d.no
	}
	return x.fill(clause, e.WithinDays, e.AtLeast, negated, what)
}

func (x explainer) conversion(c segments.Conversion, negated bool) string {
	var what string
	switch {
	case c.Advertiser != 0:
		what = fmt.Sprintf(x.boughtFrom, named(x.names.Advertisers, c.Advertiser))
	case c.Category != "":
		what = fmt.Sprintf(x.boughtIn, x.category(c.Category))
	}
	if v := c.ValueAtLeast; v != nil {
		what += " " + fmt.Sprintf(x.boughtFor, v.Currency+" "+x.money(v.Minor))
	}
	clause := x.bought
	if negated && c.AtLeast <= 1 {
		clause = x.boughtNothing
	}
	return x.fill(clause, c.WithinDays, c.AtLeast, negated, what)
}

// fill puts when, how often and what in the places of a clause.
func (x explainer) fill(clause string, withinDays, atLeast int, negated bool, what string) string {
	var when, times string
	if withinDays > 0 {
		when = x.days(x.lastDays, withinDays)
	}
	switch {
	case atLeast > 1 && negated:
		times = fmt.Sprintf(x.fewerTimes, atLeast)
	case atLeast > 1:
		times = fmt.Sprintf(x.atLeastTimes, atLeast)
	}
	filled := strings.NewReplacer("{when}", when, "{times}", times, "{what}", what).Replace(clause)
	return strings.Join(strings.Fields(filled), " ")
}

// named returns the name of a thing, or its number if it is unknown.
func named[K ~int64](names map[K]string, id K) string {
	if name := names[id]; name != "" {
		return name
	}
	return fmt.Sprint(int64(id))
}
