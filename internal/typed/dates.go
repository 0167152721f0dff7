package typed

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Order says what a date of digits begins with: 03/04/1981 is two days.
type Order string

// The orders of dates that don't begin with their year.
const (
	DayFirst   Order = "day_first"
	MonthFirst Order = "month_first"
)

// date is a date as it is written. While open, a and b are day and month in the
// order in which they stand there; otherwise a is the month.
type date struct {
	year, a, b int
	open       bool
	rest       string // what stands behind it: a time
}

// Date reads the date that s begins with, and returns it as 2006-01-02 with what
// stands behind it. Dates are written with their year in front (2026-11-21), with
// points (21.11.2026), with the name of the month in nl, de, en or fr, or as
// 21/11/2026 and 21-11-2026, which order settles. Without an order, what can be
// read in two ways is no date.
func Date(s string, order Order) (day, rest string, ok bool) {
	d, ok := read(s)
	if !ok {
		return "", "", false
	}
	month, date := d.a, d.b
	if d.open {
		only, settled := d.only()
		switch {
		case order == "" && !settled:
			return "", "", false
		case order == DayFirst, order == "" && only == DayFirst:
			month, date = d.b, d.a
		}
	}
	if !isDay(d.year, month, date) {
		return "", "", false
	}
	var out [10]byte
	b := append(out[:0], byte('0'+d.year/1000), byte('0'+d.year/100%10), byte('0'+d.year/10%10), byte('0'+d.year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-', byte('0'+date/10), byte('0'+date%10))
	return string(b), d.rest, true
}

// only returns the one order in which an open date is one, and true if there is
// no other, or if both are the same day.
func (d date) only() (Order, bool) {
	switch {
	case d.a > 12:
		return DayFirst, true
	case d.b > 12:
		return MonthFirst, true
	}
	return DayFirst, d.a == d.b
}

// read takes a date of digits or with a name apart.
func read(s string) (date, bool) {
	if d, ok := readDigits(s); ok {
		return d, true
	}
	return readNamed(s)
}

// readDigits reads three numbers with the same separator between them.
func readDigits(s string) (date, bool) {
	var n, digits [3]int
	part, i := 0, 0
	sep := byte(0)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9' && digits[part] < 4:
			n[part] = n[part]*10 + int(c-'0')
			digits[part]++
			continue
		case (c == '-' || c == '.' || c == '/') && digits[part] > 0 && part < 2 && (sep == 0 || sep == c):
			sep = c
			part++
			continue
		}
		break
	}
	if part != 2 || digits[1] > 2 || digits[2] == 0 {
		return date{}, false
	}
	switch {
	case digits[0] == 4 && digits[2] <= 2:
		return date{year: n[0], a: n[1], b: n[2], rest: s[i:]}, true
	case digits[2] != 4 || digits[0] > 2:
		return date{}, false
	case sep == '.': // nobody writes the month first with points
		return date{year: n[2], a: n[1], b: n[0], rest: s[i:]}, true
	}
	return date{year: n[2], a: n[0], b: n[1], open: true, rest: s[i:]}, true
}

// readNamed reads 5 maart 2024, March 5th, 2024 and Tue, 05-Mar-2024.
func readNamed(s string) (date, bool) {
	var d date
	day := 0
	for range 6 {
		token, rest := nextToken(s)
		if token == "" {
			return date{}, false
		}
		s = rest
		number, digits := 0, 0
		for ; digits < len(token) && '0' <= token[digits] && token[digits] <= '9'; digits++ {
			number = number*10 + int(token[digits]-'0')
		}
		switch month := months[norm.NFC.String(strings.ToLower(token))]; {
		case digits == 4 && day > 0 && d.a > 0:
			d.year, d.b, d.rest = number, day, s
			return d, true
		case (digits == 1 || digits == 2) && day == 0:
			day = number
		case digits == 0 && month > 0 && d.a == 0:
			d.a = month
		case digits == 0 && d.a == 0 && day == 0: // a weekday
		case digits == 0 && day > 0 && len(token) <= 2: // 5th
		default:
			return date{}, false
		}
	}
	return date{}, false
}

// nextToken returns the letters or the digits that come next, without what
// separates them from what was before.
func nextToken(s string) (token, rest string) {
	s = strings.TrimLeft(s, " ,.-/")
	first, _ := utf8.DecodeRuneInString(s)
	is := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }
	if unicode.IsDigit(first) {
		is = unicode.IsDigit
	}
	end := strings.IndexFunc(s, func(r rune) bool { return !is(r) })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// months are the names of months and their usual short forms.
var months = monthNames(
	"jan januari januar january janvier janv jänner", "feb februari februar february février fevrier févr fevr",
	"mrt maart mär märz maerz mrz mar march mars", "apr april avril avr", "mei mai may", "jun juni june juin",
	"jul juli july juillet juil", "aug augustus august août aout", "sep sept september septembre",
	"okt oktober oct october octobre", "nov november novembre", "dec december dez dezember décembre decembre déc")

func monthNames(names ...string) map[string]int {
	found := map[string]int{}
	for i, list := range names {
		for _, name := range strings.Fields(list) {
			found[name] = i + 1
		}
	}
	return found
}

func isDay(year, month, day int) bool {
	return year > 0 && month > 0 && month <= 12 && day > 0 &&
		(day <= 28 || day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day())
}

// Moment reads a date as Date does, with or without a time of day, which is in
// zone unless it says otherwise; or seconds or milliseconds since 1970, from 2001
// to 2065.
func Moment(s string, order Order, zone *time.Location) (time.Time, bool) {
	if at, ok := epoch(s); ok {
		return at, true
	}
	day, rest, ok := Date(s, order)
	if !ok {
		return time.Time{}, false
	}
	if rest = clockOf(rest); rest == "" {
		at, err := time.ParseInLocation(time.DateOnly, day, zone)
		return at, err == nil
	}
	if at, ok := momentOf(day, rest, zone); ok {
		return at, true
	}
	return momentOf(day, saidClock(rest), zone)
}

func momentOf(day, clock string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{
		"15:04:05", "15:04", "15:04:05Z07:00", "15:04:05Z0700", "15:04Z07:00", "15:04:05Z07", "3:04:05PM", "3:04PM",
	} {
		if at, err := time.ParseInLocation(time.DateOnly+" "+layout, day+" "+clock, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// IsDay reports whether s is a date as Date reads it, without a time of day.
func IsDay(s string, order Order) bool {
	_, rest, ok := Date(s, order)
	return ok && clockOf(rest) == ""
}

// clockOf brings a time of day into one form: 2:22 pm is 2:22PM, 14:22 Uhr and
// 14:22 UTC are 14:22 and 14:22Z.
func clockOf(rest string) string {
	rest = strings.ToUpper(strings.TrimSpace(strings.TrimLeft(rest, "T ,")))
	for _, word := range []string{"UHR", "UUR"} {
		rest = strings.TrimRight(strings.TrimSuffix(rest, word), " ")
	}
	for _, word := range []string{"UTC", "GMT"} {
		switch before, behind, found := strings.Cut(rest, word); {
		case found && strings.ContainsAny(before+behind, "+-"): // 14:22:11 GMT+0100, 14:22:11 +0100 UTC
			rest = before + behind
		case found && behind == "":
			rest = before + "Z"
		}
	}
	return strings.ReplaceAll(rest, " ", "")
}

// spoken matches a time of day as people say it, behind clockOf.
var spoken = regexp.MustCompile(`^(?:OM|UM|AT|À)?(\d{1,2})[:.H](\d{2})(?:[:.](\d{2}))?([AP]\.?M\.?)?$`)

// saidClock brings om 14.22 (uur), à 14h22 and at 2:22 p.m. into that form too;
// "" if it is none of them.
func saidClock(clock string) string {
	found := spoken.FindStringSubmatch(clock)
	if found == nil {
		return ""
	}
	said := found[1] + ":" + found[2]
	if found[3] != "" {
		said += ":" + found[3]
	}
	return said + strings.ReplaceAll(found[4], ".", "")
}

// epoch reads the seconds or milliseconds since 1970.
func epoch(s string) (time.Time, bool) {
	if len(s) != 10 && len(s) != 13 || s[0] == '0' {
		return time.Time{}, false
	}
	n := int64(0)
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return time.Time{}, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	at := time.Unix(n, 0)
	if len(s) == 13 {
		at = time.UnixMilli(n)
	}
	return at, at.Before(time.Unix(3_000_000_000, 0))
}

// IsNoDate reports whether s is how programs write that there is no date: nothing
// but noughts, or the first day that they know.
func IsNoDate(s string) bool {
	for _, first := range []string{"0001-01-01", "1899-12-30", "1900-01-00"} {
		if rest, found := strings.CutPrefix(s, first); found {
			s = "00" + strings.TrimSuffix(strings.Replace(rest, "T", " ", 1), "Z")
			break
		}
	}
	return strings.Trim(s, "0-./: ") == "" && strings.Contains(s, "00")
}

// Dates judges the dates of a column as a whole: one that can only be read in one
// order settles it for all of them.
type Dates struct {
	Day    int64 // line of the first date that only begins with its day; 0: there is none
	Month  int64 // likewise with its month
	Either int64 // line of the first one that can be both
}

// See looks at one value. False: it begins with no date at all.
func (d *Dates) See(s string, line int64) bool {
	found, ok := read(s)
	if !ok {
		return false
	}
	asMonth := isDay(found.year, found.a, found.b)
	if !found.open {
		return asMonth
	}
	asDay := isDay(found.year, found.b, found.a)
	switch {
	case asDay && asMonth && found.a != found.b:
		first(&d.Either, line)
	case asDay && !asMonth:
		first(&d.Day, line)
	case asMonth && !asDay:
		first(&d.Month, line)
	}
	return asDay || asMonth
}

func first(at *int64, line int64) {
	if *at == 0 {
		*at = line
	}
}

// Order returns the order that the column shows; "" if it has both, or none.
func (d *Dates) Order() Order {
	switch {
	case d.Day > 0 && d.Month == 0:
		return DayFirst
	case d.Month > 0 && d.Day == 0:
		return MonthFirst
	}
	return ""
}

// Asks reports whether somebody has to say the order: the column shows none, or
// both, and has dates that it decides about.
func (d *Dates) Asks() bool { return d.Order() == "" && (d.Either > 0 || d.Day > 0) }
