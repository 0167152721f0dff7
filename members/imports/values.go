package imports

import (
	"strconv"
	"strings"
	"time"
)

// parseBool reads yes and no as people write them in nl, de and en.
func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "true", "t", "yes", "y", "ja", "j", "x", "wahr", "waar",
		"on", "aan", "an", "opt-in", "optin", "subscribed", "ingeschreven", "angemeldet":
		return true, true
	case "0", "false", "f", "no", "n", "nee", "nein", "falsch",
		"onwaar", "off", "uit", "aus", "opt-out", "optout", "unsubscribed", "uitgeschreven", "abgemeldet":
		return false, true
	}
	return false, false
}

// parseNumber reads a number with a decimal comma or point, and with or without
// thousands. One that can be either (1.234) is read as its column is: comma
// says that this writes decimals with a comma.
func parseNumber(s string, comma bool) (value float64, ok bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789.,") != "" {
		return 0, false
	}
	whole, fraction := digits, ""
	if i := decimalAt(digits, comma); i >= 0 {
		whole, fraction = digits[:i], digits[i+1:]
		if fraction == "" || strings.ContainsAny(fraction, ".,") {
			return 0, false
		}
	}
	if whole, ok = ungroup(whole); !ok {
		return 0, false
	}
	value, err := strconv.ParseFloat(s[:len(s)-len(digits)]+whole+"."+fraction, 64)
	return value, err == nil
}

// decimalAt returns where the decimal separator of digits is, or -1.
func decimalAt(digits string, comma bool) int {
	point, last := strings.LastIndexByte(digits, '.'), strings.LastIndexByte(digits, ',')
	switch {
	case point < 0 && last < 0:
		return -1
	case point >= 0 && last >= 0:
		return max(point, last)
	}
	i := max(point, last)
	if strings.Count(digits, digits[i:i+1]) > 1 {
		return -1 // thousands, more than once
	}
	either := len(digits)-i-1 == 3 && i >= 1 && i <= 3 && digits[0] != '0'
	if either && comma != (last >= 0) {
		return -1
	}
	return i
}

// ungroup takes the separators out of groups of three.
func ungroup(whole string) (string, bool) {
	i := strings.IndexAny(whole, ".,")
	if i < 0 {
		return whole, true
	}
	groups := strings.Split(whole, whole[i:i+1])
	for n, group := range groups {
		if len(group) != 3 && (n > 0 || group == "" || len(group) > 3) || strings.ContainsAny(group, ".,") {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// parseDate reads a date as 2026-11-21, 21-11-2026, 21.11.2026 or 21/11/2026,
// and returns it in the first form. What is left over comes back: a time.
func parseDate(s string) (day, rest string, ok bool) {
	var n [3]int
	var digits [3]int
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
	year, month, date := n[0], n[1], n[2]
	if digits[0] != 4 {
		year, date = n[2], n[0]
		digits[0], digits[2] = digits[2], digits[0]
	}
	if part != 2 || digits[0] != 4 || digits[1] > 2 || digits[2] == 0 || digits[2] > 2 || year < 1 {
		return "", "", false
	}
	if month < 1 || month > 12 || date < 1 || date > daysIn(year, month) {
		return "", "", false
	}
	var out [10]byte
	b := append(out[:0], byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-', byte('0'+date/10), byte('0'+date%10))
	return string(b), s[i:], true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// ParseMoment reads a date with or without a time of day, which is in zone
// unless it says otherwise.
func ParseMoment(s string, zone *time.Location) (time.Time, bool) {
	day, rest, ok := parseDate(s)
	if !ok {
		return time.Time{}, false
	}
	rest = strings.TrimLeft(rest, "T ,")
	if rest == "" {
		at, err := time.ParseInLocation(time.DateOnly, day, zone)
		return at, err == nil
	}
	for _, layout := range []string{
		"15:04:05", "15:04", "15:04:05Z07:00", "15:04Z07:00", "15:04:05 Z07:00", "15:04:05Z0700", "15:04:05Z07",
	} {
		if at, err := time.ParseInLocation(time.DateOnly+" "+layout, day+" "+rest, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// genders are the words for a person's sex, or how one addresses them.
var genders = map[string]string{
	"m": "male", "man": "male", "male": "male", "mann": "male", "männlich": "male", "mannelijk": "male", "herr": "male",
	"heer": "male", "de heer": "male", "dhr": "male", "dhr.": "male", "mr": "male", "mr.": "male",
	"f": "female", "v": "female", "w": "female", "vrouw": "female", "female": "female", "woman": "female", "frau": "female",
	"weiblich": "female", "vrouwelijk": "female", "mevrouw": "female", "mevr": "female", "mevr.": "female", "mw": "female",
	"mw.": "female", "mrs": "female", "mrs.": "female", "ms": "female", "ms.": "female",
	"x": "other", "d": "other", "divers": "other", "other": "other", "anders": "other", "overig": "other", "neutraal": "other",
}
