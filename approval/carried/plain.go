package carried

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

const (
	mostMore  = 200  // bytes that a text may be longer than twice the one before it
	mostWord  = 40   // characters of a word: a longer one would widen what stands around it
	mostMarks = 2    // accents on one character: more would reach into other lines
	mostURL   = 2000 // bytes of an address
)

// plain reports whether a line shows its own letters, from left to right, and
// nothing else: no markup, tag or entity, nothing unseen, and nothing that reaches
// beyond it.
func plain(line string) bool {
	if !utf8.ValidString(line) || marksUp(line) {
		return false
	}
	word, marks, shown := 0, mostMarks, false // nothing stands before the line for an accent
	for _, r := range line {
		switch {
		case !unicode.IsPrint(r) && r != '\u00a0' || unicode.In(r, unicode.Cf, unicode.Co) || backwards(r):
			return false
		case unicode.Is(unicode.M, r):
			if marks++; marks > mostMarks {
				return false
			}
		case r == ' ':
			word, marks = 0, mostMarks
			continue
		default:
			marks, shown = 0, shown || unicode.In(r, unicode.L, unicode.N)
		}
		if word++; word > mostWord {
			return false
		}
	}
	return shown
}

// marksUp reports whether a text, or what its entities stand for, has markup, tags,
// or what stands for a changed value.
func marksUp(text string) bool {
	for range 3 {
		if strings.ContainsAny(text, "<>") || strings.Contains(text, "{{") || strings.Contains(text, "}}") || strings.Contains(text, mark) {
			return true
		}
		text = html.UnescapeString(text)
	}
	return false
}

// backwards reports whether a character is read from right to left, or turns others.
func backwards(r rune) bool {
	p, _ := bidi.LookupRune(r)
	switch p.Class() {
	case bidi.R, bidi.AL, bidi.AN, bidi.Control, bidi.LRO, bidi.RLO, bidi.LRE, bidi.RLE, bidi.PDF, bidi.LRI, bidi.RLI, bidi.FSI, bidi.PDI:
		return true
	}
	return false
}

var address = regexp.MustCompile(`^https?://[a-z0-9.-]+(?:[/?][!#$%&()*+,./:;=?@\[\]_~A-Za-z0-9-]*)?$`)

// plainAddress reports whether an address is one of the web, in plain characters.
func plainAddress(url string) bool {
	return len(url) <= mostURL && address.MatchString(url) && !marksUp(url)
}
