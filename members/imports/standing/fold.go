package standing

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes headers comparable: E-Mail Adresse, e_mail-adresse and EMAILADRESSE
// are one word, and so is it in the wide letters of Chinese and Japanese keyboards.
func Fold(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1 // marks too: ü is u and a mark once decomposed
	}, norm.NFKD.String(strings.ReplaceAll(header, "ß", "ss")))
}
