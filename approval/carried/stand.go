package carried

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"keur/mailings"
)

// stand is a word, an address or a picture that stands for what two contents say
// differently at one place, in both.
type stand struct{ word, before, after string }

type stands []stand

// as returns what replaces each stand-in by what text says of it.
func (all stands) as(text func(stand) string) *strings.Replacer {
	var pairs []string
	for _, s := range all {
		pairs = append(pairs, s.word, text(s))
	}
	return strings.NewReplacer(pairs...)
}

// mark begins each stand-in. No value has it, or it might be taken for one.
const mark = "kqzstand"

// letters writes a number in letters, as digits may be shown otherwise than others.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return 'a' + r - '0' }, fmt.Sprintf("%03d", n))
}

// maskWords masks a text line by line: both have the same lines, so that a template
// draws the same around each.
func maskWords(a, b *string, number, field int) (stands, Reason) {
	if *a == *b {
		return nil, ""
	}
	before, after := strings.Split(*a, "\n"), strings.Split(*b, "\n")
	if len(before) != len(after) || len(*b) > 2*len(*a)+mostMore {
		return nil, Shape
	}
	var found stands
	for i := range before {
		switch {
		case before[i] == after[i] && strings.TrimSpace(before[i]) == "":
			continue
		case strings.TrimSpace(before[i]) == "" || strings.TrimSpace(after[i]) == "":
			return nil, Shape
		case !plain(before[i]) || !plain(after[i]):
			return nil, Letters
		}
		word := mark + letters(number) + letters(field) + letters(i) + "z"
		found = append(found, stand{word, before[i], after[i]})
		before[i] = word
	}
	*a = strings.Join(before, "\n")
	*b = *a
	return found, ""
}

// maskLink masks where a placement leads.
func maskLink(a, b *string, number int) (stands, Reason) {
	switch {
	case *a == *b:
		return nil, ""
	case *a == "" || *b == "":
		return nil, Shape
	case !plainAddress(*a) || !plainAddress(*b):
		return nil, Letters
	}
	word := "https://" + mark + letters(number) + ".example/z"
	found := stands{{word, *a, *b}}
	*a, *b = word, word
	return found, ""
}

// maskPicture masks the picture of a placement, one of ours that is as large.
func maskPicture(a, b *mailings.Placement, number int, publicURL string) (stands, Reason) {
	if a.Creative == b.Creative && a.CreativeURL == b.CreativeURL {
		return nil, ""
	}
	at := publicURL + "/i/"
	if a.Creative == "" || b.Creative == "" || a.CreativeURL != at+a.Creative || b.CreativeURL != at+b.Creative ||
		a.CreativeWidth != b.CreativeWidth || a.CreativeHeight != b.CreativeHeight {
		return nil, Shape
	}
	sum := sha256.Sum256([]byte(mark + letters(number)))
	word := hex.EncodeToString(sum[:])
	found := stands{{word, a.Creative, b.Creative}}
	for _, p := range []*mailings.Placement{a, b} {
		p.Creative, p.CreativeURL = word, at+word
	}
	return found, ""
}
