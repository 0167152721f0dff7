// Package faces finds the distinct mails that the ifs and variants of a mailing
// can make: the smallest set of mails that holds every branch, every pair of
// branches, and every combination of those that read together, with how many
// members get each. It proves what can't occur, so that nothing is sent that
// nobody was shown.
package faces

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/templates/lang"
)

// Most is how many faces a mailing may have: more than that nobody looks at.
const Most = 24

// Face is one of the mails that a mailing makes.
type Face struct {
	Variant int      // of the subject
	Vector  []int    // what each choice comes to
	Values  []string // of a member who gets it, none of a real one: in the order of the outline's fields
	Members int      // of the audience get exactly this
}

// Branches returns the branches that the face shows.
func (f *Face) Branches() []lang.Branch {
	var all []lang.Branch
	for i, outcome := range f.Vector {
		if outcome != lang.Unreached {
			all = append(all, lang.Branch{Choice: i, Outcome: outcome})
		}
	}
	return all
}

// Of returns the faces of a mailing, those that most members get first. Tally
// counts its audience; nil stands for none. Weights are those of the variants.
// Returns an Invalid fault that names the conditions when there are too many.
func Of(o *lang.Outline, tally *Tally, weights []int) ([]Face, error) {
	space := newSpace(o)
	needed, err := space.combinations()
	if err != nil {
		return nil, err
	}
	c := cover{space: space, open: needed}
	if tally != nil {
		c.occurring(tally, weights)
	}
	c.invented()
	if len(o.Choices) == 0 {
		c.faces = []Face{c.space.only(tally)}
	}
	if len(c.faces) > Most {
		return nil, fault.New(fault.Invalid, "templates.too_many_faces", "most", Most, "conditions", widest(o))
	}
	slices.SortStableFunc(c.faces, func(a, b Face) int { return cmp.Compare(b.Members, a.Members) })
	return c.faces, nil
}

// Never returns the conditions that hold for nobody, or only where another does
// that goes before.
func Never(o *lang.Outline) ([]*lang.Cond, error) {
	space, found := newSpace(o), map[item]witness{}
	var never []*lang.Cond
	for i := range o.Choices {
		if err := space.try(found, []int{i}, false); err != nil {
			return nil, err
		}
		for outcome, cond := range o.Choices[i].Conds {
			branch := lang.Branch{Choice: i, Outcome: outcome}
			if _, some := found[item{a: branch, b: branch}]; !some {
				never = append(never, cond)
			}
		}
	}
	return never, nil
}

// widest names the conditions that make most faces.
func widest(o *lang.Outline) string {
	choices := slices.Clone(o.Choices)
	slices.SortStableFunc(choices, func(a, b lang.Choice) int { return cmp.Compare(b.Outcomes(), a.Outcomes()) })
	var texts []string
	for _, c := range choices[:min(len(choices), 6)] {
		if c.Variants == 0 {
			texts = append(texts, shortened(c.Text()))
		}
	}
	return strings.Join(texts, "; ")
}

// shortened returns as much of a text as a person needs to find it.
func shortened(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// item is what has to be shown: a branch, a pair of them (a before b), or what
// the choices of a group come to together.
type item struct {
	a, b  lang.Branch
	group string
}

// itemsOf returns the items that a mail with these outcomes shows.
func (s *space) itemsOf(vector []int) []item {
	var all []item
	groups := map[int][]byte{}
	for i, outcome := range vector {
		if outcome == lang.Unreached {
			continue
		}
		a := lang.Branch{Choice: i, Outcome: outcome}
		all = append(all, item{a: a, b: a})
		for j := i + 1; j < len(vector); j++ {
			if vector[j] != lang.Unreached {
				all = append(all, item{a: a, b: lang.Branch{Choice: j, Outcome: vector[j]}})
			}
		}
		if g := s.outline.Choices[i].Group; s.grouped[g] {
			groups[g] = append(groups[g], byte(i), byte(outcome))
		}
	}
	for _, text := range groups {
		all = append(all, item{group: string(text)})
	}
	return all
}

// cover collects faces until nothing is left to show.
type cover struct {
	space *space
	open  map[item]witness // what isn't shown yet, with somebody who would get it
	faces []Face
}

// take makes a face of the outcomes, and strikes off what it shows.
func (c *cover) take(f Face) {
	c.faces = append(c.faces, f)
	for _, shown := range c.space.itemsOf(f.Vector) {
		delete(c.open, shown)
	}
}

// candidate is a mail that a part of the audience gets.
type candidate struct {
	face  Face
	items []int // numbers of what it shows
}

// occurring takes mails that members of the audience get: each time the one
// that shows most of what wasn't shown, and of several the most frequent.
func (c *cover) occurring(t *Tally, weights []int) {
	numbers := map[item]int{}
	var open []bool
	candidates := c.candidates(t, weights)
	for i := range candidates {
		for _, shown := range c.space.itemsOf(candidates[i].face.Vector) {
			n, known := numbers[shown]
			if !known {
				n = len(open)
				numbers[shown], open = n, append(open, true)
			}
			candidates[i].items = append(candidates[i].items, n)
		}
	}
	for len(c.faces) <= Most {
		best, most := -1, 0
		for i := range candidates {
			n := 0
			for _, shown := range candidates[i].items {
				if open[shown] {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		if best < 0 {
			return
		}
		for _, shown := range candidates[best].items {
			open[shown] = false
		}
		f := candidates[best].face
		f.Values = c.space.representative(f.Values, f.Variant)
		c.take(f)
	}
}

// candidates returns what members get, the most frequent first.
func (c *cover) candidates(t *Tally, weights []int) []candidate {
	o, variants := c.space.outline, c.space.variants
	total := 0
	for _, w := range weights {
		total += w
	}
	var all []candidate
	for v := range variants {
		at := map[string]int{}
		for _, kind := range t.kinds {
			vector := o.Vector(c.space.recipient(kind.values), v)
			key := keyOf(vector)
			i, known := at[key]
			if !known {
				i = len(all)
				at[key] = i
				all = append(all, candidate{face: Face{Variant: v, Vector: vector, Values: kind.values}})
			}
			n := kind.members
			if total > 0 && v < len(weights) {
				n = (kind.members*weights[v] + total/2) / total
			}
			all[i].face.Members += n
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.face.Members, a.face.Members), slices.Compare(a.face.Vector, b.face.Vector))
	})
	return all
}

// invented takes mails that nobody of the audience gets, so that what is left
// is shown as well: whoever comes to the audience later may get it.
func (c *cover) invented() {
	for len(c.open) > 0 && len(c.faces) <= Most {
		values, variant := c.next()
		vector := c.space.outline.Vector(c.space.recipient(values), variant)
		before := len(c.open)
		c.take(Face{Variant: variant, Vector: vector, Values: c.space.representative(values, variant)})
		if len(c.open) == before {
			return // can't be: the values are those of an item that is open
		}
	}
}

// next returns somebody to whom as much as possible is shown of what is open.
func (c *cover) next() (values []string, variant int) {
	left := slices.SortedFunc(maps.Keys(c.open), compareItems)
	who := c.open[left[0]]
	kept := c.shows(c.space.fill(who))
	for _, it := range left[1:] {
		both, fits := who.and(c.open[it])
		if !fits {
			continue
		}
		if n := c.shows(c.space.fill(both)); n > kept {
			who, kept = both, n
		}
	}
	return c.space.fill(who)
}

// shows returns how much of what is open somebody is shown.
func (c *cover) shows(values []string, variant int) int {
	n := 0
	for _, it := range c.space.itemsOf(c.space.outline.Vector(c.space.recipient(values), variant)) {
		if _, open := c.open[it]; open {
			n++
		}
	}
	return n
}

func compareItems(x, y item) int {
	branch := func(a, b lang.Branch) int {
		return cmp.Or(cmp.Compare(a.Choice, b.Choice), cmp.Compare(a.Outcome, b.Outcome))
	}
	return cmp.Or(cmp.Compare(x.group, y.group), branch(x.a, y.a), branch(x.b, y.b))
}

func keyOf(vector []int) string {
	key := make([]byte, len(vector))
	for i, outcome := range vector {
		key[i] = byte(outcome + 1)
	}
	return string(key)
}
