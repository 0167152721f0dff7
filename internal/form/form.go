// Package form has the forms of short texts that people see in mails, on
// certificates and where they approve. What isn't part of a digest is harmless
// by its form: one line that can't reorder, hide or imitate what stands beside
// it. The functions is_name, is_line and is_tidy in migrations say the same.
package form

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is how many characters a name has at most.
const MaxName = 120

// Name reports whether a text is a name: one line of 1 to 120 characters,
// neither beginning nor ending in white space.
func Name(text string) bool { return text != "" && Line(text, MaxName) }

// Line reports whether a text is one line of at most so many characters, or
// none, that neither begins nor ends in white space.
func Line(text string, most int) bool {
	if len(text) <= most && plain(text) {
		return true
	}
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, unseen) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	return text == "" || !space(first) && !space(last)
}

// plain reports whether a text is nothing but ASCII that is seen, as nearly all that
// networks write is: that needs no look at each character.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Legible returns a text of any bytes, from a network or DNS, as PostgreSQL takes it:
// U+FFFD stands for a NUL and for what is no UTF-8.
func Legible(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

// Cut returns a text as a name: without spaces around it, and cut off where it is
// too long.
func Cut(text string) string {
	letters := []rune(strings.TrimFunc(text, space))
	return strings.TrimFunc(string(letters[:min(len(letters), MaxName)]), space)
}

// Fit returns a text of elsewhere as a line of at most so many characters: what
// does something unseen becomes a space, and what is too long is cut off.
func Fit(text string, most int) string {
	if len(text) <= most && plain(text) {
		return text
	}
	seen := strings.Map(func(c rune) rune {
		if unseen(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, text)
	letters := []rune(strings.TrimFunc(seen, space))
	return strings.TrimFunc(string(letters[:min(len(letters), most)]), space)
}

// Lines reports whether a text is at most so many characters, on any number of
// lines.
func Lines(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most &&
		!strings.ContainsFunc(text, func(c rune) bool { return c != '\n' && unseen(c) })
}

// Tidy returns a text of people's on any number of lines without what does something
// unseen, and without white space around it: what is left is empty, or can be read.
func Tidy(text string) string {
	seen := strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
		case c == '\t':
			return ' '
		case unseen(c) || c == utf8.RuneError:
			return -1
		}
		return c
	}, text)
	return strings.TrimFunc(seen, func(c rune) bool { return c == '\n' || space(c) })
}

// space reports whether a character is white space on a line.
func space(c rune) bool { return unicode.Is(unicode.Zs, c) }

// unseen reports whether a character does something without being seen: control
// characters, ends of lines, what turns the direction of writing (UAX #9),
// zero-width and invisible ones, tags (which write unseen), the private use
// that templates mark their tags with, and what is no character. Joiners stay:
// emoji and Persian need them.
func unseen(c rune) bool {
	switch {
	case unicode.IsControl(c), c == 0x00AD, c == 0x034F, c == 0x061C, c == 0x180E, c == 0xFEFF, c == 0x200B,
		c == 0x200E, c == 0x200F, c >= 0x2028 && c <= 0x202E, c >= 0x2060 && c <= 0x206F, c >= 0xE000 && c <= 0xF8FF,
		c >= 0xFFF9 && c <= 0xFFFF, c >= 0xE0000:
		return true
	}
	return false
}
