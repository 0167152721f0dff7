package imports

import (
	"slices"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/members"
)

// plan is how the columns of one file are read.
type plan struct {
	columns  []planned
	email    int // index of the column with the address
	at       map[string]int
	zone     *time.Location // of times that don't name theirs
	comma    bool           // how the label's language writes decimals
	consent  *FileConsent
	started  time.Time
	header   []string
	declared map[string]members.Attribute
}

// planned is one column and what becomes of it.
type planned struct {
	header    string
	target    string            // empty: it is left out
	attribute members.Attribute // when the target is one
	guess     guess             // what its values look like
	isNew     bool              // the attribute has yet to be declared
	skipped   bool              // somebody chose to leave it out
}

// newPlan finds a target for each column, as drawPlan does. Returns an invalid
// fault if no column has the addresses.
func newPlan(header []string, options Options, attributes []members.Attribute) (*plan, error) {
	p, err := drawPlan(header, options, attributes)
	if err != nil {
		return nil, err
	}
	if _, ok := p.at[toEmail]; !ok {
		return nil, fault.New(fault.Invalid, "no column is known to hold the addresses; the first line has %s. Name the column: --map email=…", list(header))
	}
	return p, nil
}

// drawPlan finds a target for each column that isn't to be skipped: the one that
// options.Map gives, else the one that its header means. Returns an invalid
// fault if options name a column that isn't there.
func drawPlan(header []string, options Options, attributes []members.Attribute) (*plan, error) {
	p := &plan{header: header, declared: map[string]members.Attribute{}, at: map[string]int{}, consent: options.Consent}
	for _, a := range attributes {
		p.declared[a.Name] = a
	}
	for name, typ := range options.Types {
		if a, ok := p.declared[name]; ok && a.Type != typ {
			return nil, fault.At("types."+name, "this label has it already, as a %s", a.Type)
		} else if !ok {
			p.declared[name] = members.Attribute{Name: name, Type: typ}
		}
	}
	given, err := givenTargets(header, options.Map)
	if err != nil {
		return nil, err
	}
	p.columns = make([]planned, len(header))
	for i, h := range header {
		target, ok := given[i]
		switch {
		case slices.Contains(options.Skip, h):
			p.columns[i] = planned{header: h, skipped: true}
			continue
		case !ok:
			target = guessTarget(h, p.declared)
			if _, taken := options.Map[target]; taken {
				target = "" // the target was given to another column
			}
		}
		p.columns[i] = planned{header: h, target: p.take(target, i)}
	}
	p.email = p.at[toEmail]
	p.nameRest(options.Declare)
	return p, nil
}

// givenTargets returns the targets that a person gave, by column.
func givenTargets(header []string, given map[string]string) (map[int]string, error) {
	targets := map[int]string{}
	var wrong fault.List
	for target, name := range given {
		found := -1
		for i, h := range header {
			if h == name || found < 0 && fold(h) == fold(name) {
				found = i
			}
		}
		if found < 0 {
			wrong.Add("map."+target, "the file has no column %q; it has %s", name, list(header))
			continue
		}
		targets[found] = target
	}
	return targets, wrong.Err()
}

// take gives the target to column i, unless a column before it has it.
func (p *plan) take(target string, i int) string {
	if _, taken := p.at[target]; taken || target == "" {
		return ""
	}
	p.at[target] = i
	return target
}

// nameRest makes attributes of what has a target that nobody declared, and of
// the columns without a target if that is wanted.
func (p *plan) nameRest(declare bool) {
	for i := range p.columns {
		c := &p.columns[i]
		if c.target == "" && declare && !c.skipped {
			if name := attributeName(c.header); !targets[name] {
				c.target = p.take(name, i)
			}
		}
		if c.target == "" || targets[c.target] {
			continue
		}
		known, ok := p.declared[c.target]
		if !ok {
			known = members.Attribute{Name: c.target, Type: members.WellKnown(c.target)} // else guessed by the survey
		}
		c.attribute = known
		c.isNew = known.Slot == ""
	}
}

// shown returns the plan as a person sees it.
func (p *plan) shown() []Column {
	out := make([]Column, len(p.columns))
	for i, c := range p.columns {
		out[i] = Column{Header: c.header, Target: c.target, Type: c.attribute.Type, New: c.isNew}
	}
	return out
}

// list names headers in a sentence.
func list(header []string) string {
	if len(header) > 30 {
		header = append(header[:30:30], "…")
	}
	return `"` + strings.Join(header, `", "`) + `"`
}
