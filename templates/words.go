package templates

import "strings"

// due asks for white space before the next word.
func (w *walker) due(g gap) { w.gap = max(w.gap, min(g, blankLine)) }

// text writes running text, in which any white space is one space and marks
// stand for pieces.
func (w *walker) text(s string) {
	for s != "" {
		before, n, after := cutMark(s)
		w.running(before)
		if n < 0 || n >= len(w.from) {
			return
		}
		w.piece(w.from[n])
		s = after
	}
}

func (w *walker) running(s string) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u00AD', '\u034F', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF': // fillers that show nothing
			return -1
		}
		return r
	}, s)
	words := strings.Fields(s)
	if len(words) == 0 {
		if s != "" {
			w.due(space)
		}
		return
	}
	if strings.TrimLeft(s, " \t\n\f\u00A0") != s {
		w.due(space)
	}
	w.word(strings.Join(words, " "))
	if strings.TrimRight(s, " \t\n\f\u00A0") != s {
		w.due(space)
	}
}

// word writes s after the white space that is due.
func (w *walker) word(s string) {
	w.flush()
	w.static(s)
	w.have = noGap
}

// flush writes the white space that is due, as far as it isn't there yet.
func (w *walker) flush() {
	switch {
	case w.have >= w.gap:
	case w.gap == space:
		w.static(" ")
	case w.gap == blankLine && w.have < newline:
		w.static("\n\n" + w.indent)
	default:
		w.static("\n" + w.indent)
	}
	w.have, w.gap = max(w.have, w.gap), noGap
}

func (w *walker) static(s string) {
	if s == "" {
		return
	}
	if n := len(w.pieces); n > 0 && w.pieces[n-1].kind == pieceStatic {
		w.pieces[n-1].text = append(w.pieces[n-1].text, s...)
		return
	}
	w.pieces = append(w.pieces, staticPiece(s))
}

// piece writes what differs for each member. Each branch of an if writes its
// own white space, and an else starts from where its if did.
func (w *walker) piece(p piece) {
	p.esc = escapePlain
	w.flush()
	if n := len(w.open); n > 0 && p.kind != pieceIf {
		o := &w.open[n-1]
		switch p.kind {
		case pieceElse:
			o.atEnd, o.always = min(o.atEnd, w.have), p.cond == nil
			w.have = o.atIf
		case pieceEnd:
			w.have = min(w.have, o.atEnd)
			if !o.always {
				w.have = min(w.have, o.atIf)
			}
			w.open = w.open[:n-1]
		}
	}
	switch p.kind {
	case pieceIf:
		w.open = append(w.open, openText{atIf: w.have, atEnd: blankLine})
	case pieceValue, pieceLink:
		w.have = noGap
	}
	w.pieces = append(w.pieces, p)
}
