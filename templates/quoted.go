package templates

import (
	"bytes"
	"unicode/utf8"
)

const quotedWidth = 76 // RFC 2045 §6.7: a line has at most 76 characters

// appendQuoted appends text in quoted-printable form, beginning and ending at
// the start of a line: what doesn't end in a line end gets a soft one, which
// decodes to nothing. Pieces can therefore be put together in any order.
// Line ends of text are \n. A point at the start of a line is encoded, so that
// SMTP never has to double it.
func appendQuoted(dst, text []byte) []byte {
	column := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c == '\n' {
			dst, column, i = append(dst, '\r', '\n'), 0, i+1
			continue
		}
		size, width := 1, 1
		if !isQuotedPlain(text, i, column) {
			width = 3
			if c >= utf8.RuneSelf {
				_, size = utf8.DecodeRune(text[i:])
				width *= size
			}
		}
		if room := quotedWidth - 1; column+width > room && !(column+width == quotedWidth && endsLine(text, i+size)) {
			dst, column = append(dst, '=', '\r', '\n'), 0
			continue // at the start of a line a point counts differently
		}
		if width == 1 {
			dst = append(dst, c)
		} else {
			for _, b := range text[i : i+size] {
				dst = append(dst, '=', upperHex[b>>4], upperHex[b&15])
			}
		}
		column, i = column+width, i+size
	}
	if column > 0 {
		dst = append(dst, '=', '\r', '\n')
	}
	return dst
}

// isQuotedPlain reports whether the byte at i stands for itself.
func isQuotedPlain(text []byte, i, column int) bool {
	switch c := text[i]; {
	case c == ' ' || c == '\t':
		return i+1 < len(text) && text[i+1] != '\n'
	case c == '.':
		return column > 0
	case c == 'F':
		return column > 0 || !bytes.HasPrefix(text[i:], []byte("From ")) // mbox would add a >
	default:
		return c > ' ' && c < 0x7F && c != '='
	}
}

const upperHex = "0123456789ABCDEF"

func endsLine(text []byte, i int) bool { return i < len(text) && text[i] == '\n' }
