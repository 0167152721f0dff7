package lang

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"keur/internal/fault"
)

// tokenKind is the kind of a word inside a tag.
type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenNumber // 12.5
	tokenSign   // | == != < <= > >= ( )
	tokenText   // "lid"
)

type token struct {
	kind tokenKind
	text string
}

// tokenPattern has a group for each kind of token, and more for texts: word
// processors turn straight quotes into curly ones, so both do.
var tokenPattern = regexp.MustCompile(`^(?:([A-Za-z_][A-Za-z0-9_.-]*)|(-?[0-9][0-9.]*)|(==|!=|<=|>=|[<>|()])|` +
	`"([^"]*)"|'([^']*)'|[“”„]([^“”]*)[“”])`)

// lexer cuts the inside of a tag into tokens.
type lexer struct{ rest string }

// next returns the next token, or an error that says what can't stand there.
func (l *lexer) next() (token, error) {
	l.rest = strings.TrimLeft(l.rest, " \t\n\u00A0")
	if l.rest == "" {
		return token{}, nil
	}
	found := tokenPattern.FindStringSubmatchIndex(l.rest)
	for i := 2; i < len(found); i += 2 {
		if found[i] >= 0 {
			t := token{min(tokenKind(i/2), tokenText), l.rest[found[i]:found[i+1]]}
			l.rest = l.rest[found[1]:]
			return t, nil
		}
	}
	switch r, size := utf8.DecodeRuneInString(l.rest); {
	case r == '=':
		return token{}, fault.New(fault.Invalid, "templates.compare_equal")
	case strings.ContainsRune(`"'“”„`, r):
		return token{}, fault.New(fault.Invalid, "templates.text_open", "quote", l.rest[:size], "text", l.rest[size:])
	default:
		return token{}, fault.New(fault.Invalid, "templates.sign_in_tag", "sign", string(r))
	}
}

// String writes the token as a person does.
func (t token) String() string {
	switch {
	case t.kind != tokenText:
		return t.text
	case strings.Contains(t.text, `"`):
		return "'" + t.text + "'"
	}
	return `"` + t.text + `"`
}
