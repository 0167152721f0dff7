package templates

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// assembler makes the steps of a Program from pieces.
type assembler struct {
	ops     []op
	pending []byte // static text that isn't encoded yet
	encode  func(dst, text []byte) []byte
	ifs     []openJump
}

// openJump holds the steps whose destination isn't known yet.
type openJump struct {
	unless int   // the step to mend at the next else or end, -1 when there is none
	jumps  []int // the steps to mend at the end
}

// add adds the pieces.
func (a *assembler) add(pieces []piece) {
	for i := range pieces {
		p := &pieces[i]
		switch p.kind {
		case pieceStatic:
			a.pending = append(a.pending, p.text...)
		case pieceValue:
			a.step(op{kind: opValue, value: p.value, esc: p.esc})
		case pieceLink:
			a.step(op{kind: opLink, link: p.link, esc: p.esc})
		case piecePixel:
			a.step(op{kind: opPixel, esc: p.esc})
		case pieceHoneypot:
			a.step(op{kind: opHoneypot, esc: p.esc})
		case pieceIf:
			a.ifs = append(a.ifs, openJump{unless: a.step(op{kind: opUnless, cond: p.cond})})
		case pieceElse:
			open := &a.ifs[len(a.ifs)-1]
			open.jumps = append(open.jumps, a.step(op{kind: opJump}))
			a.ops[open.unless].to = len(a.ops)
			open.unless = -1
			if p.cond != nil {
				open.unless = a.step(op{kind: opUnless, cond: p.cond})
			}
		case pieceEnd:
			a.flush()
			open := a.ifs[len(a.ifs)-1]
			a.ifs = a.ifs[:len(a.ifs)-1]
			if open.unless >= 0 {
				a.ops[open.unless].to = len(a.ops)
			}
			for _, j := range open.jumps {
				a.ops[j].to = len(a.ops)
			}
		}
	}
}

// step adds a step after the static text before it, and returns its index.
func (a *assembler) step(o op) int {
	a.flush()
	a.ops = append(a.ops, o)
	return len(a.ops) - 1
}

// flush adds the static text that is pending, encoded.
func (a *assembler) flush() {
	if len(a.pending) > 0 {
		a.literal(a.encode(nil, a.pending))
		a.pending = a.pending[:0]
	}
}

// literal adds bytes as they are. Steps that are jumped to always begin after
// a flush, so they are never joined with what stands before them.
func (a *assembler) literal(b []byte) {
	a.ops = append(a.ops, op{kind: opStatic, bytes: b})
}

// bodyOf puts the two parts together as multipart/alternative (RFC 2046
// §5.1.4), the plainest first.
func bodyOf(text, markup []piece) []op {
	a := &assembler{encode: appendQuoted}
	boundary := boundaryOf(text, markup)
	part := func(subtype string, pieces []piece) {
		a.literal(fmt.Appendf(nil, "--%s\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary, subtype))
		a.add(pieces)
		a.pending = append(a.pending, '\n')
		a.flush()
		a.literal([]byte("\r\n"))
	}
	a.literal(fmt.Appendf(nil, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary))
	part("plain", text)
	part("html", markup)
	a.literal(fmt.Appendf(nil, "--%s--\r\n", boundary))
	return joined(a.ops)
}

// boundaryOf returns a boundary that depends only on the content. The =_ in it
// can't occur in quoted-printable text.
func boundaryOf(parts ...[]piece) string {
	h := fnv.New64a()
	for _, pieces := range parts {
		for _, p := range pieces {
			_, _ = h.Write(p.text) // a hash never returns an error
		}
	}
	return fmt.Sprintf("=_keur_%016x", h.Sum64())
}

// joined joins static steps that follow each other, unless one is jumped to.
func joined(ops []op) []op {
	target := make([]bool, len(ops)+1)
	for _, o := range ops {
		if o.kind == opUnless || o.kind == opJump {
			target[o.to] = true
		}
	}
	var out []op
	moved := make([]int, len(ops)+1)
	for i, o := range ops {
		if n := len(out); n > 0 && o.kind == opStatic && out[n-1].kind == opStatic && !target[i] {
			out[n-1].bytes = append(out[n-1].bytes, o.bytes...)
			moved[i] = n - 1
			continue
		}
		moved[i] = len(out)
		out = append(out, o)
	}
	moved[len(ops)] = len(out)
	for i := range out {
		if out[i].kind == opUnless || out[i].kind == opJump {
			out[i].to = moved[out[i].to]
		}
	}
	return out
}

// subjectOf compiles a subject: a text without markup.
func (s *scanner) subjectOf(sub Subject) subject {
	return s.headerOf("subject["+sub.Key+"]", sub)
}

// headerOf compiles a text of one line that stands in part.
func (s *scanner) headerOf(part string, sub Subject) subject {
	pieces := s.line(part, strings.TrimSpace(sub.Text), escapeHeader)
	a := &assembler{encode: func(dst, text []byte) []byte { return append(dst, text...) }}
	a.add(pieces)
	a.flush()
	out := subject{key: sub.Key, ops: a.ops}
	for _, o := range a.ops {
		if o.kind != opStatic {
			return out
		}
	}
	out.fixed = AppendHeader(nil, "Subject", string(runPlain(nil, a.ops, &Recipient{})))
	return out
}

// line compiles a text of one line, without markup, into its own pieces.
func (s *scanner) line(part, text string, esc escaping) []piece {
	before := s.pieces
	s.pieces = nil
	f := s.newFragment(mark(part, text, false, s.report), s.base, "")
	rest, open := f.text, len(s.ifs)
	for rest != "" {
		text, n, after := cutMark(rest)
		s.add(string(appendEscaped(nil, []byte(text), esc, false)))
		if n < 0 {
			break
		}
		switch node, at := s.node(f, n), f.tags[n].at; {
		case node.kind == nodePlacements:
			s.report.fail(at, "placement_in_line", "placements can't stand here")
		case node.kind == nodeValue && node.value.source >= fromUnsubscribe:
			s.report.fail(at, "address_in_line", "an address can't stand here")
		case node.kind == nodeValue:
			s.addValue(node.value, at, esc, f.place)
		default:
			s.control(node, at, esc, f.place)
		}
		rest = after
	}
	s.closeIfs(open)
	pieces := s.pieces
	s.pieces = before
	return pieces
}
