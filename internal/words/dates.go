package words

import (
	"strconv"
	"strings"
	"time"
)

// DateForm is how dates are written: a form of the language with a name, or a
// pattern of CLDR (UTS 35 §8.1).
type DateForm []dateField

// dateField is a part of a date, or a text between parts.
type dateField struct {
	letter byte // d, M, E or y; 0: text
	width  int
	text   string
}

// DateForms are the names of forms that every language has.
func DateForms() []string { return []string{"short", "long", "day", "weekday", "month"} }

// DateForm returns the form that text names or describes, and false when it
// does neither. A pattern has parts of days, months and years alone, of the
// widths that CLDR knows; in it, words stand between single quotes.
func (m Moments) DateForm(text string) (DateForm, bool) {
	if pattern := m.datePattern(text); pattern != "" {
		text = pattern
	}
	var form DateForm
	for text != "" {
		if text[0] == '\'' {
			quoted, rest, closed := strings.Cut(text[1:], "'")
			if !closed {
				return nil, false
			}
			if quoted == "" { // two quotes are one
				quoted = "'"
			}
			form, text = append(form, dateField{text: quoted}), rest
			continue
		}
		width := 1
		for width < len(text) && text[width] == text[0] {
			width++
		}
		switch letter := text[0]; {
		case isLetterOrDigit(letter) && !isDateField(letter, width):
			return nil, false
		case isLetterOrDigit(letter):
			form = append(form, dateField{letter: letter, width: width})
		default:
			form = append(form, dateField{text: text[:width]})
		}
		text = text[width:]
	}
	return form, form.tells()
}

// tells reports whether the form holds a part of a date.
func (f DateForm) tells() bool {
	for _, field := range f {
		if field.letter != 0 {
			return true
		}
	}
	return false
}

func isLetterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isDateField reports whether CLDR knows a part of that width. A y is the year,
// Y would be that of the week.
func isDateField(letter byte, width int) bool {
	switch letter {
	case 'd':
		return width <= 2
	case 'M', 'L', 'E':
		return width <= 4
	case 'y':
		return width == 1 || width == 2 || width == 4
	}
	return false
}

// datePattern returns the language's pattern of the name, or "".
func (m Moments) datePattern(name string) string {
	day := strings.NewReplacer("{d}", "d", "{m}", "MMMM").Replace(m.dayAndMonth)
	switch name {
	case "short":
		return m.shortDate
	case "long":
		return day + " yyyy"
	case "day":
		return day
	case "weekday":
		return m.weekdayComma + day
	case "month":
		return "MMMM yyyy"
	}
	return ""
}

// Append appends a date in the form, with the names of a language.
func (f DateForm) Append(dst []byte, t time.Time, say Speaker) []byte {
	for _, f := range f {
		switch f.letter {
		case 'd':
			dst = appendPadded(dst, t.Day(), f.width)
		case 'y':
			year := t.Year()
			if f.width == 2 {
				year %= 100
			}
			dst = appendPadded(dst, year, f.width)
		case 'E':
			dst = append(dst, pick(f.width, say.shortDays[t.Weekday()], say.days[t.Weekday()])...)
		case 'M', 'L':
			if f.width <= 2 {
				dst = appendPadded(dst, int(t.Month()), f.width)
			} else {
				dst = append(dst, pick(f.width, say.shortMonths[t.Month()-1], say.months[t.Month()-1])...)
			}
		default:
			dst = append(dst, f.text...)
		}
	}
	return dst
}

// pick returns the name that a width asks for: four letters are the whole one.
func pick(width int, short, whole string) string {
	if width == 4 {
		return whole
	}
	return short
}

func appendPadded(dst []byte, n, width int) []byte {
	for size := len(strconv.Itoa(n)); size < width; size++ {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// DateName returns the part of a pattern that the name of a month or day stands
// for in any language: MMMM for november, EEE for di. It is "" of what is no name.
func DateName(name string) string {
	for _, locale := range Locales() {
		f := momentsOf(locale)
		for _, list := range []struct {
			pattern string
			names   []string
		}{{"MMMM", f.months[:]}, {"MMM", f.shortMonths[:]}, {"EEEE", f.days[:]}, {"EEE", f.shortDays[:]}} {
			for _, known := range list.names {
				if strings.EqualFold(strings.Trim(known, "."), name) {
					return list.pattern
				}
			}
		}
	}
	return ""
}
