package lang

import (
	"slices"
	"strings"
)

// Builder puts the pieces of a text together, and checks that ifs, elses and
// ends fit.
type Builder struct {
	Pieces []Piece
	Hidden bool // what is added now is not for people who read the text part

	scope  *Scope
	report Reporter
	places int // how many there were
	ifs    []openIf
}

// openIf is an if that has no end yet.
type openIf struct {
	at    Position
	place int
	cond  *Cond // nil in the branch of an else
	last  bool  // the plain else was seen
}

const maxDepth = 5 // of ifs within ifs

// NewBuilder returns a builder of an empty text in scope.
func NewBuilder(scope *Scope, report Reporter) *Builder {
	return &Builder{scope: scope, report: report}
}

// NewPlace returns the number of another place: a run of text, or an attribute.
// An if ends in the place where it began.
func (b *Builder) NewPlace() int {
	b.places++
	return b.places
}

// Add adds static text as it is.
func (b *Builder) Add(text string) {
	if text == "" {
		return
	}
	if n := len(b.Pieces); n > 0 && b.Pieces[n-1].Kind == Static && b.Pieces[n-1].Hidden == b.Hidden {
		b.Pieces[n-1].Text = append(b.Pieces[n-1].Text, text...)
		return
	}
	p := StaticPiece(text)
	p.Hidden = b.Hidden
	b.Pieces = append(b.Pieces, p)
}

// Tag adds what tag n of the source says, a value or a part of an if, escaped
// for where it stands.
func (b *Builder) Tag(source *Source, n int, escape Escaping, place int) {
	p, at := source.Tag(n), source.TagPosition(n)
	if p.Kind == Show {
		b.Value(p.Value, at, escape)
		return
	}
	var open openIf // the innermost
	if len(b.ifs) > 0 {
		open = b.ifs[len(b.ifs)-1]
	}
	switch {
	case p.Kind == If && len(b.ifs) == maxDepth:
		b.report.Fail(at, "too_deep", "templates.if_depth", "most", maxDepth)
		return
	case p.Kind == If:
		b.ifs = append(b.ifs, openIf{at: at, place: place, cond: p.Cond})
	case len(b.ifs) == 0:
		b.report.Fail(at, "no_if", "templates.if_missing", "tag", map[Kind]string{Else: "else", End: "end"}[p.Kind])
		return
	case open.place != place:
		b.report.Fail(at, "if_crosses",
			"templates.if_elsewhere", "line", open.at.Line)
		return
	case p.Kind == End:
		b.ifs = b.ifs[:len(b.ifs)-1]
	case open.last:
		b.report.Fail(at, "two_elses", "templates.else_twice")
		return
	default:
		open.cond, open.last = p.Cond, p.Cond == nil
		b.ifs[len(b.ifs)-1] = open
	}
	p.Escape, p.Hidden, p.InText = escape, b.Hidden, escape == EscapeHTML
	b.Pieces = append(b.Pieces, p)
}

// Value adds a value, escaped. What is the same for all members is written out.
func (b *Builder) Value(v *Value, at Position, escape Escaping) {
	if escape != EscapeURL {
		v = v.readable(b.scope.locale)
	}
	if text, fixed := v.Fixed(); fixed {
		b.Add(string(appendFact(nil, text, escape)))
		return
	}
	b.NeedDefault(v, at)
	b.Pieces = append(b.Pieces, Piece{Kind: Show, Value: v, Escape: escape, Hidden: b.Hidden, InText: escape == EscapeHTML})
}

// appendFact escapes a text of ours. Between tags its lines stay lines.
func appendFact(dst, text []byte, escape Escaping) []byte {
	if escape != EscapeHTML {
		return AppendEscaped(dst, text, escape, false)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if i > 0 {
			dst = append(dst, "<br>"...)
		}
		dst = AppendEscaped(dst, []byte(line), escape, false)
	}
	return dst
}

// NeedDefault warns of a text that some members don't have.
func (b *Builder) NeedDefault(v *Value, at Position) {
	if v.source != fromMember || v.hasDefault() {
		return
	}
	for _, open := range b.ifs {
		if open.cond != nil && slices.Contains(open.cond.needs, v.slot) {
			return
		}
	}
	b.report.Warn(at, "missing_default", "templates.field_without_default", "field", v.name)
}

// OpenIfs returns how many ifs have no end yet.
func (b *Builder) OpenIfs() int { return len(b.ifs) }

// CloseIfs refuses ifs without an end that were opened since there were open
// of them.
func (b *Builder) CloseIfs(open int) {
	for _, left := range b.ifs[open:] {
		b.report.Fail(left.at, "no_end", "templates.end_missing")
	}
	b.ifs = b.ifs[:open]
}

// Line returns the pieces of a text of one line without markup.
func Line(source *Source, escape Escaping) []Piece {
	report := source.report
	b := NewBuilder(source.scope, report)
	for rest := strings.TrimSpace(source.Text); rest != ""; {
		before, n, after := CutMark(rest)
		b.Add(string(AppendEscaped(nil, []byte(before), escape, false)))
		if n < 0 {
			break
		}
		switch p, at := source.Tag(n), source.TagPosition(n); {
		case p.Kind == Placements:
			report.Fail(at, "placement_in_line", "templates.placements_here")
		case p.Kind == Show && p.Value.IsAddress():
			report.Fail(at, "address_in_line", "templates.address_here")
		default:
			b.Tag(source, n, escape, 0)
		}
		rest = after
	}
	b.CloseIfs(0)
	return b.Pieces
}
