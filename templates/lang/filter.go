package lang

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"keur/internal/fault"
	"keur/internal/words"
)

// filter changes a value before it is shown.
type filter struct {
	kind   *filterKind
	text   string // its argument
	digits int    // of number; -1 for those that there are
	locale *words.Speaker
}

// filterKind is what filters of one name do.
type filterKind struct {
	name    string
	typ     FieldType // of the values that it is for; "" for any
	example string    // how it is written, when it needs a text
	apply   func(f *filter, dst, value []byte) []byte
}

func filterKinds() []filterKind {
	return []filterKind{
		{"default", "", `| default "lid"`, (*filter).appendDefault},
		{"upper", "", "", func(_ *filter, dst, value []byte) []byte { return appendMapped(dst, value, unicode.ToUpper) }},
		{"lower", "", "", func(_ *filter, dst, value []byte) []byte { return appendMapped(dst, value, unicode.ToLower) }},
		{"title", "", "", (*filter).appendTitle},
		{"date", Date, `| date "2 January 2006"`, (*filter).appendDate},
		{"number", Number, "", (*filter).appendNumber},
		{"money", Number, `| money "EUR"`, (*filter).appendMoney},
	}
}

// filterOf returns the kind of the name, or nil.
func filterOf(name string) *filterKind {
	kinds := filterKinds()
	if i := slices.IndexFunc(kinds, func(k filterKind) bool { return k.name == name }); i >= 0 {
		return &kinds[i]
	}
	return nil
}

// newFilter returns the filter of the name, or an error if it doesn't exist or
// suits neither the argument nor the type.
func newFilter(name string, argument token, typ FieldType, locale *words.Speaker) (filter, error) {
	f := filter{kind: filterOf(name), text: argument.text, digits: -1, locale: locale}
	if f.kind == nil {
		var names []string
		for _, k := range filterKinds() {
			names = append(names, k.name)
		}
		if near := nearest(name, names); near != "" {
			return f, fault.New(fault.Invalid, "templates.filter_mistyped", "filter", name, "meant", near)
		}
		return f, fault.New(fault.Invalid, "templates.filter_unknown", "filter", name, "filters", strings.Join(names, ", "))
	}
	switch {
	case f.kind.typ == Date && typ != Date:
		return f, fault.New(fault.Invalid, "templates.filter_date", "type", typ)
	case f.kind.typ == Number && typ != Number:
		return f, fault.New(fault.Invalid, "templates.filter_number", "filter", name, "type", typ)
	case f.kind.example != "" && argument.kind != tokenText:
		return f, fault.New(fault.Invalid, "templates.filter_form", "filter", name, "form", f.kind.example)
	case name == "number" && f.text != "":
		var err error
		if f.digits, err = strconv.Atoi(f.text); err != nil || f.digits < 0 || f.digits > 9 {
			return f, fault.New(fault.Invalid, "templates.filter_digits")
		}
	}
	return f, nil
}

func (f *filter) apply(dst, value []byte) []byte { return f.kind.apply(f, dst, value) }

func (f *filter) is(name string) bool { return f.kind.name == name }

func (f *filter) appendDefault(dst, value []byte) []byte {
	if isBlank(string(value)) {
		return append(dst, f.text...)
	}
	return append(dst, value...)
}

func appendMapped(dst, value []byte, to func(rune) rune) []byte {
	for len(value) > 0 {
		r, n := utf8.DecodeRune(value)
		dst = utf8.AppendRune(dst, to(r))
		value = value[n:]
	}
	return dst
}

func (f *filter) appendTitle(dst, value []byte) []byte {
	start := true
	return appendMapped(dst, value, func(r rune) rune {
		first := start
		start = !unicode.IsLetter(r) && r != '\'' && r != '’'
		if first {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	})
}

// appendDate appends a date, or the date of a moment, in Go's layout, or as
// people of the locale write it.
func (f *filter) appendDate(dst, value []byte) []byte {
	day, err := time.Parse(time.DateOnly, string(value[:min(len(value), len(time.DateOnly))]))
	switch {
	case err != nil:
		return append(dst, value...)
	case f.text == "":
		return append(dst, f.locale.Date(day)...)
	}
	return append(dst, f.locale.Format(day, f.text)...)
}

func (f *filter) appendNumber(dst, value []byte) []byte {
	if n, ok := number(value); ok {
		return append(dst, f.locale.Decimal(n, f.digits)...)
	}
	return append(dst, value...)
}

func (f *filter) appendMoney(dst, value []byte) []byte {
	if n, ok := number(value); ok {
		return append(dst, f.locale.Amount(n, f.text)...)
	}
	return append(dst, value...)
}

// number reads a number that is small enough to be written out.
func number(value []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil && math.Abs(n) <= 1e15
}
