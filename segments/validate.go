package segments

import (
	"fmt"
	"regexp"
	"strings"

	"keur/internal/fault"
)

var (
	categoryShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Validate returns a fault that names every wrong place of the rule by its
// path, such as all[2].any[0].value, or nil when it can be counted.
func (r Rule) Validate(fields Fields) error {
	v := validator{fields: fields}
	v.rule(r, "", 1)
	return v.wrong.Err()
}

type validator struct {
	fields Fields
	wrong  fault.List
	rules  int
}

func (v *validator) rule(r Rule, path string, depth int) {
	if v.rules++; v.rules == maxRules+1 {
		v.wrong.Add(path, "segments.parts_range", "most", maxRules)
	}
	switch {
	case depth > maxDepth:
		v.wrong.Add(path, "segments.depth_range", "most", maxDepth)
	case r.All != nil:
		v.list(r.All, join(path, "all"), depth)
	case r.Any != nil:
		if len(r.Any) == 0 {
			v.wrong.Add(join(path, "any"), "segments.matches_nobody")
		}
		v.list(r.Any, join(path, "any"), depth)
	case r.Not != nil:
		v.rule(*r.Not, join(path, "not"), depth+1)
	case r.Attribute != nil:
		v.attribute(*r.Attribute, path)
	case r.Membership != nil:
		v.membership(*r.Membership, path)
	case r.Consent != nil:
		if k := r.Consent.Kind; k != "mail" && k != "tracking" {
			v.wrong.Add(join(path, "consent"), "segments.consent_kind")
		}
	case r.Engagement != nil:
		v.engagement(*r.Engagement, path)
	case r.Conversion != nil:
		v.conversion(*r.Conversion, path)
	case r.Random != nil:
		v.random(*r.Random, path)
	case r.Segment != nil:
		if r.Segment.ID <= 0 {
			v.wrong.Add(join(path, "segment"), "segments.segment_number")
		}
	default:
		v.wrong.Add(path, "segments.says_nothing")
	}
}

func (v *validator) list(rules []Rule, path string, depth int) {
	for i, r := range rules {
		v.rule(r, fmt.Sprintf("%s[%d]", path, i), depth+1)
	}
}

func (v *validator) attribute(a Attribute, path string) {
	field, ok := v.fields[a.Name]
	if !ok {
		v.wrong.Add(join(path, "attribute"), "segments.no_such_attribute")
		return
	}
	v.value(field.Type, a.Op, a.Value, path)
}

func (v *validator) membership(m Membership, path string) {
	field, ok := membershipFields[m.Field]
	if !ok {
		v.wrong.Add(join(path, "membership"), "segments.membership_field")
		return
	}
	v.value(field.Type, m.Op, m.Value, path)
}

func (v *validator) value(t Type, op Op, value any, path string) {
	if _, c := readOperand(t, op, value); c != nil {
		v.wrong.Note(join(path, c.at), c.message)
	}
}

func (v *validator) engagement(e Engagement, path string) {
	if e.Action != Opened && e.Action != Clicked && e.Action != Received {
		v.wrong.Add(join(path, "engagement"), "segments.engagement_kind")
	}
	set := 0
	for name, id := range map[string]int64{"mailing": e.Mailing, "campaign": e.Campaign, "advertiser": e.Advertiser} {
		if id < 0 {
			v.wrong.Add(join(path, name), "segments.number_of_one")
		}
		if id != 0 {
			set++
		}
	}
	if e.Category != "" {
		set++
		v.category(e.Category, path)
	}
	if set > 1 {
		v.wrong.Add(path, "segments.one_engagement_subject")
	}
	v.counts(e.WithinDays, e.AtLeast, path)
}

func (v *validator) conversion(c Conversion, path string) {
	if c.Kind != "bought" {
		v.wrong.Add(join(path, "conversion"), "segments.is_bought")
	}
	if c.Advertiser < 0 {
		v.wrong.Add(join(path, "advertiser"), "segments.number_of_one")
	}
	if c.Category != "" {
		v.category(c.Category, path)
	}
	if c.Advertiser != 0 && c.Category != "" {
		v.wrong.Add(path, "segments.advertiser_or_category")
	}
	if value := c.ValueAtLeast; value != nil && (value.Minor <= 0 || !currencyShape.MatchString(value.Currency)) {
		v.wrong.Add(join(path, "value_at_least"), "segments.money_form")
	}
	v.counts(c.WithinDays, c.AtLeast, path)
}

func (v *validator) category(category, path string) {
	if !categoryShape.MatchString(category) {
		v.wrong.Add(join(path, "category"), "segments.category_form")
	}
}

func (v *validator) counts(withinDays, atLeast int, path string) {
	if withinDays < 0 || withinDays > maxDays {
		v.wrong.Add(join(path, "within_days"), "segments.days_range", "most", maxDays)
	}
	if atLeast < 0 || atLeast > 1000 {
		v.wrong.Add(join(path, "at_least"), "segments.times_range")
	}
}

func (v *validator) random(r Random, path string) {
	path = join(path, "random")
	if !(r.Percent > 0 && r.Percent <= 100) {
		v.wrong.Add(join(path, "percent"), "segments.percent_range")
	}
	if r.Seed == "" || len(r.Seed) > 100 || strings.ContainsRune(r.Seed, 0) {
		v.wrong.Add(join(path, "seed"), "segments.text_100")
	}
}
