// Package rules shows the builder of a segment's rule within a form.
package rules

import (
	"net/url"
	"slices"
	"strings"

	"keur/campaigns"
	"keur/internal/words"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
	"keur/web/desk/builder"
)

// Reader reads them.
type Reader struct {
	Audiences   *segments.Engine
	Advertisers *campaigns.Advertisers
}

// ruleForm is the segment builder as a page shows it: pages/parts/builder.html
// is told it. Its fields are part of the form around it, so that what is built
// is saved with the rest.
type Form struct {
	Root      *builder.Part
	Rule      segments.Rule
	Action    string // where its buttons send the form around it
	Undo      string // the rule before something was removed from it, as a form
	Label     string // code of the label whose members it is about …
	LabelName string // … and what people call it
	Focus     string // place of the part that somebody works on

	Subjects   []choiceGroup
	Categories []desk.Choice
	Data       segments.Fields // what the label knows of its members
	names      segments.Names
	Say        words.Speaker
}

// choiceGroup is choices under one heading.
type choiceGroup struct {
	Word    string
	Choices []desk.Choice
}

// Read reads the rule from a form, after doing what its button says. doing
// is false when the form is to be saved.
func (s Reader) Read(x *desk.Exchange, f desk.Form, action string) (r *Form, doing bool, err error) {
	do, undo := f.Get("do"), ""
	values := f.Values
	if do == "undo" {
		if values, err = url.ParseQuery(f.Get("undo")); err != nil {
			return nil, false, desk.NotHere()
		}
	}
	fields, err := s.Audiences.Fields(x.Context(), x.Label.ID)
	if err != nil {
		return nil, false, err
	}
	root, err := builder.Read(values, fields, comma(x))
	if err != nil {
		return nil, false, err
	}
	if strings.HasPrefix(do, "remove ") {
		undo = Fields(values).Encode()
	}
	focus := root.Do(do)
	r, err = s.shown(x, root, fields, action)
	if err != nil {
		return nil, false, err
	}
	if r.Undo = undo; do != "" && do != "undo" && do != "look" {
		r.Focus = focus
	}
	// Parts of the page that show what the rule means look again.
	x.Header("HX-Trigger-After-Settle", "rule")
	return r, do != "" || x.Partial(), nil
}

// ruleFields are the fields of a form that are of its rule.
func Fields(values url.Values) url.Values {
	fields := url.Values{}
	for name, list := range values {
		if strings.HasPrefix(name, builder.Prefix+".") {
			fields[name] = list
		}
	}
	return fields
}

// Of prepares a rule for its page.
func (s Reader) Of(x *desk.Exchange, rule segments.Rule, action string) (*Form, error) {
	return s.open(x, builder.From(rule, comma(x)), action)
}

// New prepares a rule that matches everyone, to begin with.
func (s Reader) New(x *desk.Exchange, action string) (*Form, error) {
	return s.open(x, builder.Everyone(), action)
}

func (s Reader) open(x *desk.Exchange, root *builder.Part, action string) (*Form, error) {
	fields, err := s.Audiences.Fields(x.Context(), x.Label.ID)
	if err != nil {
		return nil, err
	}
	return s.shown(x, root, fields, action)
}

// comma reports whether who looks writes decimals with a comma.
func comma(x *desk.Exchange) bool { return words.Comma(x.Say.Locale) == "," }

func (s Reader) shown(x *desk.Exchange, root *builder.Part, fields segments.Fields, action string) (*Form, error) {
	r := &Form{
		Root: root, Rule: root.Rule(fields), Action: action, Label: x.Label.Code, LabelName: x.Label.Name, Focus: "no place",
		Data: fields, Say: x.Say,
	}
	var err error
	if r.names, err = s.Audiences.Names(x.Context(), x.Label.ID, r.Rule); err != nil {
		return nil, err
	}
	r.Subjects = r.subjects()
	categories, err := s.Advertisers.Categories(x.Context())
	for _, key := range categories {
		r.Categories = append(r.Categories, desk.Choice{Value: key, Word: explain.CategoryName(key, r.Say.Locale)})
	}
	return r, err
}

// subjects are all that a condition can be about.
func (r *Form) subjects() []choiceGroup {
	var member, joined []desk.Choice
	for name := range r.Data {
		member = append(member, desk.Choice{Value: "attribute:" + name, Word: explain.FieldName(name, r.Say.Locale)})
	}
	slices.SortFunc(member, func(a, b desk.Choice) int { return strings.Compare(strings.ToLower(a.Word), strings.ToLower(b.Word)) })
	for _, field := range segments.MembershipFields() {
		joined = append(joined, desk.Choice{Value: "membership:" + field.Name, Word: explain.FieldName(field.Name, r.Say.Locale)})
	}
	groups := []choiceGroup{{r.Say.Of("rule_about", "member"), member}, {r.Say.Of("rule_about", "membership"), joined}}
	for _, group := range [][]string{
		{"mail", "engagement:opened", "engagement:clicked", "engagement:received"},
		{"bought", "conversion:bought"},
		{"consent", "consent:mail", "consent:tracking"},
		{"other", "segment", "random"},
	} {
		var choices []desk.Choice
		for _, subject := range group[1:] {
			choices = append(choices, desk.Choice{Value: subject, Word: r.Say.Of("rule_subject", strings.ReplaceAll(subject, ":", "_"))})
		}
		groups = append(groups, choiceGroup{r.Say.Of("rule_about", group[0]), choices})
	}
	return slices.DeleteFunc(groups, func(g choiceGroup) bool { return len(g.Choices) == 0 })
}

// Whole is the group around everything.
func (r *Form) Whole() Part { return Part{Part: r.Root, In: r} }
