package imports

import (
	"slices"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/members"
)

// mapping is how the columns of one file are read.
type mapping struct {
	columns  []mappedColumn
	email    int // index of the column with the address
	at       map[string]int
	zone     *time.Location // of times that don't name theirs
	comma    bool           // how the label's language writes decimals
	consent  *FileConsent
	started  time.Time
	header   []string
	declared map[string]members.Attribute
}

// mappedColumn is one column and what becomes of it.
type mappedColumn struct {
	header    string
	target    string            // empty: it is left out
	attribute members.Attribute // when the target is one
	guess     guess             // what its values look like
	isNew     bool              // the attribute has yet to be declared
	skipped   bool              // somebody chose to leave it out
}

// newMapping finds a target for each column, as mapColumns does. Returns an invalid
// fault if no column has the addresses.
func newMapping(header []string, options Options, attributes []members.Attribute) (*mapping, error) {
	m, err := mapColumns(header, options, attributes)
	if err != nil {
		return nil, err
	}
	if _, ok := m.at[toEmail]; !ok {
		return nil, fault.New(fault.Invalid,
			"members.no_address_column", "header", list(header))
	}
	return m, nil
}

// mapColumns finds a target for each column that isn't to be skipped: the one that
// options.Map gives, else the one that its header means. Returns an invalid
// fault if options name a column that isn't there.
func mapColumns(header []string, options Options, attributes []members.Attribute) (*mapping, error) {
	m := &mapping{header: header, declared: map[string]members.Attribute{}, at: map[string]int{}, consent: options.Consent}
	for _, a := range attributes {
		m.declared[a.Name] = a
	}
	for name, typ := range options.Types {
		if a, ok := m.declared[name]; ok && a.Type != typ {
			return nil, fault.At("types."+name, "members.attribute_is", "type", a.Type)
		} else if !ok {
			m.declared[name] = members.Attribute{Name: name, Type: typ}
		}
	}
	given, err := givenTargets(header, options.Map)
	if err != nil {
		return nil, err
	}
	m.columns = make([]mappedColumn, len(header))
	for i, h := range header {
		target, ok := given[i]
		switch {
		case slices.Contains(options.Skip, h):
			m.columns[i] = mappedColumn{header: h, skipped: true}
			continue
		case !ok:
			target = guessTarget(h, m.declared)
			if _, taken := options.Map[target]; taken {
				target = "" // the target was given to another column
			}
		}
		m.columns[i] = mappedColumn{header: h, target: m.assign(target, i)}
	}
	m.email = m.at[toEmail]
	m.addAttributes(options.Declare)
	return m, nil
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
			wrong.Add("map."+target, "members.no_such_column", "column", name, "header", list(header))
			continue
		}
		targets[found] = target
	}
	return targets, wrong.Err()
}

// assign gives the target to column i, unless a column before it has it.
func (m *mapping) assign(target string, i int) string {
	if _, taken := m.at[target]; taken || target == "" {
		return ""
	}
	m.at[target] = i
	return target
}

// addAttributes makes attributes of what has a target that nobody declared, and of
// the columns without a target if that is wanted.
func (m *mapping) addAttributes(declare bool) {
	for i := range m.columns {
		c := &m.columns[i]
		if c.target == "" && declare && !c.skipped {
			if name := attributeName(c.header); !targets[name] {
				c.target = m.assign(name, i)
			}
		}
		if c.target == "" || targets[c.target] {
			continue
		}
		known, ok := m.declared[c.target]
		if !ok {
			known = members.Attribute{Name: c.target, Type: members.WellKnown(c.target)} // else guessed from its values
		}
		c.attribute = known
		c.isNew = known.Slot == ""
	}
}

// shown returns the mapping as a person sees it.
func (m *mapping) shown() []Column {
	out := make([]Column, len(m.columns))
	for i, c := range m.columns {
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

// setTypes gives attributes without a type the one that was guessed.
func (m *mapping) setTypes() {
	for i := range m.columns {
		if a := &m.columns[i].attribute; a.Name != "" && a.Type == "" {
			a.Type = m.columns[i].guess.typ()
		}
	}
}
