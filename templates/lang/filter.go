package lang

import (
	"math"
	"regexp"
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
	count  int    // its argument as a number; of number -1 for as many digits as there are
	form   words.DateForm
	locale *words.Speaker
}

// filterKind is what filters of one name do.
type filterKind struct {
	name    string
	typ     FieldType // of the values that it is for; "" for any
	makes   FieldType // what it makes of them; "" for the same
	example string    // how it is written, when it needs an argument
	most    int       // of an argument that is a whole number, which is at least 1
	apply   func(f *filter, dst, value []byte, today string) []byte
}

func filterKinds() []filterKind {
	return []filterKind{
		{name: "default", example: `| default "lid"`, apply: (*filter).appendDefault},
		{name: "upper", makes: Text, apply: mapped(unicode.ToUpper)},
		{name: "lower", makes: Text, apply: mapped(unicode.ToLower)},
		{name: "title", makes: Text, apply: (*filter).appendTitle},
		{name: "truncate", makes: Text, example: "| truncate 40", most: 1000, apply: (*filter).appendTruncated},
		{name: "date", typ: Date, makes: Text, example: `| date "d MMMM yyyy"`, apply: (*filter).appendDate},
		{name: "plus", typ: Date, example: "| plus 7", most: 36500, apply: (*filter).appendLater},
		{name: "minus", typ: Date, example: "| minus 7", most: 36500, apply: (*filter).appendLater},
		{name: "days_until", typ: Date, makes: Number, apply: (*filter).appendDays},
		{name: "days_since", typ: Date, makes: Number, apply: (*filter).appendDays},
		{name: "number", typ: Number, makes: Text, apply: (*filter).appendNumber},
		{name: "money", typ: Number, makes: Text, example: `| money "EUR"`, apply: (*filter).appendMoney},
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

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// newFilter returns the filter of the name, or an error if it doesn't exist or
// suits neither the argument nor the type.
func newFilter(name string, argument token, typ FieldType, locale *words.Speaker) (filter, error) {
	f := filter{kind: filterOf(name), text: argument.text, count: -1, locale: locale}
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
		return f, fault.New(fault.Invalid, "templates.filter_date", "filter", name, "type", typ)
	case f.kind.typ == Number && typ != Number:
		return f, fault.New(fault.Invalid, "templates.filter_number", "filter", name, "type", typ)
	case f.kind.example == "" && argument.text != "" && name != "number":
		return f, fault.New(fault.Invalid, "templates.filter_alone", "filter", name)
	}
	return f, f.read(argument)
}

// read reads the argument.
func (f *filter) read(argument token) (err error) {
	misspelt := fault.New(fault.Invalid, "templates.filter_form", "filter", f.kind.name, "form", f.kind.example)
	switch {
	case f.kind.most > 0:
		f.count, err = strconv.Atoi(f.text)
		if err != nil || argument.kind != tokenNumber || f.count < 1 || f.count > f.kind.most {
			return misspelt
		}
	case f.kind.example != "" && argument.kind != tokenText:
		return misspelt
	case f.is("number") && f.text != "":
		if f.count, err = strconv.Atoi(f.text); err != nil || f.count < 0 || f.count > 9 {
			return fault.New(fault.Invalid, "templates.filter_digits")
		}
	case f.is("money") && !currency.MatchString(f.text):
		return fault.New(fault.Invalid, "templates.filter_currency", "currency", f.text)
	case f.is("date"):
		form, ok := f.locale.DateForm(f.text)
		if !ok {
			return fault.New(fault.Invalid, "templates.date_form", "form", f.text, "meant", meantForm(f.text, f.locale),
				"forms", strings.Join(words.DateForms(), ", "))
		}
		f.form = form
	}
	return nil
}

func (f *filter) apply(dst, value []byte, today string) []byte {
	return f.kind.apply(f, dst, value, today)
}

func (f *filter) is(name string) bool { return f.kind.name == name }

// asksToday reports whether it matters on what day the mail goes out.
func (f *filter) asksToday() bool { return f.kind.makes == Number }

func (f *filter) appendDefault(dst, value []byte, _ string) []byte {
	if isBlank(string(value)) {
		return append(dst, f.text...)
	}
	return append(dst, value...)
}

func mapped(to func(rune) rune) func(*filter, []byte, []byte, string) []byte {
	return func(_ *filter, dst, value []byte, _ string) []byte { return appendMapped(dst, value, to) }
}

func appendMapped(dst, value []byte, to func(rune) rune) []byte {
	for len(value) > 0 {
		r, n := utf8.DecodeRune(value)
		dst = utf8.AppendRune(dst, to(r))
		value = value[n:]
	}
	return dst
}

func (f *filter) appendTitle(dst, value []byte, _ string) []byte {
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

// appendTruncated appends so many characters at most, up to the end of a word if
// there is one, and a sign that more would follow.
func (f *filter) appendTruncated(dst, value []byte, _ string) []byte {
	all := []rune(string(value))
	if len(all) <= f.count {
		return append(dst, value...)
	}
	end := f.count - 1 // the sign is one of them
	for i := end; i > end/2; i-- {
		if unicode.IsSpace(all[i]) {
			end = i
			break
		}
	}
	for end > 0 && oneSign(all[:end], all[end]) {
		end-- // a sign isn't cut apart
	}
	kept := strings.TrimRightFunc(string(all[:end]), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
	return append(append(dst, kept...), "…"...)
}

// oneSign reports whether next is a part of the sign that before ends with: an
// accent, a colour of skin, the other letter of a flag.
func oneSign(before []rune, next rune) bool {
	const zeroWidthJoiner = '\u200D'
	switch {
	case unicode.Is(unicode.M, next), next == zeroWidthJoiner, before[len(before)-1] == zeroWidthJoiner:
		return true
	case '\U0001F3FB' <= next && next <= '\U0001F3FF', '\U000E0020' <= next && next <= '\U000E007F':
		return true
	}
	letters := 0
	for _, r := range slices.Backward(append(before[:len(before):len(before)], next)) {
		if !unicode.Is(unicode.Regional_Indicator, r) {
			break
		}
		letters++
	}
	return letters > 0 && letters%2 == 0
}

// dayOf reads a date, or the date of a moment.
func dayOf(value []byte) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, string(value[:min(len(value), len(time.DateOnly))]))
	return day, err == nil
}

func (f *filter) appendDate(dst, value []byte, _ string) []byte {
	day, ok := dayOf(value)
	if !ok {
		return append(dst, value...)
	}
	return f.form.Append(dst, day, *f.locale)
}

// appendLater appends the date so many days later, or earlier.
func (f *filter) appendLater(dst, value []byte, _ string) []byte {
	day, ok := dayOf(value)
	if !ok {
		return append(dst, value...)
	}
	days := f.count
	if f.is("minus") {
		days = -days
	}
	return day.AddDate(0, 0, days).AppendFormat(dst, time.DateOnly)
}

// appendDays appends how many days there are from the day on which the mail goes
// out until a date, or since it.
func (f *filter) appendDays(dst, value []byte, today string) []byte {
	day, ok := dayOf(value)
	now, known := dayOf([]byte(today))
	if !ok || !known {
		return dst
	}
	days := int64(day.Sub(now) / (24 * time.Hour))
	if f.is("days_since") {
		days = -days
	}
	return strconv.AppendInt(dst, days, 10)
}

func (f *filter) appendNumber(dst, value []byte, _ string) []byte {
	if n, ok := number(value); ok {
		return append(dst, f.locale.Decimal(n, f.count)...)
	}
	return append(dst, value...)
}

func (f *filter) appendMoney(dst, value []byte, _ string) []byte {
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
