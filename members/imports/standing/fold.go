package standing

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes headers comparable: E-Mail Adresse, e_mail-adresse and EMAILADRESSE
// are one word.
func Fold(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1 // marks too: ü is u and a mark once decomposed
	}, norm.NFD.String(strings.ReplaceAll(header, "ß", "ss")))
}
