package templates

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"

	"keur/templates/lang"
)

const (
	headerWidth  = 76 // RFC 2047 §2: a line that holds encoded words
	encodedWidth = 75 // and one encoded word
)

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
	if needsEncoding(dst[start:]) || len(dst)-start > headerWidth-column-2 {
		return encodeWordsTail(dst, start, column)
	}
	return lang.Rewrite(dst, start, func(dst, value []byte) []byte {
		dst = append(dst, '"')
		for _, c := range value {
			if c == '"' || c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
		return append(dst, '"')
	})
}

// encodeTail makes dst[start:], text without control characters, fit for a
// header whose line has come to column.
func encodeTail(dst []byte, start, column int) []byte {
	dst = append(dst[:start], bytes.TrimSpace(dst[start:])...)
	text := dst[start:]
	switch {
	case needsEncoding(text), longestWord(text) > headerWidth-column:
		return encodeWordsTail(dst, start, column)
	case len(text) > headerWidth-column:
		return foldTail(dst, start, column)
	}
	return dst
}

// needsEncoding reports whether text can't stand in a header as it is.
func needsEncoding(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return true
		}
	}
	return bytes.Contains(text, []byte("=?"))
}

func longestWord(text []byte) int {
	longest, length := 0, 0
	for _, c := range text {
		if length++; c == ' ' {
			length = 0
		}
		longest = max(longest, length)
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
			if column+n > headerWidth && text[0] == ' ' {
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
	n := 0
	for n < len(text) && text[n] == ' ' {
		n++
	}
	for n < len(text) && text[n] != ' ' {
		n++
	}
	return n
}

// encodeWordsTail replaces dst[start:] by encoded words of at most 75
// characters, one a line, none of them ending within a character.
func encodeWordsTail(dst []byte, start, column int) []byte {
	return lang.Rewrite(dst, start, func(dst, text []byte) []byte {
		appendWord, width := appendWordQ, widthQ
		if foreignShare(text) {
			appendWord, width = appendWordB, widthB
		}
		for first := true; len(text) > 0; first = false {
			if !first {
				dst, column = append(dst, '\r', '\n', ' '), 1
			}
			room := min(encodedWidth, headerWidth-column)
			n := 0
			for n < len(text) {
				_, size := utf8.DecodeRune(text[n:])
				if width(text[:n+size]) > room && n > 0 {
					break
				}
				n += size
			}
			dst = appendWord(dst, text[:n])
			text = text[n:]
		}
		return dst
	})
}

// foreignShare reports whether so much of text isn't ASCII that base64 is
// shorter than the Q encoding.
func foreignShare(text []byte) bool {
	n := 0
	for _, c := range text {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n*6 > len(text)
}

const wordFrame = len("=?utf-8?Q?") + len("?=")

func widthB(text []byte) int { return wordFrame + base64.StdEncoding.EncodedLen(len(text)) }

func appendWordB(dst, text []byte) []byte {
	dst = append(dst, "=?utf-8?B?"...)
	dst = base64.StdEncoding.AppendEncode(dst, text)
	return append(dst, "?="...)
}

func widthQ(text []byte) int {
	n := wordFrame
	for _, c := range text {
		if isQ(c) || c == ' ' {
			n++
		} else {
			n += 3
		}
	}
	return n
}

func appendWordQ(dst, text []byte) []byte {
	dst = append(dst, "=?utf-8?Q?"...)
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
	return append(dst, "?="...)
}

// isQ reports whether c stands for itself in the Q encoding, also within a
// phrase (RFC 2047 §5).
func isQ(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '!' || c == '*' || c == '+' || c == '-' || c == '/'
}
