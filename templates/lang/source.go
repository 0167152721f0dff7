package lang

import (
	"cmp"
	"errors"
	"html"
	"sort"
	"strconv"
	"strings"

	"keur/internal/words"
)

// While markup is parsed, each tag is held by a mark: its number between two
// characters of the private use area, which neither HTML nor MJML touches. Tags
// themselves may hold quotes and angle brackets, which markup would trip over.
const (
	markOpen  = '\uE000'
	markClose = '\uE001'
)

// MarkPattern is a regular expression that matches a mark.
const MarkPattern = string(markOpen) + `[0-9]+` + string(markClose)

const (
	maxTags      = 2000
	maxTagLength = 1000
)

// Source is a text with a mark in place of each tag, and the tags.
type Source struct {
	Text string

	part      string
	written   *Joined
	generated bool // nobody wrote it, so its lines mean nothing
	tags      []tag
	shifts    []shift
	scope     *Scope
	report    Reporter
}

// tag is one {{…}} of a text.
type tag struct {
	body   string
	at     Position
	scope  *Scope // of its own, or nil
	parsed *Piece // once it was asked for
}

// shift ties an offset after a mark to the offset in the original.
type shift struct{ marked, original int }

// NewSource puts marks in place of the tags of text, whose names mean what they
// mean in scope. Of a generated text, places are known by their part only.
func NewSource(part, text string, generated bool, scope *Scope, report Reporter) *Source {
	s := &Source{part: part, generated: generated, scope: scope, report: report}
	s.read(joined(part, Normalise(text)))
	return s
}

// NewSourceOf is NewSource of a text that was put together of normalised ones.
// What was generated of it is of the part that it begins in.
func NewSourceOf(text *Joined, scope *Scope, report Reporter) *Source {
	s := &Source{part: text.position(0).Part, scope: scope, report: report}
	s.read(text)
	return s
}

// read puts marks in place of the tags of a text.
func (s *Source) read(text *Joined) {
	s.written = text
	original, report := text.String(), s.report
	var b strings.Builder
	rest := original
	for {
		open := strings.Index(rest, "{{")
		if open < 0 {
			break
		}
		at := s.originalPosition(len(original) - len(rest) + open)
		end := TagEnd(rest[open:])
		if len(s.tags) >= maxTags {
			report.Fail(at, "too_many_tags", "templates.tags_range", "most", maxTags)
			break
		}
		if end < 0 {
			report.Fail(at, "tag_not_closed", "templates.tag_unclosed")
			break
		}
		body := strings.TrimSpace(rest[open+2 : open+end-2])
		b.WriteString(rest[:open])
		b.WriteString(MarkOf(len(s.tags)))
		rest = rest[open+end:]
		s.tags = append(s.tags, tag{body: html.UnescapeString(body), at: at}) // editors write quotes as entities
		s.shifts = append(s.shifts, shift{b.Len(), len(original) - len(rest)})
	}
	s.Text = b.String() + rest
}

// Replace puts a text that was generated of the source in its place. Tags
// still know where they stood; of all else, places are known by their part.
func (s *Source) Replace(text string) { s.Text, s.generated = text, true }

// Position returns the place in the original of an offset in Text.
func (s *Source) Position(offset int) Position { return s.originalPosition(s.originalOffset(offset)) }

func (s *Source) originalOffset(offset int) int {
	i := sort.Search(len(s.shifts), func(i int) bool { return s.shifts[i].marked > offset })
	if i > 0 {
		offset += s.shifts[i-1].original - s.shifts[i-1].marked
	}
	return offset
}

func (s *Source) originalPosition(offset int) Position {
	if s.generated {
		return Position{Part: s.part}
	}
	return s.written.position(offset)
}

// TagPosition returns the place of tag n.
func (s *Source) TagPosition(n int) Position { return s.tags[n].at }

// TagText returns tag n as it is written.
func (s *Source) TagText(n int) string { return "{{" + s.tags[n].body + "}}" }

// Tag returns what tag n says; what is wrong with it is reported the first time.
// A tag that nobody asks for, as in a comment, may hold anything.
func (s *Source) Tag(n int) Piece {
	t := &s.tags[n]
	if t.parsed == nil {
		p, err := parse(t.body, cmp.Or(t.scope, s.scope))
		if err != nil {
			p = s.refuse(t, err)
		}
		if p.Cond != nil {
			p.Cond.At = t.at
		}
		t.parsed = &p
	}
	return *t.parsed
}

// refuse reports what is wrong with a tag, with the one that was probably meant,
// and returns what it was to be, so that its end isn't a second fault.
func (s *Source) refuse(t *tag, err error) Piece {
	code, wrong := "bad_tag", words.OfError(err)
	if errors.As(err, new(unknownField)) {
		code = "unknown_field"
	}
	meant := cmp.Or(t.scope, s.scope).meant("{{" + t.body + "}}")
	if wrong.Key == "templates.field_mistyped" && meant != "" && strings.Contains(t.body, "|") { // the rest may be wrong as well
		wrong = words.Of("templates.field_unknown", wrong.Args[:2]...)
	}
	if meant == "" || strings.Contains(wrong.Key, "mistyped") {
		s.report.Fail(t.at, code, wrong.Key, wrong.Args...)
	} else {
		s.report.Fail(t.at, code, "templates.tag_meant", "wrong", wrong, "meant", meant)
	}
	switch word, _, _ := strings.Cut(strings.Trim(cmp.Or(meant, t.body), "{}"), " "); {
	case strings.HasPrefix(word, "if"), word == "each":
		return Piece{Kind: If}
	case strings.HasPrefix(word, "else"):
		return Piece{Kind: Else, Cond: &Cond{}}
	case word == "end":
		return Piece{Kind: End}
	}
	return Piece{Kind: Show, Value: &Value{typ: Text}}
}

// TagEnd returns the length of the tag at the start of s, or -1 when it isn't
// closed. A quoted text may hold braces.
func TagEnd(s string) int {
	var quote byte
	for i := 2; i < len(s) && i < maxTagLength; i++ {
		switch c := s[i]; {
		case c == '\n' && strings.HasPrefix(s[i:], "\n\n"):
			return -1
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.HasPrefix(s[i:], "}}"):
			return i + 2
		case strings.HasPrefix(s[i:], "{{"):
			return -1
		}
	}
	return -1
}

// Normalise makes every line end \n, drops what would pass for a mark, and
// repairs invalid UTF-8.
func Normalise(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == markOpen, r == markClose, r == 0, r == '\uFEFF':
			return -1
		}
		return r
	}, s)
}

// MarkOf returns the mark of tag n.
func MarkOf(n int) string {
	return string(markOpen) + strconv.Itoa(n) + string(markClose)
}

// CutMark splits s at its first mark. Without one, before is s and n is -1.
func CutMark(s string) (before string, n int, after string) {
	i := strings.IndexRune(s, markOpen)
	if i < 0 {
		return s, -1, ""
	}
	rest := s[i+len(string(markOpen)):]
	j := strings.IndexRune(rest, markClose)
	if j < 0 {
		return s, -1, ""
	}
	n, err := strconv.Atoi(rest[:j])
	if err != nil {
		return s, -1, ""
	}
	return s[:i], n, rest[j+len(string(markClose)):]
}
