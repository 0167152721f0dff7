package text

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/templates/lang"
)

// due asks for white space before the next word.
func (w *writer) due(g gap) { w.gap = max(w.gap, min(g, blankLine)) }

// text writes running text, in which any white space is one space and marks
// stand for pieces.
func (w *writer) text(s string) {
	for s != "" {
		before, n, after := lang.CutMark(s)
		w.running(before)
		if n < 0 || n >= len(w.from) {
			return
		}
		w.control(n)
		w.piece(w.from[n])
		s = after
	}
}

// running writes what stands between marks.
func (w *writer) running(s string) {
	for w.lines {
		line, rest, more := strings.Cut(s, "\n")
		if !more {
			break
		}
		w.line(line)
		w.lineEnd()
		s = rest
	}
	w.line(s)
}

// lineEnd ends a line, or leaves one blank.
func (w *writer) lineEnd() { w.due(max(newline, w.gap+1)) }

func (w *writer) line(s string) {
	s = withoutFillers(s)
	if w.raised != nil {
		s = strings.Map(func(r rune) rune { return cmp.Or(w.raised[r], r) }, s)
	}
	words := strings.Fields(s)
	if len(words) == 0 {
		if s != "" {
			w.due(space)
		}
		return
	}
	if strings.TrimLeftFunc(s, unicode.IsSpace) != s {
		w.due(space)
	}
	w.word(strings.Join(words, " "))
	if strings.TrimRightFunc(s, unicode.IsSpace) != s {
		w.due(space)
	}
}

// Forms of digits above and below the line, which must not become a part of the number
// beside them: € 5 with 99 raised isn't € 599.
var (
	above = digits("⁰¹²³⁴⁵⁶⁷⁸⁹")
	below = digits("₀₁₂₃₄₅₆₇₈₉")
)

func digits(forms string) map[rune]rune {
	of := map[rune]rune{}
	for i, form := range []rune(forms) {
		of['0'+rune(i)] = form
	}
	return of
}

// entry writes an entry of a list. What is in it begins beside the bullet, even
// a paragraph.
func (w *writer) entry(n *html.Node) {
	w.due(newline)
	w.word(w.bullet(n))
	w.have = besideBullet
	indent := w.indent
	w.indent += "  "
	w.children(n)
	w.indent = indent
	if w.have == besideBullet { // it is empty
		w.have = noGap
	}
	w.due(newline)
}

// bullet returns what stands before an entry of a list: its number where entries
// are counted, and all members have the same ones.
func (w *writer) bullet(entry *html.Node) string {
	const dash = "- "
	list := entry.Parent
	kind, _ := attr(list, "type")
	if _, backwards := attr(list, "reversed"); list.DataAtom != atom.Ol || backwards || kind != "" && kind != "1" {
		return dash
	}
	for d := range list.Descendants() {
		if _, mark, _ := lang.CutMark(d.Data); mark >= 0 && mark < len(w.from) && w.from[mark].IsControl() {
			return dash
		}
	}
	number := numberOf(list, "start", 1)
	for c := list.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Li {
			continue
		}
		if number = numberOf(c, "value", number); c == entry {
			break
		}
		number++
	}
	return strconv.Itoa(number) + ". "
}

// numberOf returns the number that an attribute is, or another one.
func numberOf(n *html.Node, name string, otherwise int) int {
	text, _ := attr(n, name)
	if number, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32); err == nil {
		return int(number)
	}
	return otherwise
}

// raise notes that what stands in an element is above or below the line. Digits
// have forms for it; what differs for each member has none, and stands apart.
func (w *writer) raise(n *html.Node) {
	style := styleOf(n)
	switch {
	case n.DataAtom == atom.Sup, strings.Contains(style, "vertical-align:super"):
		w.raised = above
	case n.DataAtom == atom.Sub, strings.Contains(style, "vertical-align:sub"):
		w.raised = below
	default:
		return
	}
	for d := range n.Descendants() {
		if _, mark, _ := lang.CutMark(d.Data); mark >= 0 {
			w.due(space)
			return
		}
	}
}

// withoutFillers drops the characters that show nothing. Joiners within a word
// stay: they make the forms of letters, and one sign of several emoji.
func withoutFillers(s string) string {
	all := []rune(s)
	seen := func(i int) bool { return !isFiller(all[i]) && !unicode.IsSpace(all[i]) }
	var b strings.Builder
	for i, r := range all {
		joins := (r == '\u200C' || r == '\u200D') && len(all) > 1 && (i == 0 || seen(i-1)) && (i+1 == len(all) || seen(i+1))
		if joins || !isFiller(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isFiller(r rune) bool {
	switch r {
	case '\u00AD', '\u034F', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF':
		return true
	}
	return false
}

// address writes where a link leads, in one word.
func (w *writer) address(href string) {
	for href != "" {
		before, n, after := lang.CutMark(href)
		if before != "" {
			w.word(oneWord(before))
		}
		if n < 0 || n >= len(w.from) {
			return
		}
		w.piece(w.from[n])
		href = after
	}
}

// oneWord returns a part of an address as browsers follow it, without white
// space, at which mail programs end a link.
func oneWord(part string) string {
	var b strings.Builder
	for _, r := range part {
		switch {
		case r == '\t', r == '\n', r == '\r':
		case unicode.IsSpace(r):
			b.WriteString(url.PathEscape(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// word writes s after the white space that is due.
func (w *writer) word(s string) {
	if r, _ := utf8.DecodeRuneInString(s); w.struck.ended && !strings.ContainsRune(".,;:!?)", r) {
		w.due(space)
	}
	w.begin(true)
	w.Add(s)
	w.have = noGap
}

// flush writes the white space that is due, as far as it isn't there yet.
func (w *writer) flush() {
	switch {
	case w.have >= w.gap:
	case w.gap == space:
		w.Add(" ")
	case w.gap == blankLine && w.have < newline:
		w.Add("\n\n")
	default:
		w.Add("\n")
	}
	w.have, w.gap = max(w.have, w.gap), noGap
}

// piece writes what differs for each member. Each branch of an if writes its
// own white space, and an else starts from where its if did.
func (w *writer) piece(p lang.Piece) {
	if p.Escape != lang.EscapeURL { // within an address it stays a part of it
		p.Escape = lang.EscapePlain
	}
	if w.struck.ended && p.Kind == lang.Show {
		w.due(space)
	}
	w.begin(p.Kind == lang.Show)
	last := len(w.open) - 1
	switch {
	case p.Kind == lang.Show:
		w.have = noGap
	case p.Kind == lang.If:
		w.open = append(w.open, openText{atIf: w.have, atEnd: blankLine})
	case last < 0:
		w.crossed = true
	case p.Kind == lang.Else:
		o := &w.open[last]
		o.atEnd, o.always = min(o.atEnd, w.have), p.Cond == nil
		w.have = o.atIf
	case p.Kind == lang.End:
		o := w.open[last]
		w.have = min(w.have, o.atEnd)
		if !o.always {
			w.have = min(w.have, o.atIf)
		}
		w.open = w.open[:last]
	}
	w.Pieces = append(w.Pieces, p)
}

// control notes that piece n comes, so that ifs which a browser would reorder
// (as it does with what is misplaced in a table) are found.
func (w *writer) control(n int) {
	if w.from[n].IsControl() {
		w.crossed = w.crossed || n <= w.last
		w.last = n
	}
}

// unseen passes over an element that shows nothing. Ifs that begin in it and
// end behind it count.
func (w *writer) unseen(n *html.Node) {
	var open []int
	for d := range n.Descendants() {
		if d.Type != html.CommentNode {
			continue
		}
		_, i, _ := lang.CutMark(d.Data)
		if i < 0 || i >= len(w.from) {
			continue
		}
		w.control(i)
		switch k := w.from[i].Kind; {
		case k == lang.If, k == lang.Else && len(open) > 0:
			open = append(open, i)
		case k == lang.End && len(open) > 0:
			for w.from[open[len(open)-1]].Kind == lang.Else {
				open = open[:len(open)-1]
			}
			open = open[:len(open)-1]
		case k == lang.Else, k == lang.End: // of an if before the element
			w.piece(w.from[i])
		}
	}
	for _, i := range open {
		w.piece(w.from[i])
	}
}
