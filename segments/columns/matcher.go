package columns

import (
	"math"
	"slices"
	"time"

	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/segments"
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
func matcherOf(c segments.Calendar, t segments.Type, op segments.Op, o segments.Operand) (m matcher, ok bool) {
	m.nothing = op == segments.IsEmpty || op == segments.IsNot || op == segments.HasNone
	switch {
	case op == segments.Contains || op == segments.StartsWith:
		return m, false
	case t == segments.Text:
		m.text = textMatcher(op, o)
	case t == segments.Set:
		m.text = setMatcher(op, o)
	case op == segments.IsEmpty:
		m.number = func(float64) bool { return false }
	case op == segments.IsNotEmpty:
		m.number = func(float64) bool { return true }
	case t == segments.Number:
		m.number = numberMatcher(op, o)
	case t == segments.Bool:
		m.number = func(v float64) bool { return ((v == 1) == o.Flag) == (op == segments.Is) }
	case op == segments.BirthdayWithinDays:
		days := c.Birthdays(o.Counts[0])
		m.number = func(v float64) bool {
			d := civil.DateOf(epoch.AddDate(0, 0, int(v)))
			return slices.Contains(days, int64(d.Month)*100+int64(d.Day))
		}
	case t == segments.Moment:
		return momentMatcher(c, op, o)
	default:
		s := c.Span(op, o)
		m.number = within(s.From, s.Through, op, daysSinceEpoch)
	}
	return m, true
}

func textMatcher(op segments.Op, o segments.Operand) func(string) bool {
	switch op {
	case segments.IsEmpty:
		return func(v string) bool { return v == "" }
	case segments.IsNotEmpty:
		return func(v string) bool { return v != "" }
	case segments.In:
		return func(v string) bool { return slices.Contains(o.Texts, v) }
	}
	return func(v string) bool { return (v == o.Texts[0]) == (op == segments.Is) }
}

// setMatcher reads sets as PostgreSQL writes them.
func setMatcher(op segments.Op, o segments.Operand) func(string) bool {
	return func(v string) bool {
		var words pq.StringArray
		if err := words.Scan(v); err != nil {
			return false
		}
		has := func(word string) bool { return slices.Contains(words, word) }
		switch op {
		case segments.IsEmpty, segments.IsNotEmpty:
			return (len(words) == 0) == (op == segments.IsEmpty)
		case segments.HasAll:
			return !slices.ContainsFunc(o.Texts, func(word string) bool { return !has(word) })
		}
		return slices.ContainsFunc(o.Texts, has) == (op == segments.HasAny)
	}
}

func numberMatcher(op segments.Op, o segments.Operand) func(float64) bool {
	n := o.Numbers
	switch op {
	case segments.In:
		return func(v float64) bool { return slices.Contains(n, v) }
	case segments.Between:
		return func(v float64) bool { return v >= n[0] && v <= n[1] }
	case segments.LessThan:
		return func(v float64) bool { return v < n[0] }
	case segments.AtMost:
		return func(v float64) bool { return v <= n[0] }
	case segments.MoreThan:
		return func(v float64) bool { return v > n[0] }
	case segments.AtLeast:
		return func(v float64) bool { return v >= n[0] }
	}
	return func(v float64) bool { return (v == n[0]) == (op == segments.Is) }
}

// momentMatcher compares minutes with those at which the label's days begin.
func momentMatcher(c segments.Calendar, op segments.Op, o segments.Operand) (m matcher, ok bool) {
	whole := true
	minute := func(d civil.Date) float64 {
		start := c.Start(d).Unix()
		whole = whole && start%60 == 0
		return float64(start / 60)
	}
	s := c.Span(op, o)
	m = matcher{nothing: op == segments.IsNot, number: within(s.From, s.Through, op, minute)}
	return m, whole
}

// within matches the days from the first through the last, by what they begin
// at; nil is open. Is not matches all others.
func within(first, last *civil.Date, op segments.Op, begin func(civil.Date) float64) func(float64) bool {
	from, until := math.Inf(-1), math.Inf(1)
	if first != nil {
		from = begin(*first)
	}
	if last != nil {
		until = begin(last.AddDays(1))
	}
	return func(v float64) bool { return (v >= from && v < until) == (op != segments.IsNot) }
}

// epoch is the day that panels and packs count from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func daysSinceEpoch(d civil.Date) float64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Sub(epoch).Hours() / 24
}
