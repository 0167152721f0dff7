package lang

import (
	"regexp"
	"slices"
	"strings"
)

// Outline is all that can make one member's mail another than the next one's:
// the variants of the subject, and the ifs of all parts. Nobody changes it.
type Outline struct {
	Choices []Choice // the first is that of the variant, when there are several
	Fields  []string // in the order of Recipient.Values
	Types   []FieldType
	Codes   int // how many codes a member brings
}

// Choice is an if with its else ifs. A member's outcome is the number of the
// first condition that holds, and the number of conditions when none does. Ifs
// that ask the same are one choice, wherever they stand.
type Choice struct {
	Conds    []*Cond
	Variants int // of the choice of the variant, else 0
	Group    int // choices of one group stand in the same block of text, so that they read together

	within [][]Branch // the places where it stands: the branches around each
}

// Branch is one outcome of a choice.
type Branch struct{ Choice, Outcome int }

// Unreached is the outcome of a choice that doesn't matter to the member,
// because of a choice around it.
const Unreached = -1

// Outcomes returns how many outcomes there are.
func (c *Choice) Outcomes() int { return max(c.Variants, len(c.Conds)+1) }

// Text returns the conditions as a person writes them.
func (c *Choice) Text() string {
	var texts []string
	for _, cond := range c.Conds {
		texts = append(texts, cond.Text)
	}
	return strings.Join(texts, ", ")
}

// Say writes the outcomes as a person does: those conditions that hold, and
// those that don't behind a not.
func (o *Outline) Say(vector []int) string {
	var said []string
	for i, outcome := range vector {
		switch c := &o.Choices[i]; {
		case outcome == Unreached, c.Variants > 0:
		case outcome < len(c.Conds):
			said = append(said, c.Conds[outcome].Text)
		default:
			said = append(said, "not ("+c.Text()+")")
		}
	}
	return strings.Join(said, "; ")
}

// outcome returns what the choice comes to for a member of the variant.
func (c *Choice) outcome(r *Recipient, variant int) int {
	if c.Variants > 0 {
		return variant
	}
	for i, cond := range c.Conds {
		if cond.holds(r) {
			return i
		}
	}
	return len(c.Conds)
}

// Around returns the choices on which it depends whether choice n matters.
func (o *Outline) Around(n int) []int {
	var around []int
	for _, path := range o.Choices[n].within {
		for _, b := range path {
			if !slices.Contains(around, b.Choice) {
				around = append(around, b.Choice)
			}
		}
	}
	return around
}

// Vector returns what each choice comes to for a member of the variant.
func (o *Outline) Vector(r *Recipient, variant int) []int {
	raw := make([]int, len(o.Choices))
	for i := range o.Choices {
		raw[i] = o.Choices[i].outcome(r, variant)
	}
	vector := slices.Clone(raw)
	for i := range o.Choices {
		if !o.Choices[i].reached(raw) {
			vector[i] = Unreached
		}
	}
	return vector
}

// Outcomes is Vector for the choices of those numbers alone, among which must
// be those around them.
func (o *Outline) Outcomes(r *Recipient, variant int, numbers []int) []int {
	raw := slices.Repeat([]int{Unreached}, len(o.Choices))
	for _, i := range numbers {
		raw[i] = o.Choices[i].outcome(r, variant)
	}
	vector := slices.Clone(raw)
	for _, i := range numbers {
		if !o.Choices[i].reached(raw) {
			vector[i] = Unreached
		}
	}
	return vector
}

// reached reports whether the choice matters, by the outcomes of those around it.
func (c *Choice) reached(raw []int) bool {
	return slices.ContainsFunc(c.within, func(path []Branch) bool {
		return !slices.ContainsFunc(path, func(b Branch) bool { return raw[b.Choice] != b.Outcome })
	})
}

// OutlineText is one text of a mail: the subject of a variant, or a part that
// all variants share.
type OutlineText struct {
	Variant int // -1: of all
	Pieces  []Piece
}

// NewOutline returns the outline of the texts of a mail with so many variants
// of the subject.
func NewOutline(scope *Scope, variants int, texts ...OutlineText) *Outline {
	o := &Outline{Fields: scope.Fields(), Codes: len(scope.Vouchers())}
	for _, f := range o.Fields {
		o.Types = append(o.Types, scope.fields[f])
	}
	b := outliner{Outline: o, known: map[string]int{}}
	if variants > 1 {
		b.add(Choice{Variants: variants, Group: -1, within: [][]Branch{{}}}, "")
	}
	for _, t := range texts {
		var around []Branch
		if t.Variant >= 0 && variants > 1 {
			around = []Branch{{0, t.Variant}}
		}
		b.text(t.Pieces, around)
	}
	return o
}

// outliner finds the choices of texts.
type outliner struct {
	*Outline
	known  map[string]int // choices by their conditions
	groups int
}

func (b *outliner) add(c Choice, key string) int {
	b.Choices = append(b.Choices, c)
	b.known[key] = len(b.Choices) - 1
	return len(b.Choices) - 1
}

// blockTag matches where a block of text begins or ends.
var blockTag = regexp.MustCompile(`(?i)</?(p|div|td|th|tr|table|h[1-6]|li|ul|ol|dl|dt|dd|section|article|center|blockquote|body|head|title)[\s>/]`)

func (b *outliner) text(pieces []Piece, around []Branch) {
	b.groups++
	var open []Branch // the branches around
	for i, p := range pieces {
		last := len(open) - 1
		switch p.Kind {
		case Static:
			if blockTag.Match(p.Text) {
				b.groups++
			}
		case If:
			open = append(open, Branch{b.choice(chainAt(pieces, i), slices.Concat(around, open)), 0})
		case Else:
			open[last].Outcome++
		case End:
			open = open[:last]
		}
	}
}

// choice returns the choice of the conditions, which stands within the branches.
func (b *outliner) choice(conds []*Cond, within []Branch) int {
	c := Choice{Conds: conds, Group: b.groups, within: [][]Branch{within}}
	n, known := b.known[c.Text()]
	if !known {
		return b.add(c, c.Text())
	}
	b.Choices[n].within = append(b.Choices[n].within, within)
	if old := b.Choices[n].Group; old != b.groups {
		for i := range b.Choices { // where it stands twice, it joins both blocks
			if b.Choices[i].Group == old {
				b.Choices[i].Group = b.groups
			}
		}
	}
	return n
}

// chainAt returns the conditions of the if at i and of its else ifs.
func chainAt(pieces []Piece, i int) []*Cond {
	conds := []*Cond{pieces[i].Cond}
	depth := 0
	for _, p := range pieces[i+1:] {
		switch {
		case p.Kind == If:
			depth++
		case p.Kind == End && depth == 0:
			return conds
		case p.Kind == End:
			depth--
		case p.Kind == Else && depth == 0 && p.Cond != nil:
			conds = append(conds, p.Cond)
		}
	}
	return conds
}

// Asked returns the numbers of the fields that conditions ask for.
func (o *Outline) Asked() []int {
	var asked []int
	for i := range o.Choices {
		for _, cond := range o.Choices[i].Conds {
			for _, t := range cond.Terms {
				asked = append(asked, t.Slot)
			}
		}
	}
	slices.Sort(asked)
	return slices.Compact(asked)
}
