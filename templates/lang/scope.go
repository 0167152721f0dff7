package lang

import (
	"maps"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/internal/words"
)

// Scope resolves the names in tags. Each placement has its own, so that
// {{campaign.name}} and {{voucher}} mean those of the block they stand in.
type Scope struct {
	locale    *words.Speaker
	fields    map[string]FieldType
	facts     map[string]string // label.name, campaign.name, words.unsubscribe
	placement string
	needs     *needs
}

// needs collects what a text needs of each member.
type needs struct {
	fields   []string
	vouchers []string // keys of placements
}

// slot returns the place of name in the list, to which it is added if need be.
func slot(list *[]string, name string) int {
	i := slices.Index(*list, name)
	if i < 0 {
		i = len(*list)
		*list = append(*list, name)
	}
	return i
}

// NewScope returns the scope of a text outside placements: the standing phrases
// and label.locale of the locale, the facts by their names, such as label.name,
// and the fields of members.
func NewScope(locale string, facts map[string]string, fields map[string]FieldType) *Scope {
	locale = words.Preferred(locale)
	speaker := words.In(locale)
	s := &Scope{locale: &speaker, fields: fields, facts: map[string]string{"label.locale": locale}, needs: &needs{}}
	for _, name := range speaker.Family("mail_phrase") {
		s.facts["words."+name] = speaker.Of("mail_phrase", name, "label", facts["label.name"])
	}
	s.add(facts)
	return s
}

// add adds facts. In none of them may anything pass for a mark.
func (s *Scope) add(facts map[string]string) {
	for name, text := range facts {
		s.facts[name] = Normalise(text)
	}
}

// Within returns the scope of the block of a placement, with the facts of its
// campaign: campaign.name and others.
func (s *Scope) Within(placement string, facts map[string]string) *Scope {
	inner := *s
	inner.placement = placement
	inner.facts = maps.Clone(s.facts)
	maps.DeleteFunc(inner.facts, func(name, _ string) bool { return strings.HasPrefix(name, "campaign.") })
	inner.add(facts)
	return &inner
}

// With returns the scope with more facts.
func (s *Scope) With(facts map[string]string) *Scope {
	inner := *s
	inner.facts = maps.Clone(s.facts)
	inner.add(facts)
	return &inner
}

// Fields returns the names of the member's fields that texts of this scope and
// those within it show or compare, in the order of Recipient.Values.
func (s *Scope) Fields() []string { return s.needs.fields }

// Vouchers returns the keys of the placements whose codes they show, in the
// order of Recipient.Vouchers.
func (s *Scope) Vouchers() []string { return s.needs.vouchers }

// resolve returns the value that name stands for, or an error with the nearest
// name that exists.
func (s *Scope) resolve(name string) (*Value, error) {
	v := &Value{name: name, typ: Text}
	if text, ok := s.facts[name]; ok {
		v.text = text
		return v, nil
	}
	switch name {
	case "today":
		v.source, v.typ = fromToday, Date
		return v, nil
	case "unsubscribe_url":
		v.source = fromUnsubscribe
		return v, nil
	case "preferences_url":
		v.source = fromPreferences
		return v, nil
	case "view_url":
		v.source = fromView
		return v, nil
	case "voucher":
		if s.placement == "" {
			return nil, fault.New(fault.Invalid, "templates.voucher_in_placement")
		}
		v.source, v.slot = fromVoucher, slot(&s.needs.vouchers, s.placement)
		return v, nil
	}
	if field, ok := strings.CutPrefix(name, "member."); ok {
		if typ, ok := s.fields[field]; ok {
			v.source, v.slot, v.typ = fromMember, slot(&s.needs.fields, field), typ
			return v, nil
		}
	}
	return nil, s.unknown(name)
}

// unknownField is the error of a name that doesn't exist.
type unknownField struct{ message words.Message }

// Error says so in English.
func (e unknownField) Error() string { return e.message.String() }

// Said returns what a person reads.
func (e unknownField) Said() words.Message { return e.message }

// unknown returns the error for a name that doesn't exist, with the nearest
// one that does.
func (s *Scope) unknown(name string) error {
	if strings.HasPrefix(name, "campaign.") && s.placement == "" {
		return fault.New(fault.Invalid, "templates.campaign_in_placement", "field", name)
	}
	if _, within := s.facts["offer.heading"]; strings.HasPrefix(name, "offer.") && !within {
		return fault.New(fault.Invalid, "templates.offer_in_each", "field", name)
	}
	if near := nearest(name, s.names()); near != "" {
		return unknownField{words.Of("templates.field_mistyped", "field", name, "meant", near)}
	}
	return unknownField{words.Of("templates.field_unknown", "field", name)}
}

// names returns all names that a tag may show, in order, so that of two equally
// near it is always the same.
func (s *Scope) names() []string {
	names := []string{"today", "voucher", "unsubscribe_url", "preferences_url", "view_url"}
	names = slices.AppendSeq(names, maps.Keys(s.facts))
	for field := range s.fields {
		names = append(names, "member."+field)
	}
	slices.Sort(names)
	return names
}
