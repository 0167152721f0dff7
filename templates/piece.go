package templates

// pieceKind is what a piece of the compiled markup does.
type pieceKind uint8

const (
	pieceStatic pieceKind = iota
	pieceValue
	pieceLink // the address of a counted link
	pieceIf
	pieceElse // with a condition: else if
	pieceEnd
	piecePixel
	pieceHoneypot
	pieceTop    // behind <body>
	pieceBottom // before </body>
)

// piece is a part of the markup or of the text part, in reading order.
type piece struct {
	kind   pieceKind
	text   []byte // of pieceStatic
	value  *value
	cond   *cond // of pieceIf and pieceElse
	esc    escaping
	link   int
	place  int  // which run of text or which attribute: an if ends where it began
	hidden bool // inside a conditional comment, so no part of the text part
	inText bool // between tags, where a comment may stand for it
}

// openIf is an if that has no end yet.
type openIf struct {
	at    position
	place int
	cond  *cond // nil in the branch of an else
	last  bool  // the plain else was seen
}

const maxDepth = 5 // of ifs within ifs

// control adds an if, an else or an end, and checks that they fit together.
func (s *scanner) control(n node, at position, esc escaping, place int) {
	p := piece{cond: n.cond, esc: esc, place: place, hidden: s.comment, inText: esc == escapeHTML}
	if n.kind == nodeIf {
		if len(s.ifs) == maxDepth {
			s.report.fail(at, "too_deep", "ifs may stand in each other at most %d deep", maxDepth)
			return
		}
		s.ifs = append(s.ifs, openIf{at: at, place: place, cond: n.cond})
		p.kind = pieceIf
		s.pieces = append(s.pieces, p)
		return
	}
	if len(s.ifs) == 0 {
		s.report.fail(at, "no_if", "there is no if before this %s", map[nodeKind]string{nodeElse: "else", nodeEnd: "end"}[n.kind])
		return
	}
	open := &s.ifs[len(s.ifs)-1]
	if open.place != place {
		s.report.fail(at, "if_crosses", "the if of line %d began in another place: begin and end it in the same text, attribute or block", open.at.line)
		return
	}
	if n.kind == nodeEnd {
		s.ifs = s.ifs[:len(s.ifs)-1]
		p.kind = pieceEnd
	} else {
		if open.last {
			s.report.fail(at, "two_elses", "this if has an else already")
			return
		}
		open.cond, open.last = n.cond, n.cond == nil
		p.kind = pieceElse
	}
	s.pieces = append(s.pieces, p)
}

// closeIfs refuses ifs without an end that were opened since there were open
// of them.
func (s *scanner) closeIfs(open int) {
	for len(s.ifs) > open {
		s.report.fail(s.ifs[len(s.ifs)-1].at, "no_end", "this if lacks its {{end}}")
		s.ifs = s.ifs[:len(s.ifs)-1]
	}
}

// addValue adds a value in the place that esc names. What is the same for all
// members is written out.
func (s *scanner) addValue(v *value, at position, esc escaping, place int) {
	if v.source == fromInput {
		text := v.append(nil, &Recipient{}, nil)
		s.add(string(appendStatic(nil, text, esc)))
		return
	}
	s.needDefault(v, at)
	if esc != escapeURL {
		v = v.readable(s.base.locale)
	}
	s.pieces = append(s.pieces, piece{
		kind: pieceValue, value: v, esc: esc, place: place, hidden: s.comment, inText: esc == escapeHTML,
	})
}

// appendStatic escapes a text of ours. Between tags its lines stay lines.
func appendStatic(dst, text []byte, esc escaping) []byte {
	for i, c := range text {
		if c == '\n' && esc == escapeHTML {
			dst = appendEscaped(dst, text[:i], esc, false)
			return appendStatic(append(dst, "<br>"...), text[i+1:], esc)
		}
	}
	return appendEscaped(dst, text, esc, false)
}

// needDefault warns of a text that some members don't have.
func (s *scanner) needDefault(v *value, at position) {
	if v.source != fromMember || v.hasDefault() {
		return
	}
	for _, open := range s.ifs {
		if open.cond != nil && open.cond.requires(v.slot) {
			return
		}
	}
	s.report.warn(at, "missing_default", `members without %s see nothing here: add | default "…" or an if`, v.name)
}

// add adds static markup.
func (s *scanner) add(text string) {
	if text == "" {
		return
	}
	if n := len(s.pieces); n > 0 && s.pieces[n-1].kind == pieceStatic && s.pieces[n-1].hidden == s.comment {
		s.pieces[n-1].text = append(s.pieces[n-1].text, text...)
		return
	}
	p := staticPiece(text)
	p.hidden = s.comment
	s.pieces = append(s.pieces, p)
}

func staticPiece(text string) piece { return piece{kind: pieceStatic, text: []byte(text)} }
