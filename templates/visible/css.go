package visible

import (
	"regexp"
	"slices"
	"strings"
)

// declaration is one of a style, in lower case.
type declaration struct {
	name, value string
	important   bool
	raw         string // as it was written
}

// rule is a selector of a style sheet, and what it says.
type rule struct {
	selector selector
	said     []declaration
	media    []string // queries that must hold as they are written, outermost first
	text     string   // of the selector, as it is written
	order    int
}

var (
	comments = regexp.MustCompile(`(?s)/\*.*?(?:\*/|$)`)
	atName   = regexp.MustCompile(`^@[a-zA-Z-]+`)
	quoted   = regexp.MustCompile(`"[^"\n]*"|'[^'\n]*'`)
)

// declarations returns what a style says. What can't be read surely is one
// declaration without a value, which nothing allows.
func declarations(style string) []declaration {
	style = comments.ReplaceAllString(style, "")
	if bare := quoted.ReplaceAllString(style, ""); strings.ContainsAny(bare, `"'{}\`) || strings.Count(bare, "(") != strings.Count(bare, ")") {
		return []declaration{{name: "unreadable", raw: strings.TrimSpace(style)}}
	}
	var said []declaration
	for _, part := range divided(style, ';') {
		raw := strings.TrimSpace(part)
		name, value, _ := strings.Cut(strings.ToLower(raw), ":")
		value = strings.Join(strings.Fields(value), " ")
		before, important := strings.CutSuffix(value, "important")
		if important {
			value, important = strings.CutSuffix(strings.TrimSpace(before), "!")
		}
		if raw != "" {
			said = append(said, declaration{strings.TrimSpace(name), strings.TrimSpace(value), important, raw})
		}
	}
	return said
}

// divided splits at a character that stands neither in quotes nor in
// parentheses.
func divided(s string, by byte) []string {
	var parts []string
	var quote byte
	depth, from := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == by && depth <= 0:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	return append(parts, s[from:])
}

// sheet is what the style sheets of a document say.
type sheet struct {
	rules      []rule
	unreadable []string // places that browsers may read otherwise than we do
}

// read takes in the text of a style sheet for those of whom the queries hold.
func (s *sheet) read(css string, media []string) {
	css = strings.NewReplacer("<!--", "", "-->", "").Replace(css)
	for css = strings.TrimSpace(css); css != ""; css = strings.TrimSpace(css) {
		end := ends(css, "{;")
		if end == len(css) {
			return // nothing follows that it might be said of
		}
		prelude := strings.TrimSpace(css[:end])
		if css[end] == ';' && strings.HasPrefix(prelude, "@") {
			css = css[end+1:]
			continue
		}
		if css[end] == ';' { // a browser drops all up to the next block
			s.unreadable = append(s.unreadable, prelude)
			css = css[end+1:]
			continue
		}
		block := css[end+1:]
		length := blockEnd(block)
		css = block[min(len(block), length+1):]
		s.block(prelude, block[:length], media)
	}
}

// block takes in a block and what stands before it.
func (s *sheet) block(prelude, block string, media []string) {
	if !strings.HasPrefix(prelude, "@") {
		prelude = strings.TrimSpace(strings.TrimLeft(prelude, "}"))
		if strings.ContainsAny(quoted.ReplaceAllString(block, ""), "{}") || strings.Contains(prelude, `\`) {
			s.unreadable = append(s.unreadable, prelude)
			return
		}
		if prelude == "" { // it is of nothing, and dropped everywhere
			return
		}
		said := declarations(block)
		for _, text := range divided(prelude, ',') {
			if text = strings.TrimSpace(text); text == "" { // browsers drop the others, too
				s.unreadable = append(s.unreadable, prelude)
				return
			}
			s.rules = append(s.rules, rule{selectorOf(text), said, media, text, len(s.rules)})
		}
		return
	}
	name := strings.ToLower(atName.FindString(prelude))
	switch name {
	case "@media":
		s.read(block, append(slices.Clone(media), strings.TrimSpace(prelude[len(name):])))
	case "@font-face", "@page", "@viewport", "@-ms-viewport":
	case "@counter-style": // it writes words of its own before what stands in a list
		s.unreadable = append(s.unreadable, prelude)
	case "@keyframes", "@-webkit-keyframes", "@-moz-keyframes", "@-o-keyframes": // of no use but to an animation
	default:
		s.read(block, append(slices.Clone(media), prelude))
	}
}

// ends returns where one of the characters stands outside of quotes and
// brackets, or the length.
func ends(css, characters string) int {
	var quote byte
	for i := range len(css) {
		switch c := css[i]; {
		case quote != 0:
			if c == quote || c == '\n' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte(characters, c) >= 0:
			return i
		}
	}
	return len(css)
}

// blockEnd returns where the block ends that css begins within.
func blockEnd(css string) int {
	depth, at := 0, 0
	for {
		n := ends(css[at:], "{}")
		at += n
		switch {
		case at == len(css):
			return at
		case css[at] == '{':
			depth++
		case depth == 0:
			return at
		default:
			depth--
		}
		at++
	}
}
