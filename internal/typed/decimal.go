package typed

import (
	"regexp"
	"strings"
	"unicode"
)

// Numbers as a file may write them: groups of three digits, if any, between one and
// the same sign, and then decimals behind the other.
var (
	withPoint = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}([, '’]\d{3})+)(\.\d+)?$`)
	withComma = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}([. '’]\d{3})+)(,\d+)?$`)
)

// Decimal reads a number of which it is known whether its decimals are written with
// a comma, and returns it without groups and with a point. What doesn't fit that is
// refused, and not read in another way.
func Decimal(s string, comma bool) (string, bool) {
	shape, decimal, groups := withPoint, ".", ","
	if comma {
		shape, decimal, groups = withComma, ",", "."
	}
	if !shape.MatchString(s) {
		return "", false
	}
	return strings.NewReplacer(groups, "", " ", "", "'", "", "’", "", decimal, ".").Replace(s), true
}

// Unsigned returns an amount without the signs of currency and the spaces around it,
// and with plain ones within.
func Unsigned(s string) string {
	return strings.TrimFunc(strings.NewReplacer("\u00a0", " ", "\u202f", " ", "−", "-").Replace(s), func(c rune) bool {
		return c == ' ' || unicode.Is(unicode.Sc, c)
	})
}
