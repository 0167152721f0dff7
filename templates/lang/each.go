package lang

import (
	"regexp"
	"strings"
)

// Item is one of the things that an each goes over.
type Item struct {
	Key   string
	Scope *Scope            // of the tags in its turn: {{offer.heading}}
	Texts map[string]string // markup of those texts that hold tags themselves, by the names of their tags
}

const maxUnrolled = 2 << 20 // bytes of a source with its eaches written out

var (
	eachTag   = regexp.MustCompile(`^each\s+offer\s+in\s+placements$`)
	firstWord = regexp.MustCompile(`^[a-z]*`)
)

// Unroll writes out each each: what stands in it once for every item, in the
// scope of that. There are as many turns as items, all of them known before
// anybody approves.
func (s *Source) Unroll(items []Item) {
	u := &unroller{from: *s, to: s}
	s.shifts = nil
	done := 0
	for n, at := range u.marks() {
		if at < done || u.word(n) != "each" {
			continue
		}
		end := u.endOf(at)
		if end < 0 {
			*s = u.from
			return
		}
		u.copy(done, at, nil)
		for i := range items {
			u.tag(tag{at: u.from.tags[n].at, parsed: &Piece{Kind: Enter, Text: []byte(items[i].Key)}})
			u.copy(at+len(MarkOf(n)), end, &items[i])
			u.tag(tag{at: u.from.tags[n].at, parsed: &Piece{Kind: Leave}})
		}
		_, n, _ := CutMark(u.from.Text[end:])
		done = end + len(MarkOf(n))
	}
	u.copy(done, len(u.from.Text), nil)
	s.Text = u.out.String()
}

// unroller writes a source anew.
type unroller struct {
	from Source // as it was written
	to   *Source
	out  strings.Builder
	full bool // more than that can't be
}

// marks gives the number of each mark, and where it stands.
func (u *unroller) marks() func(yield func(n, at int) bool) {
	return func(yield func(n, at int) bool) {
		rest := u.from.Text
		for {
			before, n, after := CutMark(rest)
			if n < 0 || !yield(n, len(u.from.Text)-len(rest)+len(before)) {
				return
			}
			rest = after
		}
	}
}

// word returns the first word of tag n: each, if, else, end.
func (u *unroller) word(n int) string { return firstWord.FindString(u.from.tags[n].body) }

// endOf returns where the end of the each at a place stands, or reports why it
// can't be followed and returns -1.
func (u *unroller) endOf(each int) int {
	depth := 0
	for n, at := range u.marks() {
		place := u.from.tags[n].at
		switch word := u.word(n); {
		case at < each:
		case at == each && !eachTag.MatchString(u.from.tags[n].body):
			u.to.report.Fail(place, "each_form", "templates.each_form")
			return -1
		case at > each && word == "each":
			u.to.report.Fail(place, "each_nested", "templates.each_nested")
			return -1
		case word == "each", word == "if":
			depth++
		case word == "end":
			if depth--; depth == 0 {
				return at
			}
		}
	}
	u.to.report.Fail(u.to.Position(each), "no_end", "templates.each_unended")
	return -1
}

// copy writes what stands between two places, in the scope of an item.
func (u *unroller) copy(from, to int, item *Item) {
	for rest := u.from.Text[from:to]; ; {
		before, n, after := CutMark(rest)
		u.to.shifts = append(u.to.shifts, shift{u.out.Len(), u.from.originalOffset(to - len(rest))})
		u.out.WriteString(before)
		if n < 0 {
			return
		}
		switch t := u.from.tags[n]; {
		case item == nil:
			u.out.WriteString(MarkOf(n))
		case item.Texts[t.body] != "":
			u.tagged(item, t)
		default:
			u.tag(tag{body: t.body, at: t.at, scope: item.Scope})
		}
		rest = after
	}
}

// tagged writes a text of the item that holds tags itself.
func (u *unroller) tagged(item *Item, t tag) {
	inner := NewSource(t.at.Part, item.Texts[t.body], true, item.Scope, u.to.report)
	for rest := inner.Text; ; {
		before, n, after := CutMark(rest)
		u.out.WriteString(before)
		if n < 0 {
			return
		}
		u.tag(tag{body: inner.tags[n].body, at: t.at, scope: item.Scope})
		rest = after
	}
}

// tag adds a tag, and its mark.
func (u *unroller) tag(t tag) {
	if !u.full && (len(u.to.tags) >= maxTags || u.out.Len() > maxUnrolled) {
		u.full = true
		u.to.report.Fail(t.at, "each_size", "templates.each_size")
	}
	if u.full {
		return
	}
	u.out.WriteString(MarkOf(len(u.to.tags)))
	u.to.tags = append(u.to.tags, t)
}
