package templates

import (
	"html"
	"sort"
	"strconv"
	"strings"
)

// While markup is parsed, each tag is held by a mark: its number between two
// characters of the private use area, which neither HTML nor MJML touches. Tags
// themselves may hold quotes and angle brackets, which markup would trip over.
const (
	markOpen  = '\uE000'
	markClose = '\uE001'
)

const (
	maxTags      = 2000
	maxTagLength = 1000
)

// tag is one {{…}} of a text, not yet parsed.
type tag struct {
	body string
	at   position
}

// marked is a text whose tags are replaced by marks.
type marked struct {
	part   string
	source string
	text   string
	tags   []tag
	shifts []shift

	generated bool // nobody wrote it, so its lines mean nothing
}

// shift ties an offset after a mark to the offset in the source.
type shift struct{ marked, source int }

// mark replaces the tags of source by marks. Of a generated source, places are
// known by their part only.
func mark(part, source string, generated bool, r *report) *marked {
	m := &marked{part: part, source: normalise(source), generated: generated}
	source = m.source
	var b strings.Builder
	for pos := 0; ; {
		open := strings.Index(source[pos:], "{{")
		if open < 0 || len(m.tags) >= maxTags {
			if open >= 0 {
				r.fail(m.sourcePosition(pos+open), "too_many_tags", "there are more than %d tags", maxTags)
			}
			b.WriteString(source[pos:])
			break
		}
		open += pos
		b.WriteString(source[pos:open])
		end := tagEnd(source[open:])
		at := m.sourcePosition(open)
		if end < 0 {
			r.fail(at, "tag_not_closed", "this tag is not closed: write }} at its end")
			b.WriteString(source[open:])
			break
		}
		body := strings.TrimSpace(source[open+2 : open+end-2])
		if strings.Contains(body, "&") {
			body = html.UnescapeString(body) // editors write quotes as entities
		}
		b.WriteString(markOf(len(m.tags)))
		m.tags = append(m.tags, tag{body, at})
		pos = open + end
		m.shifts = append(m.shifts, shift{b.Len(), pos})
	}
	m.text = b.String()
	return m
}

// tagEnd returns the length of the tag at the start of s, or -1 when it isn't
// closed. A quoted text may hold braces.
func tagEnd(s string) int {
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

// normalise makes every line end \n, drops what would pass for a mark, and
// repairs invalid UTF-8.
func normalise(s string) string {
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

func markOf(n int) string {
	return string(markOpen) + strconv.Itoa(n) + string(markClose)
}

// cutMark splits s at its first mark. Without one, before is s and n is -1.
func cutMark(s string) (before string, n int, after string) {
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

// position returns the place in the source of an offset in the marked text.
func (m *marked) position(offset int) position {
	i := sort.Search(len(m.shifts), func(i int) bool { return m.shifts[i].marked > offset })
	if i > 0 {
		s := m.shifts[i-1]
		offset += s.source - s.marked
	}
	return m.sourcePosition(offset)
}

func (m *marked) sourcePosition(offset int) position {
	if m.generated {
		return position{part: m.part}
	}
	return positionAt(m.part, m.source, offset)
}
