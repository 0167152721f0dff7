package faces

import (
	"maps"
	"slices"

	"keur/internal/fault"
	"keur/templates/lang"
)

const (
	mostChoices = 40      // of one mailing
	mostTries   = 100_000 // somebodies that are tried out to find what can occur
)

// space knows what can occur at all: conditions ask of one field each, so that
// values at, between and beyond what they name stand for all members.
type space struct {
	outline  *lang.Outline
	variants int
	grouped  map[int]bool // groups of several choices
	terms    [][]lang.Term
	typical  []string // values where no condition asks
	tries    int
}

func newSpace(o *lang.Outline) *space {
	s := &space{outline: o, variants: 1, grouped: map[int]bool{}, terms: make([][]lang.Term, len(o.Fields))}
	sizes := map[int]int{}
	for i := range o.Choices {
		c := &o.Choices[i]
		s.variants = max(s.variants, c.Variants)
		sizes[c.Group]++
		for _, t := range termsOf(c) {
			s.terms[t.Slot] = append(s.terms[t.Slot], t)
		}
	}
	for group, n := range sizes {
		s.grouped[group] = group >= 0 && n > 1
	}
	for i, name := range o.Fields {
		s.typical = append(s.typical, typical(name, o.Types[i]))
	}
	return s
}

func termsOf(c *lang.Choice) (all []lang.Term) {
	for _, cond := range c.Conds {
		all = append(all, cond.Terms...)
	}
	return all
}

func (s *space) recipient(values []string) *lang.Recipient { return Recipient(s.outline, values) }

// Recipient returns a member with the values, and codes that nobody can use.
func Recipient(o *lang.Outline, values []string) *lang.Recipient {
	return &lang.Recipient{Values: values, Vouchers: slices.Repeat([]string{"TEST-1234"}, o.Codes)}
}

// witness is somebody who would get something: the values that matter for it.
type witness struct {
	values  map[int]string
	variant int // -1: any
}

// and returns somebody who is both, unless these contradict each other.
func (w witness) and(other witness) (both witness, fits bool) {
	both = witness{maps.Clone(w.values), max(w.variant, other.variant)}
	if w.variant >= 0 && other.variant >= 0 && w.variant != other.variant {
		return both, false
	}
	for slot, value := range other.values {
		if mine, has := both.values[slot]; has && mine != value {
			return both, false
		}
		both.values[slot] = value
	}
	return both, true
}

// fill returns the values and the variant of w.
func (s *space) fill(w witness) (values []string, variant int) {
	values = slices.Clone(s.typical)
	for slot, value := range w.values {
		values[slot] = value
	}
	return values, max(w.variant, 0)
}

// combinations returns all that somebody could be shown: each branch, each
// pair, and what groups come to. Returns an Invalid fault when there is too
// much to try it out.
func (s *space) combinations() (map[item]witness, error) {
	found := map[item]witness{}
	if len(s.outline.Choices) > mostChoices {
		return nil, fault.New(fault.Invalid, "templates.too_many_conditions", "n", len(s.outline.Choices), "most", mostChoices)
	}
	groups := map[int][]int{}
	for i := range s.outline.Choices {
		for j := i; j < len(s.outline.Choices); j++ {
			if err := s.try(found, []int{i, j}, false); err != nil {
				return nil, err
			}
		}
		group := s.outline.Choices[i].Group
		groups[group] = append(groups[group], i)
	}
	for group, choices := range groups {
		if !s.grouped[group] {
			continue
		}
		if err := s.try(found, choices, true); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// try finds what the choices can come to, two by two, or together as a group.
func (s *space) try(found map[item]witness, choices []int, together bool) error {
	involved := slices.Clone(choices)
	for _, n := range choices {
		involved = append(involved, s.outline.Around(n)...)
	}
	slices.Sort(involved)
	involved = slices.Compact(involved)
	t := trial{space: s, found: found, choices: choices, together: together, involved: involved, terms: map[int][]lang.Term{}, variants: 1}
	for _, n := range involved {
		t.variants = max(t.variants, s.outline.Choices[n].Variants)
		for _, term := range termsOf(&s.outline.Choices[n]) {
			t.terms[term.Slot] = append(t.terms[term.Slot], term)
		}
	}
	t.slots = slices.Sorted(maps.Keys(t.terms))
	n := t.variants
	for _, slot := range t.slots {
		values := valuesFor(s.outline.Types[slot], t.terms[slot], s.typical[slot])
		t.values = append(t.values, values)
		if n *= len(values); s.tries+n > mostTries {
			return fault.New(fault.Invalid, "templates.conditions_intricate", "conditions", shortened(s.outline.Choices[choices[0]].Text()))
		}
	}
	s.tries += n
	t.each(0, slices.Clone(s.typical))
	return nil
}

// trial tries out all that matters to some choices.
type trial struct {
	*space
	found    map[item]witness
	choices  []int // of which is to be found what they come to
	together bool  // they are a group
	involved []int // these and those around them
	terms    map[int][]lang.Term
	slots    []int
	values   [][]string // to try, of each slot
	variants int
}

// each tries all values from the slot at n on.
func (t *trial) each(n int, values []string) {
	if n < len(t.slots) {
		for _, value := range t.values[n] {
			values[t.slots[n]] = value
			t.each(n+1, values)
		}
		return
	}
	for variant := range t.variants {
		t.note(t.outline.Outcomes(t.recipient(values), variant, t.involved), values, variant)
	}
}

// note keeps what somebody is shown, unless somebody else was found before.
func (t *trial) note(vector []int, values []string, variant int) {
	only := slices.Repeat([]int{lang.Unreached}, len(vector))
	for _, n := range t.choices {
		only[n] = vector[n]
	}
	for _, it := range t.itemsOf(only) {
		if _, known := t.found[it]; known || it.group != "" && !t.together {
			continue
		}
		w := witness{map[int]string{}, -1}
		for _, slot := range t.slots {
			w.values[slot] = values[slot]
		}
		if t.variants > 1 {
			w.variant = variant
		}
		t.found[it] = w
	}
}

// only returns the one face of a mailing that asks for nothing.
func (s *space) only(t *Tally) Face {
	f := Face{Vector: []int{}, Values: slices.Clone(s.typical)}
	if t != nil {
		for _, kind := range t.kinds {
			f.Members += kind.members
		}
	}
	return f
}

// representative returns values that come to the same as those of a member,
// and are none of a member's own: what no condition asks for is made up, and
// what one asks for is a value that it names, or one beside it.
func (s *space) representative(values []string, variant int) []string {
	shown := slices.Clone(values)
	want := s.outline.Vector(s.recipient(values), variant)
	for slot := range shown {
		tries := []string{s.typical[slot]}
		if len(s.terms[slot]) > 0 {
			tries = append(tries, valuesFor(s.outline.Types[slot], s.terms[slot], s.typical[slot])...)
		}
		own := shown[slot]
		for _, value := range tries {
			shown[slot] = value
			if slices.Equal(s.outline.Vector(s.recipient(shown), variant), want) {
				break
			}
			shown[slot] = own
		}
	}
	return shown
}
