package lang

import (
	"bytes"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// Escaping says how a value is made harmless in the place where it stands.
type Escaping uint8

// The places where a value may stand.
const (
	EscapeHTML      Escaping = iota // between tags
	EscapeAttribute                 // inside a quoted attribute
	EscapeURL                       // a part of an address
	EscapePlain                     // the text part
	EscapeHeader                    // a subject line
	EscapeJSON                      // a string of JSON inside a script element
)

const zeroWidthNonJoiner = "\u200C"

// AppendEscaped appends value in the form that the place needs. Foreign says
// that the value is a member's own text: mail programs turn what looks like an
// address into a link by themselves, so there it is broken up, invisibly.
func AppendEscaped(dst, value []byte, e Escaping, foreign bool) []byte {
	if e == EscapeURL {
		return appendURLEscaped(dst, value)
	}
	foreign = foreign && (e == EscapeHTML || e == EscapePlain) && linkable(value)
	markup := e == EscapeHTML || e == EscapeAttribute
	for i := 0; i < len(value); {
		r, n := utf8.DecodeRune(value[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, "\uFFFD"...)
		case r < ' ' || r == 0x7F || r == '\u0085' || r == '\u2028' || r == '\u2029':
			dst = append(dst, ' ')
		case isReordering(r):
		case markup && r < utf8.RuneSelf && htmlEscapes[r] != "":
			dst = append(dst, htmlEscapes[r]...)
		case e == EscapeJSON && r < utf8.RuneSelf && jsonEscapes[r] != "":
			dst = append(dst, jsonEscapes[r]...)
		default:
			dst = append(dst, value[i:i+n]...)
			if foreign && (r == '.' || r == ':' || r == '@') {
				dst = append(dst, zeroWidthNonJoiner...)
			}
		}
		i += n
	}
	return dst
}

var htmlEscapes = [utf8.RuneSelf]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;", '`': "&#96;"}

// jsonEscapes keep a string from ending, and a script element too: neither an end
// tag nor a comment can begin without <.
var jsonEscapes = [utf8.RuneSelf]string{'"': `\"`, '\\': `\\`, '<': `\u003c`, '>': `\u003e`, '&': `\u0026`, '\'': `\u0027`}

// isReordering reports whether r changes the direction of the text after it,
// with which a name could turn around the rest of a line.
func isReordering(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// address matches what a mail program might take for the start of an address:
// a point, a colon or an @ with a letter or digit right behind it.
var address = regexp.MustCompile(`:|[.@][/0-9A-Za-z[:^ascii:]]`)

// linkable reports whether a mail program might take some of value for an
// address. One plain mail address is let through, since it leads only to itself.
func linkable(value []byte) bool {
	plain := bytes.Count(value, []byte("@")) == 1 && !bytes.ContainsAny(value, ":/<>,;?#\\ \t\n")
	return !plain && address.Match(value)
}

// appendURLEscaped percent-encodes all but the unreserved characters of RFC
// 3986 §2.3, so that a value can neither leave its place in the address nor
// the attribute.
func appendURLEscaped(dst, value []byte) []byte {
	for _, c := range value {
		if isUnreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

func isUnreserved(c byte) bool {
	return c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) || c == '-' || c == '.' || c == '_' || c == '~')
}

// Harmless reports whether value passes as it is in the place, and in a line of
// quoted-printable text: the usual first name, and an address that we made.
func Harmless(value []byte, e Escaping, foreign bool) bool {
	if e == EscapeURL {
		return false
	}
	common := uint8(plainWord | plainAddress)
	for _, c := range value {
		common &= plainness[c]
	}
	return common&plainWord != 0 || !foreign && common&plainAddress != 0 && value[0] != '.'
}

// The bits of plainness.
const (
	plainWord    = 1 // letters, digits and what stands between words
	plainAddress = 2 // what our own addresses are made of
)

// plainness says for each byte where it needs no change.
var plainness = func() (table [256]uint8) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_" {
		table[c] = plainWord | plainAddress
	}
	for _, c := range "/:.~?" {
		table[c] = plainAddress
	}
	table[' '] = plainWord
	return table
}()

// Rewrite replaces dst[start:] by what change appends for it. It allocates
// nothing once dst is large enough.
func Rewrite(dst []byte, start int, change func(dst, value []byte) []byte) []byte {
	end := len(dst)
	dst = change(dst, dst[start:end])
	n := copy(dst[start:], dst[end:])
	return dst[:start+n]
}
