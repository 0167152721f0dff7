package spelling

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Place is where a word stands. Part is as findings of lint name it, and Line
// that of the source there, from 1; 0 where there is none.
type Place struct {
	Part          string
	Line          int
	Word          string // as it stands there
	Before, After string // what is read around it
}

// occurrence is a word that is to be known, where it stands.
type occurrence struct {
	word string // with the full stop behind it, by which abbreviations are known
	Place
}

var (
	chunk = regexp.MustCompile(`\S+`)
	// A token begins with a letter or digit, and may have hyphens, apostrophes
	// and full stops within; what has a digit or a hole in it is no word.
	token = regexp.MustCompile(`[\p{L}\p{N}\x{FFFC}][\p{L}\p{M}\p{N}\x{FFFC}\x{AD}]*` +
		`(?:[-'’.&][\p{L}\p{N}\x{FFFC}][\p{L}\p{M}\p{N}\x{FFFC}\x{AD}]*)*\.?`)
	// Words with a full stop but no space between them look the same, so that
	// only known endings make a domain.
	domain = regexp.MustCompile(`(?i)^[("'«„“]*[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*` +
		`\.(nl|de|com|be|eu|at|ch|lu|net|org|info|example|shop|store|online|app|io|co|uk|fr|it|es|dk|pl|biz|tv|me|test)([/:?#][^\s]*)?[)"'»“”.,;:!?]*$`)
)

// words are the words of a text, without addresses, URLs, hashtags, numbers and
// codes.
func (p *passage) words() []occurrence {
	var all []occurrence
	lines := counter{of: p}
	for _, c := range chunk.FindAllStringIndex(p.text, -1) {
		part := p.text[c[0]:c[1]]
		if strings.HasPrefix(part, "#") || strings.Contains(part, "@") || strings.Contains(part, "://") ||
			strings.Contains(strings.ToLower(part), "www.") || domain.MatchString(part) {
			continue
		}
		for _, t := range token.FindAllStringIndex(part, -1) {
			word := clean(part[t[0]:t[1]])
			if !isWord(word) {
				continue
			}
			from := c[0] + t[0]
			to := from + len(strings.TrimRight(part[t[0]:t[1]], "."))
			all = append(all, occurrence{word, Place{
				Part: p.part, Line: lines.at(from), Word: p.text[from:to], Before: lastWords(p.text[:from]), After: firstWords(p.text[to:]),
			}})
		}
	}
	return all
}

// clean drops soft hyphens, and puts letters together with their marks.
func clean(word string) string { return norm.NFC.String(strings.ReplaceAll(word, "\u00AD", "")) }

// isWord reports whether a token can be looked up: it has letters, more than
// one, and nothing else that isn't known.
func isWord(word string) bool {
	letters := 0
	for _, r := range word {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r), unicode.IsNumber(r), r == hole, r == '&':
			return false
		}
	}
	return letters > 1
}

const (
	around = 24  // characters of a text that are shown on each side of a word
	near   = 200 // bytes that are looked at for them: a mail has many words, each with all others around it
)

// lastWords is the end of what stands before a word on its line.
func lastWords(text string) string {
	text = strings.ToValidUTF8(text[max(0, len(text)-near):], "")
	if at := strings.LastIndex(text, gap); at >= 0 {
		text = text[at+len(gap):]
	}
	runes := []rune(squeeze(text))
	if len(runes) <= around {
		return string(runes)
	}
	runes = runes[len(runes)-around:]
	for i, r := range runes {
		if r == ' ' {
			return "…" + string(runes[i:])
		}
	}
	return "…" + string(runes)
}

// firstWords is the beginning of what stands behind a word.
func firstWords(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), near)], "")
	text, _, _ = strings.Cut(text, gap)
	runes := []rune(squeeze(text))
	if len(runes) <= around {
		return string(runes)
	}
	runes = runes[:around]
	for i := len(runes) - 1; i > 0; i-- {
		if runes[i] == ' ' {
			return string(runes[:i]) + " …"
		}
	}
	return string(runes) + "…"
}

var asLine = strings.NewReplacer(string(hole), "…", gap, " ")

// squeeze makes one line of a text, and shows a tag as an ellipsis.
func squeeze(text string) string {
	text = asLine.Replace(text)
	fields := strings.Join(strings.Fields(text), " ")
	if fields == "" {
		return ""
	}
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsSpace(first) {
		fields = " " + fields
	}
	if last, _ := utf8.DecodeLastRuneInString(text); unicode.IsSpace(last) {
		fields += " "
	}
	return fields
}
