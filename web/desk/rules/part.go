package rules

import (
	"slices"
	"strconv"
	"strings"

	"keur/internal/words"
	"keur/members"
	"keur/segments"
	"keur/segments/explain"
	"keur/web/desk"
	"keur/web/desk/builder"
)

// rulePart is a group or condition of the builder as the page shows it.
type Part struct {
	*builder.Part
	In    *Form
	Joint string // word before it: and, or
}

// ID returns the id of one of the part's elements.
func (p Part) ID(name string) string {
	return strings.ReplaceAll(builder.Field(p.Place, name), ".", "-")
}

// Name returns the name of one of the part's fields.
func (p Part) Name(name string) string { return builder.Field(p.Place, name) }

// At is the place as buttons say it; the whole is a dash.
func (p Part) At() string {
	if p.Place == "" {
		return "-"
	}
	return p.Place
}

// Number is the place as people count: 1.3 for the third part of the first.
func (p Part) Number() string {
	var out []string
	for index := range strings.SplitSeq(p.Place, ".") {
		i, _ := strconv.Atoi(index) // places are our own
		out = append(out, strconv.Itoa(i+1))
	}
	return strings.Join(out, ".")
}

// Focused reports whether somebody works on this part.
func (p Part) Focused() bool { return p.In.Focus == p.Place }

// Children are the parts of a group, with the words between them.
func (p Part) Children() []Part {
	var parts []Part
	for i, part := range p.Parts {
		child := Part{Part: part, In: p.In}
		if i > 0 {
			child.Joint = p.In.Say.Of("rule_joint", p.Group)
		}
		parts = append(parts, child)
	}
	return parts
}

// Groups are the ways in which parts count together.
func (p Part) Groups() []desk.Choice {
	var choices []desk.Choice
	for _, g := range builder.Groups() {
		choices = append(choices, desk.Choice{Value: string(g), Word: p.In.Say.Of("rule_group", g)})
	}
	return choices
}

// Known reports whether the subject is one of the choices; an attribute that
// was renamed since isn't.
func (p Part) Known() bool {
	return slices.ContainsFunc(p.In.Subjects, func(g choiceGroup) bool {
		return slices.ContainsFunc(g.Choices, func(c desk.Choice) bool { return c.Value == p.Subject })
	})
}

// KnownCategory reports whether advertisers of the category that was chosen are
// still there.
func (p Part) KnownCategory() bool {
	return slices.ContainsFunc(p.In.Categories, func(c desk.Choice) bool { return c.Value == p.Thing })
}

// Type is the type of what is compared; empty for behaviour and the like.
func (p Part) Type() segments.Type {
	switch kind, name := p.Kind(); kind {
	case "attribute":
		return p.In.Data[name].Type
	case "membership":
		for _, f := range segments.MembershipFields() {
			if f.Name == name {
				return f.Type
			}
		}
	}
	return ""
}

// Behaviour reports whether the condition is about what members did.
func (p Part) Behaviour() bool {
	kind, _ := p.Kind()
	return kind == "engagement" || kind == "conversion"
}

// Ops are the ways to compare the subject.
func (p Part) Ops() []desk.Choice {
	kind, _ := p.Kind()
	var choices []desk.Choice
	switch kind {
	case "consent", "engagement", "conversion", "segment":
		for _, op := range []string{builder.Did, builder.DidNot} {
			choices = append(choices, desk.Choice{Value: op, Word: p.In.Say.Of("rule_op", kind+"_"+op)})
		}
		return choices
	}
	family := string(p.Type())
	if family == "moment" {
		family = "date"
	}
	ops := segments.Ops(p.Type())
	if op := segments.Op(p.Op); op != "" && !slices.Contains(ops, op) {
		if _, ok := segments.BlankOf(p.Type(), op); ok { // said in another way by now, but meant
			ops = append(ops, op)
		}
	}
	for _, op := range ops {
		choices = append(choices, desk.Choice{Value: string(op), Word: p.In.Say.Of("rule_op", family+"_"+string(op))})
	}
	return choices
}

// ChosenOp is the op; of a condition that has none yet, the first one.
func (p Part) ChosenOp() string {
	ops := p.Ops()
	if len(ops) == 0 || slices.ContainsFunc(ops, func(c desk.Choice) bool { return c.Value == p.Op }) {
		return p.Op
	}
	return ops[0].Value
}

// Blank is what there is to fill in behind the op.
func (p Part) Blank() segments.Blank {
	blank, _ := segments.BlankOf(p.Type(), segments.Op(p.ChosenOp()))
	return blank
}

// Value returns what was filled in at a position.
func (p Part) Value(i int) string {
	if i < len(p.Values) {
		return p.Values[i]
	}
	return ""
}

// Filled are the values of a list.
func (p Part) Filled() []string {
	return slices.DeleteFunc(slices.Clone(p.Values), func(value string) bool { return value == "" })
}

// Abouts are what behaviour can be narrowed to.
func (p Part) Abouts() []desk.Choice {
	kind, _ := p.Kind()
	keys := []string{"all", "mailing", "campaign", "advertiser", "category"}
	if kind == "conversion" {
		keys = []string{"all", "advertiser", "category"}
	}
	var choices []desk.Choice
	for _, key := range keys {
		choices = append(choices, desk.Choice{Value: strings.TrimPrefix(key, "all"), Word: p.In.Say.Of("rule_target", kind+"_"+key)})
	}
	return choices
}

// list is known values to choose from, which come when the page asks for them.
type list struct{ Of, ID string }

func listOf(of string) list { return list{of, "known-" + strings.ReplaceAll(of, ":", "-")} }

// List is the list that goes with the condition: of things, or of the values
// that members have. Of an empty one nothing is suggested.
func (p Part) List() *list {
	kind, name := p.Kind()
	of := p.About
	switch t := p.Type(); {
	case kind == "segment":
		of = kind
	case t == segments.Set, t == segments.Text:
		of = kind + ":" + name
	case t != "", of == "category":
		return nil
	}
	if of == "" {
		return nil
	}
	found := listOf(of)
	return &found
}

// Word is what people call a value of the condition's field; "" if that is the
// value itself.
func (p Part) Word(value string) string { return Word(p.In.names.Values, p.In.Say, p.Subject, value) }

// Word is what people call a value of a field, such as attribute:gender, by the
// label's own words where it has one; "" if that is the value itself.
func Word(own members.ValueWords, say words.Speaker, of, value string) string {
	if name, is := strings.CutPrefix(of, "attribute:"); is {
		return explain.ValueName(own, name, value, say.Locale)
	}
	return ""
}

// Chosen is the thing that was chosen, with its name.
func (p Part) Chosen() string {
	id := p.Condition.Number()
	list := p.List()
	if list == nil {
		return p.Thing
	}
	name := map[string]string{
		"mailing": p.In.names.Mailings[id], "campaign": p.In.names.Campaigns[id],
		"advertiser": p.In.names.Advertisers[id], "segment": p.In.names.Segments[segments.ID(id)],
	}[list.Of]
	if name == "" {
		return p.Thing
	}
	return builder.Named(name, id)
}

// Moves are what can be done with a part, in the order of its menu.
func (Part) Moves() []string { return []string{"up", "down", "nest", "out", "remove"} }

// Currencies are those in which purchases are counted.
func (Part) Currencies() []string {
	return []string{"EUR", "GBP", "USD", "CHF", "PLN", "SEK", "DKK", "CZK"}
}

// Wrong is what is wrong with the part, said for the builder where it has words
// of its own for that.
func (p Part) Wrong() string { return p.In.Complaint(p.Fault) }

func (r *Form) Complaint(wrong words.Message) string {
	if key := "rule_fault." + wrong.Key; r.Say.Has(key) {
		return r.Say.T(key, wrong.Args...)
	}
	return r.Say.Sentence(wrong)
}

// Lists are all lists that the conditions need, each once.
func (r *Form) Lists() []list {
	var lists []list
	for _, p := range r.Conditions() {
		if found := p.List(); p.Group == "" && found != nil && !slices.Contains(lists, *found) {
			lists = append(lists, *found)
		}
	}
	return lists
}

// Conditions are all groups and conditions, for what is said beside each.
func (r *Form) Conditions() []Part {
	var found []Part
	var walk func(*builder.Part)
	walk = func(part *builder.Part) {
		found = append(found, Part{Part: part, In: r})
		for _, child := range part.Parts {
			walk(child)
		}
	}
	walk(r.Root)
	return found
}
