package lang

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tokenKind is the kind of a word inside a tag.
type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenText   // "lid"
	tokenNumber // 12.5
	tokenSign   // | == != < <= > >= ( )
)

type token struct {
	kind tokenKind
	text string
}

// lexer cuts the inside of a tag into tokens.
type lexer struct{ rest string }

// next returns the next token, or an error that says what can't stand there.
func (l *lexer) next() (token, error) {
	l.rest = strings.TrimLeft(l.rest, " \t\n\u00A0")
	if l.rest == "" {
		return token{}, nil
	}
	switch c := l.rest[0]; {
	case isNameStart(c):
		return l.take(tokenName, span(l.rest, isNamePart)), nil
	case c >= '0' && c <= '9', c == '-' && len(l.rest) > 1 && l.rest[1] >= '0' && l.rest[1] <= '9':
		return l.take(tokenNumber, 1+span(l.rest[1:], isNumberPart)), nil
	case c == '"' || c == '\'':
		return l.quoted(string(c), string(c))
	case strings.HasPrefix(l.rest, "“"), strings.HasPrefix(l.rest, "”"), strings.HasPrefix(l.rest, "„"):
		return l.quoted(l.rest[:len("“")], "“”")
	}
	for _, sign := range []string{"==", "!=", "<=", ">=", "<", ">", "|", "(", ")"} {
		if strings.HasPrefix(l.rest, sign) {
			return l.take(tokenSign, len(sign)), nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.rest)
	if r == '=' {
		return token{}, fmt.Errorf("compare with ==, not with =")
	}
	return token{}, fmt.Errorf("%q can't stand in a tag", r)
}

// quoted takes a text that starts with open and ends at any of the runes in
// closers. Word processors turn straight quotes into curly ones, so both do.
func (l *lexer) quoted(open, closers string) (token, error) {
	inside := l.rest[len(open):]
	end := strings.IndexAny(inside, closers)
	if end < 0 {
		return token{}, fmt.Errorf("the text %s%s lacks its closing quote", open, inside)
	}
	_, width := utf8.DecodeRuneInString(inside[end:])
	l.rest = inside[end+width:]
	return token{tokenText, inside[:end]}, nil
}

func (l *lexer) take(kind tokenKind, n int) token {
	t := token{kind, l.rest[:n]}
	l.rest = l.rest[n:]
	return t
}

// span returns how many bytes at the start of s satisfy is.
func span(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func isNamePart(c byte) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '.' || c == '-'
}

func isNumberPart(c byte) bool { return c >= '0' && c <= '9' || c == '.' }
