package builder

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/segments"
)

// Prefix begins the name of every field of the rule: rule.0.2.op.
const Prefix = "rule"

// A form comes from outside, so its tree has limits: somewhat more than the
// room's, which says so beside what is too much.
const (
	deepest = 12
	most    = 250
)

// Read returns the rule that the form holds, of a label that has those fields,
// filled in by somebody who writes decimals with a comma, or with a point. Returns
// a fault if it is larger than a rule may be.
func Read(form url.Values, fields segments.Fields, comma bool) (*Part, error) {
	r := reader{form: form, left: most, fields: fields, comma: comma}
	p := r.part("", 0)
	if r.left < 0 {
		return nil, fault.New(fault.Invalid, "segments.rule_too_large")
	}
	if p.Group == "" {
		return Everyone(), nil // a form without a rule
	}
	p.settle("")
	return p, nil
}

type reader struct {
	form   url.Values
	left   int
	fields segments.Fields
	comma  bool
}

func (r *reader) part(place string, depth int) *Part {
	if r.left--; r.left < 0 || depth > deepest {
		r.left = -1
		return &Part{}
	}
	group := segments.Group(r.form.Get(Field(place, "group")))
	if group == "" {
		return &Part{Condition: r.condition(place)}
	}
	p := &Part{Group: group}
	if !slices.Contains(Groups(), group) {
		p.Group = segments.AllOf
	}
	for i := 0; r.holds(below(place, i)); i++ {
		p.Parts = append(p.Parts, r.part(below(place, i), depth+1))
	}
	return p
}

// holds reports whether the form has a part at the place.
func (r *reader) holds(place string) bool {
	return r.left >= 0 && (r.form.Has(Field(place, "group")) || r.form.Has(Field(place, "subject")))
}

func (r *reader) condition(place string) Condition {
	get := func(name string) string { return strings.TrimSpace(r.form.Get(Field(place, name))) }
	c := Condition{
		Subject: get("subject"), Op: get("op"), About: get("about"), Thing: get("thing"), Days: get("days"),
		Times: get("times"), Amount: get("amount"), Currency: get("currency"), Seed: get("seed"), Comma: r.comma,
	}
	for _, value := range r.form[Field(place, "value")] {
		c.Values = append(c.Values, strings.TrimSpace(value))
	}
	// What is typed to be added to a list may be several at once.
	for _, value := range r.several(c.Subject, get("more")) {
		if value = strings.TrimSpace(value); value != "" && !slices.Contains(c.Values, value) {
			c.Values = append(c.Values, value)
		}
	}
	if c.Subject == "random" && c.Seed == "" {
		c.Seed = rand.Text()[:8]
	}
	// What was filled in for another subject doesn't go with this one.
	if was := r.form.Get(Field(place, "was")); was != c.Subject && r.form.Has(Field(place, "was")) {
		return Condition{Subject: c.Subject, Seed: c.Seed, Comma: c.Comma}
	}
	return c
}

// several takes apart what was typed to be added to a list. A comma within a
// number stands before its decimals or thousands.
func (r *reader) several(subject, text string) []string {
	name, attribute := strings.CutPrefix(subject, "attribute:")
	if attribute && r.fields[name].Type == segments.Number {
		text = strings.ReplaceAll(text, ", ", ";")
		return strings.FieldsFunc(text, func(c rune) bool { return c == ';' || c == '\n' })
	}
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' })
}

// Field returns the name of a field of the part at a place.
func Field(place, name string) string {
	if place == "" {
		return Prefix + "." + name
	}
	return Prefix + "." + place + "." + name
}

// Groups are the ways in which parts count together, in the order of the choice.
func Groups() []segments.Group {
	return []segments.Group{segments.AllOf, segments.AnyOf, segments.NoneOf, segments.NotAll}
}
