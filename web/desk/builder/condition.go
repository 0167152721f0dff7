package builder

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"keur/internal/typed"
	"keur/internal/words"
	"keur/segments"
)

// rule returns the rule of a condition. What can't be read stays as it was
// typed, so that the room says what is wrong with it.
func (c Condition) rule(fields segments.Fields) segments.Rule {
	kind, name := c.Kind()
	switch kind {
	case "attribute":
		op := segments.Op(c.Op)
		return segments.Rule{Attribute: &segments.Attribute{Name: name, Op: op, Value: c.value(fields[name].Type, op)}}
	case "membership":
		op := segments.Op(c.Op)
		return segments.Rule{Membership: &segments.Membership{Field: name, Op: op, Value: c.value(membershipType(name), op)}}
	case "consent":
		return segments.Rule{Consent: &segments.Consent{Kind: name, Given: c.Op != DidNot}}
	case "engagement":
		e := segments.Engagement{Action: segments.Action(name), Target: c.target(), WithinDays: count(c.Days), AtLeast: count(c.Times)}
		return c.negated(segments.Rule{Engagement: &e})
	case "conversion":
		return c.negated(segments.Rule{Conversion: c.conversion(name)})
	case "segment":
		return c.negated(segments.Rule{Segment: &segments.Reference{ID: segments.ID(Number(c.Thing))}})
	case "random":
		percent, ok := typed.Number(c.first(), c.Comma)
		if !ok {
			percent = -1 // which the room refuses
		}
		return segments.Rule{Random: &segments.Random{Percent: percent, Seed: c.Seed}}
	}
	return segments.Rule{}
}

func (c Condition) negated(r segments.Rule) segments.Rule {
	if c.Op == DidNot {
		return segments.Rule{Not: &r}
	}
	return r
}

func (c Condition) first() string {
	if len(c.Values) == 0 {
		return ""
	}
	return c.Values[0]
}

// noCategory stands for one that wasn't chosen yet, where empty means all.
const noCategory = "?"

// target narrows behaviour. Something that was asked for but not chosen is no
// number, which the room refuses.
func (c Condition) target() (t segments.Target) {
	switch c.About {
	case "mailing":
		t.Mailing = chosen(c.Thing)
	case "campaign":
		t.Campaign = chosen(c.Thing)
	case "advertiser":
		t.Advertiser = chosen(c.Thing)
	case "category":
		if t.Category = c.Thing; t.Category == "" {
			t.Category = noCategory
		}
	}
	return t
}

func (c Condition) conversion(kind string) *segments.Conversion {
	t := c.target()
	bought := &segments.Conversion{
		Kind: kind, Advertiser: t.Advertiser, Category: t.Category, WithinDays: count(c.Days), AtLeast: count(c.Times),
	}
	if c.Amount != "" {
		minor, ok := typed.Minor(c.Amount, words.MinorDigits(c.Currency), c.Comma)
		if !ok || !typed.FitsCurrency(c.Amount, c.Currency) {
			minor = -1 // which the room refuses
		}
		bought.ValueAtLeast = &segments.Value{Minor: minor, Currency: c.Currency}
	}
	return bought
}

// value returns what an op of a type takes, of what was filled in.
func (c Condition) value(t segments.Type, op segments.Op) any {
	blank, ok := segments.BlankOf(t, op)
	if !ok || blank.Count == 0 {
		return nil
	}
	filled := false
	values := []any{}
	for _, text := range c.Values {
		if text == "" && blank.Count == segments.Several {
			continue
		}
		filled = filled || text != ""
		values = append(values, c.valueOf(blank.Type, text))
	}
	switch {
	case !filled:
		return nil
	case blank.Count == 1:
		return values[0]
	case blank.Count == 2 && len(values) > 2:
		return values[:2]
	}
	return values
}

func (c Condition) valueOf(t segments.Type, text string) any {
	switch t {
	case segments.Number:
		if n, ok := typed.Number(text, c.Comma); ok {
			return n
		}
	case segments.Bool:
		return text == "true"
	}
	return text
}

// conditionOf returns a rule that is no group as it is filled in by somebody who
// writes decimals with a comma, or with a point.
func conditionOf(r segments.Rule, comma bool) Condition {
	c := Condition{Op: Did, Comma: comma}
	if r.Not != nil {
		r, c.Op = *r.Not, DidNot
	}
	switch {
	case r.Attribute != nil:
		c.Subject, c.Op, c.Values = "attribute:"+r.Attribute.Name, string(r.Attribute.Op), c.written(r.Attribute.Value)
	case r.Membership != nil:
		c.Subject, c.Op, c.Values = "membership:"+r.Membership.Field, string(r.Membership.Op), c.written(r.Membership.Value)
	case r.Consent != nil:
		c.Subject = "consent:" + r.Consent.Kind
		if !r.Consent.Given {
			c.Op = DidNot
		}
	case r.Engagement != nil:
		c.Subject, c.Days, c.Times = "engagement:"+string(r.Engagement.Action), positive(r.Engagement.WithinDays), positive(
			r.Engagement.AtLeast,
		)
		c.aim(r.Engagement.Target)
	case r.Conversion != nil:
		c.Subject, c.Days, c.Times = "conversion:"+r.Conversion.Kind, positive(r.Conversion.WithinDays), positive(r.Conversion.AtLeast)
		c.aim(segments.Target{Advertiser: r.Conversion.Advertiser, Category: r.Conversion.Category})
		if v := r.Conversion.ValueAtLeast; v != nil {
			c.Amount, c.Currency = amount(v.Minor, words.MinorDigits(v.Currency), comma), v.Currency
		}
	case r.Segment != nil:
		c.Subject, c.Thing = "segment", strconv.FormatInt(int64(r.Segment.ID), 10)
	case r.Random != nil:
		c.Subject, c.Seed, c.Values = "random", r.Random.Seed, c.written(r.Random.Percent)
	}
	return c
}

func (c *Condition) aim(t segments.Target) {
	for about, id := range map[string]int64{"mailing": t.Mailing, "campaign": t.Campaign, "advertiser": t.Advertiser} {
		if id != 0 {
			c.About = about
		}
		if id > 0 {
			c.Thing = strconv.FormatInt(id, 10)
		}
	}
	if t.Category != "" {
		c.About, c.Thing = "category", strings.TrimPrefix(t.Category, noCategory)
	}
}

// written returns a rule's value as somebody would type it.
func (c Condition) written(value any) []string {
	switch v := value.(type) {
	case []any:
		var texts []string
		for _, one := range v {
			texts = append(texts, c.written(one)...)
		}
		return texts
	case string:
		return []string{v}
	case float64:
		return []string{typed.Write(v, c.Comma)}
	case bool:
		return []string{strconv.FormatBool(v)}
	}
	return nil
}

// amount writes an amount as it is read: 12,50 or 12.50; whole ones without cents.
func amount(minor int64, digits int, comma bool) string {
	whole := int64(math.Pow10(digits))
	if minor%whole == 0 {
		return strconv.FormatInt(minor/whole, 10)
	}
	text := fmt.Sprintf("%d.%0*d", minor/whole, digits, minor%whole)
	if comma {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func membershipType(name string) segments.Type {
	for _, f := range segments.MembershipFields() {
		if f.Name == name {
			return f.Type
		}
	}
	return ""
}

// count reads a number of days or times; what is no such number is −1, which
// the room refuses.
func count(text string) int {
	if text == "" {
		return 0
	}
	n, ok := typed.Count(text, math.MaxInt32)
	if !ok || n < 1 {
		return -1
	}
	return int(n)
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// between stands between a thing's name and its number.
const between = "·"

// Named writes a thing with its name, as it is chosen from a list.
func Named(name string, id int64) string {
	return name + " " + between + " " + strconv.FormatInt(id, 10)
}

// Number returns the number of the thing that a condition is about; 0: none.
func (c Condition) Number() int64 { return Number(c.Thing) }

// chosen reads the number of a thing; −1 if none was chosen.
func chosen(text string) int64 {
	if n := Number(text); n > 0 {
		return n
	}
	return -1
}

// Number reads the number of a thing, which may stand behind its name, as in
// Winterzon · 12; 0: there is none.
func Number(text string) int64 {
	if at := strings.LastIndex(text, between); at >= 0 {
		text = strings.TrimSpace(text[at+len(between):])
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
