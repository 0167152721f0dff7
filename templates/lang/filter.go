package lang

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// filter changes a value before it is shown.
type filter struct {
	name     string
	text     string // its argument
	argument tokenKind
	digits   int
	locale   locale
}

var filterNames = []string{"default", "upper", "lower", "title", "date", "number", "money"}

// check refuses a filter that doesn't exist or doesn't suit the type.
func (f *filter) check(typ FieldType) error {
	needs := func(kind tokenKind, example string) error {
		if f.argument != kind {
			return fmt.Errorf("the filter %s is written like this: %s", f.name, example)
		}
		return nil
	}
	switch f.name {
	case "default":
		return needs(tokenText, `| default "lid"`)
	case "upper", "lower", "title":
		return nil
	case "date":
		if typ != Date {
			return fmt.Errorf("the filter date is for dates, and this is a %s", typ)
		}
		return needs(tokenText, `| date "2 January 2006"`)
	case "number", "money":
		if typ != Number {
			return fmt.Errorf("the filter %s is for numbers, and this is a %s", f.name, typ)
		}
		if f.name == "money" {
			return needs(tokenText, `| money "EUR"`)
		}
		if n, err := strconv.Atoi(f.text); f.text != "" && (err != nil || n < 0 || n > 9) {
			return fmt.Errorf("after number comes how many digits follow the decimal sign, from 0 to 9")
		}
		return nil
	}
	if near := nearest(f.name, filterNames); near != "" {
		return fmt.Errorf("there is no filter %s; did you mean %s?", f.name, near)
	}
	return fmt.Errorf("there is no filter %s; there are %s", f.name, strings.Join(filterNames, ", "))
}

// apply appends the filtered form of value to dst.
func (f *filter) apply(dst, value []byte) []byte {
	switch f.name {
	case "default":
		if isBlank(string(value)) {
			return append(dst, f.text...)
		}
	case "upper":
		return appendMapped(dst, value, unicode.ToUpper)
	case "lower":
		return appendMapped(dst, value, unicode.ToLower)
	case "title":
		start := true
		return appendMapped(dst, value, func(r rune) rune {
			first := start
			start = !unicode.IsLetter(r) && r != '\'' && r != '’'
			if first {
				return unicode.ToTitle(r)
			}
			return unicode.ToLower(r)
		})
	case "date":
		if day, ok := parseDate(string(value)); ok {
			return f.locale.appendDate(dst, day, f.text)
		}
	case "number":
		if digits, ok := fixedDigits(string(value), f.digits, f.text == ""); ok {
			return f.locale.appendNumber(dst, digits)
		}
	case "money":
		if digits, ok := fixedDigits(string(value), 2, false); ok {
			return f.locale.appendMoney(dst, digits, f.text)
		}
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

// parseDate reads a date, or the date of a moment.
func parseDate(s string) (time.Time, bool) {
	if len(s) < len(time.DateOnly) {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	return day, err == nil
}

// fixedDigits returns the plain decimal form of s with as many digits after
// the point as asked, or with those that s has when keep is set.
func fixedDigits(s string, digits int, keep bool) (string, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != n || n > 1e15 || n < -1e15 {
		return "", false
	}
	if keep {
		digits = -1
	}
	return strconv.FormatFloat(n, 'f', digits, 64), true
}
