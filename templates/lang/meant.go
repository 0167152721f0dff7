package lang

import (
	"regexp"
	"strings"

	"keur/internal/words"
)

// dateParts are the parts of dates as other tools write them: by strftime, by an
// example, as Go and people do, and in letters of another meaning.
var dateParts = regexp.MustCompile(`%-?[A-Za-z]|\d+|\p{L}+`)

var strftime = map[string]string{
	"d": "dd", "e": "d", "m": "MM", "B": "MMMM", "b": "MMM", "h": "MMM", "Y": "yyyy", "y": "yy", "A": "EEEE", "a": "EEE",
}

// meantForm returns the pattern of CLDR that was probably meant by what is no
// form of a date: "d MMMM yyyy" for "2 January 2006", "4 maart 1980" or "%e %B %Y".
func meantForm(text string, locale *words.Speaker) string {
	var day, month, year bool
	meant := dateParts.ReplaceAllStringFunc(text, func(part string) string {
		width := len(part)
		switch lower := strings.ToLower(part); {
		case part[0] == '%':
			return strftime[strings.Trim(part, "%-")]
		case part[0] <= '9' && width == 4:
			year = true
			return "yyyy"
		case part == "06" && day && month:
			return "yy"
		case part[0] <= '9' && width <= 2 && !month && (day || year || strings.Trim(part, "0") == "1"):
			month = true
			return strings.Repeat("M", width)
		case part[0] <= '9' && width <= 2:
			day = true
			return strings.Repeat("d", width)
		case strings.Trim(lower, "dt") == "":
			return strings.Repeat("d", width)
		case strings.Trim(lower, "m") == "":
			return strings.ToUpper(part)
		case strings.Trim(lower, "yj") == "":
			return strings.Repeat("y", width)
		default:
			return dateName(lower)
		}
	})
	if meant = strings.TrimSpace(meant); meant == "" {
		return "d MMMM yyyy"
	}
	if _, ok := locale.DateForm(meant); !ok {
		return "d MMMM yyyy"
	}
	return meant
}

// dateName returns the pattern of the name of a month or day in any language, or
// else the name as a text.
func dateName(name string) string {
	if pattern := words.DateName(name); pattern != "" {
		return pattern
	}
	if len(name) < 3 { // of an hour, or of nobody knows what
		return name
	}
	return "'" + name + "'"
}
