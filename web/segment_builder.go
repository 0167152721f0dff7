package web

import (
	"net/url"
	"slices"
	"strings"

	"keur/internal/words"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/builder"
)

// ruleForm is the segment builder as a page shows it: pages/parts/builder.html
// is told it. Its fields are part of the form around it, so that what is built
// is saved with the rest.
type ruleForm struct {
	Root      *builder.Part
	Rule      segments.Rule
	Action    string // where its buttons send the form around it
	Undo      string // the rule before something was removed from it, as a form
	Label     string // code of the label whose members it is about …
	LabelName string // … and what people call it
	Focus     string // place of the part that somebody works on

	Subjects   []choiceGroup
	Categories []choice
	fields     segments.Fields
	names      segments.Names
	Say        words.Speaker
}

// choiceGroup is choices under one heading.
type choiceGroup struct {
	Word    string
	Choices []choice
}

// readRule reads the rule from a form, after doing what its button says. doing
// is false when the form is to be saved.
func (v *visit) readRule(f form, action string) (r *ruleForm, doing bool, err error) {
	do, undo := f.Get("do"), ""
	values := f.Values
	if do == "undo" {
		if values, err = url.ParseQuery(f.Get("undo")); err != nil {
			return nil, false, notHere()
		}
	}
	root, err := builder.Read(values)
	if err != nil {
		return nil, false, err
	}
	if strings.HasPrefix(do, "remove ") {
		undo = ruleFields(values).Encode()
	}
	focus := root.Do(do)
	r, err = v.newRuleForm(root, action)
	if err != nil {
		return nil, false, err
	}
	if r.Undo = undo; do != "" && do != "undo" && do != "look" {
		r.Focus = focus
	}
	// Parts of the page that show what the rule means look again.
	v.Header("HX-Trigger-After-Settle", "rule")
	return r, do != "" || v.partial(), nil
}

// ruleFields are the fields of a form that are of its rule.
func ruleFields(values url.Values) url.Values {
	fields := url.Values{}
	for name, list := range values {
		if strings.HasPrefix(name, builder.Prefix+".") {
			fields[name] = list
		}
	}
	return fields
}

// newRuleForm prepares a rule for its page.
func (v *visit) newRuleForm(root *builder.Part, action string) (*ruleForm, error) {
	fields, err := v.Audiences.Fields(v.ctx(), v.Label.ID)
	if err != nil {
		return nil, err
	}
	r := &ruleForm{
		Root: root, Rule: root.Rule(fields), Action: action, Label: v.Label.Code, LabelName: v.Label.Name, Focus: "no place",
		fields: fields, Say: v.Say,
	}
	if r.names, err = v.Audiences.Names(v.ctx(), v.Label.ID, r.Rule); err != nil {
		return nil, err
	}
	r.Subjects = r.subjects()
	categories, err := v.Advertisers.Categories(v.ctx())
	for _, key := range categories {
		r.Categories = append(r.Categories, choice{key, explain.CategoryName(key, r.Say.Locale)})
	}
	return r, err
}

// subjects are all that a condition can be about.
func (r *ruleForm) subjects() []choiceGroup {
	var member, joined []choice
	for name := range r.fields {
		member = append(member, choice{"attribute:" + name, explain.FieldName(name, r.Say.Locale)})
	}
	slices.SortFunc(member, func(a, b choice) int { return strings.Compare(strings.ToLower(a.Word), strings.ToLower(b.Word)) })
	for _, field := range segments.MembershipFields() {
		joined = append(joined, choice{"membership:" + field.Name, explain.FieldName(field.Name, r.Say.Locale)})
	}
	groups := []choiceGroup{{r.Say.Of("rule_about", "member"), member}, {r.Say.Of("rule_about", "membership"), joined}}
	for _, group := range [][]string{
		{"mail", "engagement:opened", "engagement:clicked", "engagement:received"},
		{"bought", "conversion:bought"},
		{"consent", "consent:mail", "consent:tracking"},
		{"other", "segment", "random"},
	} {
		var choices []choice
		for _, subject := range group[1:] {
			choices = append(choices, choice{subject, r.Say.Of("rule_subject", strings.ReplaceAll(subject, ":", "_"))})
		}
		groups = append(groups, choiceGroup{r.Say.Of("rule_about", group[0]), choices})
	}
	return slices.DeleteFunc(groups, func(g choiceGroup) bool { return len(g.Choices) == 0 })
}

// Whole is the group around everything.
func (r *ruleForm) Whole() rulePart { return rulePart{Part: r.Root, In: r} }
