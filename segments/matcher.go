package segments

import (
	"math"
	"slices"
	"time"

	"github.com/lib/pq"

	"keur/internal/civil"
)

// matcher says of the values of one field which of them match a leaf of a rule,
// as the SQL that the leaf compiles to would.
type matcher struct {
	nothing bool               // whether it matches who has no value
	number  func(float64) bool // of a number, a date, a moment or a bool
	text    func(string) bool  // of a text or a set
}

// matcherOf returns the matcher of an op, whose operand was checked. There is
// none for the ops that ignore case: what PostgreSQL's locale takes for a
// letter's lower case only PostgreSQL knows. Nor is there one for instants of
// times when zones were some seconds off.
func (c calendar) matcherOf(t Type, op Op, o Operand) (m matcher, ok bool) {
	m.nothing = op == IsEmpty || op == IsNot || op == HasNone
	switch {
	case op == Contains || op == StartsWith:
		return m, false
	case t == Text:
		m.text = textMatcher(op, o)
	case t == Set:
		m.text = setMatcher(op, o)
	case op == IsEmpty:
		m.number = func(float64) bool { return false }
	case op == IsNotEmpty:
		m.number = func(float64) bool { return true }
	case t == Number:
		m.number = numberMatcher(op, o)
	case t == Bool:
		m.number = func(v float64) bool { return ((v == 1) == o.Flag) == (op == Is) }
	case op == BirthdayWithinDays:
		days := c.birthdays(o.Counts[0])
		m.number = func(v float64) bool {
			d := civil.DateOf(epoch.AddDate(0, 0, int(v)))
			return slices.Contains(days, int64(d.Month)*100+int64(d.Day))
		}
	case t == Moment:
		return c.momentMatcher(op, o)
	default:
		s := c.span(op, o)
		m.number = within(s.from, s.through, op, daysSinceEpoch)
	}
	return m, true
}

func textMatcher(op Op, o Operand) func(string) bool {
	switch op {
	case IsEmpty:
		return func(v string) bool { return v == "" }
	case IsNotEmpty:
		return func(v string) bool { return v != "" }
	case In:
		return func(v string) bool { return slices.Contains(o.Texts, v) }
	}
	return func(v string) bool { return (v == o.Texts[0]) == (op == Is) }
}

// setMatcher reads sets as PostgreSQL writes them.
func setMatcher(op Op, o Operand) func(string) bool {
	return func(v string) bool {
		var words pq.StringArray
		if err := words.Scan(v); err != nil {
			return false
		}
		has := func(word string) bool { return slices.Contains(words, word) }
		switch op {
		case IsEmpty, IsNotEmpty:
			return (len(words) == 0) == (op == IsEmpty)
		case HasAll:
			return !slices.ContainsFunc(o.Texts, func(word string) bool { return !has(word) })
		}
		return slices.ContainsFunc(o.Texts, has) == (op == HasAny)
	}
}

func numberMatcher(op Op, o Operand) func(float64) bool {
	n := o.Numbers
	switch op {
	case In:
		return func(v float64) bool { return slices.Contains(n, v) }
	case Between:
		return func(v float64) bool { return v >= n[0] && v <= n[1] }
	case LessThan:
		return func(v float64) bool { return v < n[0] }
	case AtMost:
		return func(v float64) bool { return v <= n[0] }
	case MoreThan:
		return func(v float64) bool { return v > n[0] }
	case AtLeast:
		return func(v float64) bool { return v >= n[0] }
	}
	return func(v float64) bool { return (v == n[0]) == (op == Is) }
}

// momentMatcher compares minutes with those at which the label's days begin.
func (c calendar) momentMatcher(op Op, o Operand) (m matcher, ok bool) {
	whole := true
	minute := func(d civil.Date) float64 {
		start := c.start(d).Unix()
		whole = whole && start%60 == 0
		return float64(start / 60)
	}
	s := c.span(op, o)
	m = matcher{nothing: op == IsNot, number: within(s.from, s.through, op, minute)}
	return m, whole
}

// within matches the days from the first through the last, by what they begin
// at; nil is open. Is not matches all others.
func within(first, last *civil.Date, op Op, begin func(civil.Date) float64) func(float64) bool {
	from, until := math.Inf(-1), math.Inf(1)
	if first != nil {
		from = begin(*first)
	}
	if last != nil {
		until = begin(last.AddDays(1))
	}
	return func(v float64) bool { return (v >= from && v < until) == (op != IsNot) }
}

// epoch is the day that panels and packs count from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func daysSinceEpoch(d civil.Date) float64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Sub(epoch).Hours() / 24
}
