package templates

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"keur/templates/lang"
)

// HeaderWidth is the longest line of a header, in bytes, that may hold encoded
// words (RFC 2047 §2).
const HeaderWidth = 76

// AppendHeader appends a header field of free text, such as Subject, with its
// line end. The text may hold anything: line ends and control characters become
// spaces, what isn't ASCII becomes encoded words, long lines are folded.
func AppendHeader(dst []byte, name, text string) []byte {
	dst = append(append(dst, name...), ": "...)
	start := len(dst)
	dst = lang.AppendEscaped(dst, []byte(text), lang.EscapeHeader, false)
	return append(encodeTail(dst, start, len(name)+2), '\r', '\n')
}

// AppendPhrase appends text as a phrase of RFC 5322, such as the name before
// an address in From: quoted when ASCII, else as encoded words. Column is how
// far the line has come.
func AppendPhrase(dst []byte, text string, column int) []byte {
	start := len(dst)
	dst = lang.AppendEscaped(dst, []byte(text), lang.EscapeHeader, false)
	dst = append(dst[:start], bytes.TrimSpace(dst[start:])...)
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(dst[start:])) + `"`
	if needsEncoding(dst[start:]) || len(quoted) > HeaderWidth-column {
		return encodeWordsTail(dst, start, column)
	}
	return append(dst[:start], quoted...)
}

// encodeTail makes dst[start:], text without control characters, fit for a
// header whose line has come to column.
func encodeTail(dst []byte, start, column int) []byte {
	dst = append(dst[:start], bytes.TrimSpace(dst[start:])...)
	text := dst[start:]
	switch {
	case needsEncoding(text), longestWord(text) > HeaderWidth-column:
		return encodeWordsTail(dst, start, column)
	case len(text) > HeaderWidth-column:
		return foldTail(dst, start, column)
	}
	return dst
}

// needsEncoding reports whether text can't stand in a header as it is.
func needsEncoding(text []byte) bool {
	return bytes.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) || bytes.Contains(text, []byte("=?"))
}

func longestWord(text []byte) int {
	longest := 0
	for word := range bytes.SplitSeq(text, []byte(" ")) {
		longest = max(longest, len(word))
	}
	return longest
}

// foldTail folds ASCII text at spaces (RFC 5322 §2.2.3). Words are short
// enough for a line. Only the space before a word is a place to fold, so that
// no line holds nothing but spaces.
func foldTail(dst []byte, start, column int) []byte {
	return lang.Rewrite(dst, start, func(dst, text []byte) []byte {
		for len(text) > 0 {
			n := wordLength(text)
			if column+n > HeaderWidth && text[0] == ' ' {
				dst, column = append(dst, '\r', '\n'), 0
			}
			dst = append(dst, text[:n]...)
			column += n
			text = text[n:]
		}
		return dst
	})
}

// wordLength returns the length of the spaces at the start of text and the
// word after them.
func wordLength(text []byte) int {
	spaces := len(text) - len(bytes.TrimLeft(text, " "))
	if n := bytes.IndexByte(text[spaces:], ' '); n >= 0 {
		return spaces + n
	}
	return len(text)
}

// encodeWordsTail replaces dst[start:] by encoded words of at most 75
// characters, one a line, none of them ending within a character.
func encodeWordsTail(dst []byte, start, column int) []byte {
	const open, end = "=?utf-8?Q?", "?="
	return lang.Rewrite(dst, start, func(dst, text []byte) []byte {
		dst, column = append(dst, open...), column+len(open)
		for len(text) > 0 {
			_, size := utf8.DecodeRune(text)
			var encoded [3 * utf8.UTFMax]byte
			char := appendQ(encoded[:0], text[:size])
			if column+len(char)+len(end) > HeaderWidth {
				dst, column = append(dst, end+"\r\n "+open...), 1+len(open)
			}
			dst, column = append(dst, char...), column+len(char)
			text = text[size:]
		}
		return append(dst, end...)
	})
}

func appendQ(dst, text []byte) []byte {
	for _, c := range text {
		switch {
		case c == ' ':
			dst = append(dst, '_')
		case isQ(c):
			dst = append(dst, c)
		default:
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// isQ reports whether c stands for itself in the Q encoding, also within a
// phrase (RFC 2047 §5).
func isQ(c byte) bool {
	return c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) || bytes.IndexByte([]byte("!*+-/"), c) >= 0)
}
