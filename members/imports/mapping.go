package imports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"keur/internal/fault"
	"keur/internal/typed"
	"keur/internal/words"
	"keur/members"
	"keur/members/imports/standing"
)

// mapping is how the columns of one file are read.
type mapping struct {
	columns   []mappedColumn
	email     int // index of the column with the address
	at        map[string]int
	statuses  []int             // indexes of the columns that say who may be mailed
	wholeFile standing.Standing // of each member of the file
	zone      *time.Location    // of times that don't name theirs
	comma     bool              // how the label's language writes decimals
	consent   *FileConsent
	started   time.Time
	header    []string
	declared  map[string]members.Attribute
}

// mappedColumn is one column and what becomes of it.
type mappedColumn struct {
	header    string
	target    string            // empty: it is left out
	attribute members.Attribute // when the target is one
	guess     guess             // what its values look like
	isNew     bool              // the attribute has yet to be declared
	given     bool              // a person said what becomes of it
	status    *standing.Column  // when its values say who may be mailed
	seen      standing.Tally    // its different words
	usual     typed.Order       // of its dates, if they don't show it
}

// order returns in which order the column's dates are.
func (c *mappedColumn) order() typed.Order {
	if shown := c.guess.dates.Order(); shown != "" {
		return shown
	}
	return c.usual
}

// isDate reports whether the column is read as dates or moments whatever it has.
func (c *mappedColumn) isDate() bool {
	switch c.target {
	case toConsentAt, toOptinMailed, toConfirmedAt, toJoinedAt:
		return true
	case toStatus:
		return c.status.Filled != ""
	}
	return c.attribute.Type == members.Date
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
	m.wholeFile = options.WholeFile()
	m.columns = make([]mappedColumn, len(header))
	for i, h := range header {
		c := &m.columns[i]
		*c = mappedColumn{header: h, usual: options.DateOrder}
		if c.given = slices.Contains(options.Skip, h); c.given {
			continue
		}
		chosen, isStatus := options.Status[h]
		target, ok := given[i]
		if c.given = ok; !ok {
			target = guessTarget(h, m.declared)
			if _, taken := options.Map[target]; taken {
				target = "" // the target was given to another column
			}
		}
		known, isKnown := standing.Known(h, header)
		switch {
		case target == toConsent:
			if c.target = m.assign(target, i); c.target != "" {
				m.addStatus(i, standing.OfConsent(), chosen)
			}
		case target == toStatus, isStatus, target == "" && isKnown:
			c.target = toStatus
			c.given = c.given || isStatus
			m.addStatus(i, known, chosen)
		default:
			c.target = m.assign(target, i)
		}
	}
	m.email = m.at[toEmail]
	m.addAttributes(options.Declare)
	return m, nil
}

// addStatus makes column i one whose words say who may be mailed.
func (m *mapping) addStatus(i int, known standing.Column, chosen map[string]standing.Standing) {
	known.Choose(chosen)
	m.columns[i].status = &known
	m.statuses = append(m.statuses, i)
}

// givenTargets returns the targets that a person gave, by column: the first that
// bears the name, or else the first whose header means the same.
func givenTargets(header []string, given map[string]string) (map[int]string, error) {
	targets := map[int]string{}
	var wrong fault.List
	for target, name := range given {
		found := slices.Index(header, name)
		if found < 0 {
			found = slices.IndexFunc(header, func(h string) bool { return standing.Fold(h) == standing.Fold(name) })
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
		if c.target == "" && declare && !c.given && !standing.Beside(c.header) {
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
	for i := range m.columns {
		c := &m.columns[i]
		out[i] = Column{Header: c.header, Target: c.target, Type: c.attribute.Type, New: c.isNew}
		if c.isDate() {
			out[i].DateOrder = c.order()
		}
		if c.status != nil && c.status.Filled == "" || c.suspect() {
			out[i].Words = c.words()
		}
		if out[i].Asks = c.statusDoubt(); c.suspect() {
			out[i].Target, out[i].Type, out[i].New = Undecided, "", false
		}
	}
	return out
}

// unsaid reports whether nobody knows what the column is: no person said so, and
// its header doesn't.
func (c *mappedColumn) unsaid() bool {
	return c.status == nil && !c.given && !targets[c.target] && members.WellKnown(c.target) == ""
}

// suspect reports whether the column may tell who left, and nobody said so.
func (c *mappedColumn) suspect() bool { return c.unsaid() && standing.Suspect(c.header, c.seen) }

// words returns the different words of a column of statuses, the commonest first,
// and what each says.
func (c *mappedColumn) words() []Word {
	var list []Word
	status := c.status
	if status == nil {
		status = &standing.Column{}
	}
	for _, word := range standing.Sorted(c.seen.Words) {
		found, _ := status.Standing(word)
		list = append(list, Word{Word: word, Rows: *c.seen.Words[word], Standing: found.Gravest()})
	}
	return list
}

// statusDoubt returns what a person has to say of the column, where to guess could
// make somebody mailable who left.
func (c *mappedColumn) statusDoubt() words.Message {
	switch {
	case c.status != nil && c.status.Filled == "" && c.seen.Over:
		return words.Of("members.status_many_words", "column", c.header, "most", standing.MaxWords)
	case c.status != nil && len(c.status.Unknown(c.seen)) > 0:
		return words.Of("members.status_words_unknown", "column", c.header, "words", standing.List(c.status.Unknown(c.seen)))
	case c.suspect():
		return words.Of("members.status_suspected", "column", c.header, "words", standing.List(c.seen.Words))
	}
	return words.Message{}
}

// dateDoubt returns what a person has to say of the column's dates, where to guess
// could give a member another birthday.
func (c *mappedColumn) dateDoubt() words.Message {
	dates := c.guess.dates
	switch {
	case !c.isDate() || c.order() != "" || !dates.Asks():
		return words.Message{}
	case dates.Day > 0:
		return words.Of("members.dates_mixed", "column", c.header, "day", dates.Day, "month", dates.Month)
	}
	return words.Of("members.dates_ambiguous", "column", c.header, "line", dates.Either)
}

// doubts returns a fault about each column that is in doubt; its path is that of
// the column.
func (m *mapping) doubts() error {
	var wrong fault.List
	for i := range m.columns {
		for _, doubt := range []words.Message{m.columns[i].statusDoubt(), m.columns[i].dateDoubt()} {
			if !doubt.IsZero() {
				wrong.Note(columnPath(i), doubt)
			}
		}
	}
	err := wrong.Err()
	if f, ok := err.(*fault.Error); ok { //nolint:errorlint // it was made a line above
		f.Message = words.Of("members.import_asks")
	}
	return err
}

// columnPath names a column in a fault.
func columnPath(i int) string { return fmt.Sprintf("columns[%d]", i) }

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
