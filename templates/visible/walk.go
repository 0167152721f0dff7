package visible

import (
	"image/color"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/templates/lang"
)

// walker reads a document as one reader does.
type walker struct {
	doc     *document
	reading *reading
	pieces  []lang.Piece
	text    color.RGBA // of letters of which nothing is said
	link    color.RGBA

	tokens []token
	unread []unread               // what isn't among the tokens, and why
	before map[*html.Node]float64 // pixels of the cells before a cell, in its row
	blanks int                    // in the line so far, of those that no line breaks at
	shown  []bool                 // of each run of text and picture, whether it is seen
	runs   []string               // of each of these its words, or those for the picture
	wrong  []*Reason              // what may lie over something else, and words that a style adds
}

// unread is text that may not be read.
type unread struct {
	text string
	why  *Reason
}

func (d *document) walk(r *reading, pieces []lang.Piece) *walker {
	w := &walker{doc: d, reading: r, pieces: pieces, before: map[*html.Node]float64{}}
	w.text, w.link = color.RGBA{A: 0xFF}, color.RGBA{B: 0xEE, A: 0xFF}
	start := look{size: 16, line: 1.2, opacity: 1, background: color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}}
	if d.dark && r.dark {
		w.text, w.link, start.background = start.background, color.RGBA{0x9E, 0x9E, 0xFF, 0xFF}, color.RGBA{0x12, 0x12, 0x12, 0xFF}
	}
	start.color = w.text
	w.node(d.root, start)
	return w
}

func (w *walker) node(n *html.Node, l look) {
	switch n.Type {
	case html.TextNode:
		w.add(n.Data, &l)
		if n.Parent.DataAtom != atom.Style && n.Parent.DataAtom != atom.Script { // there it is no words, to nobody
			w.see(strings.ContainsFunc(n.Data, isSeen), n.Data, &l)
		}
	case html.CommentNode:
		w.mark(n.Data, &l)
	case html.ElementNode:
		w.element(n, l)
	default:
		w.children(n, l)
	}
}

func (w *walker) children(n *html.Node, l look) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, l)
	}
}

// add takes in text, as far as everybody reads it.
func (w *walker) add(text string, l *look) {
	if l.away && l.refused == nil {
		return
	}
	why := l.unread()
	if w.pushed(text, l) && why == nil {
		why = because("templates.law_style", blank)
	}
	if why != nil && strings.TrimSpace(text) != "" {
		w.unread = append(w.unread, unread{text, why})
		return
	}
	w.tokens = append(w.tokens, token{text: text})
}

const blank = "&nbsp;" // no line breaks at it

// breakLine begins a line. One of too many blanks has made the page wider than
// screens are, which shrink or cut all that follows.
func (w *walker) breakLine() {
	if w.blanks <= mostBlanks {
		w.blanks = 0
	}
}

// pushed takes in the blanks of text, and reports whether so many stand in a line
// that they push what follows out of sight.
func (w *walker) pushed(text string, l *look) bool {
	if l.gone() || l.size < 3 {
		return false
	}
	for _, r := range text {
		switch {
		case r == '\u00A0', r > 0x7F && l.nowrap && unicode.IsSpace(r):
			w.blanks++
		case unicode.IsSpace(r) && !l.nowrap:
			w.breakLine()
		}
	}
	return w.blanks > mostBlanks
}

// see notes whether something that can be seen is, and its words.
func (w *walker) see(visible bool, words string, l *look) {
	if visible && !l.folded {
		w.shown, w.runs = append(w.shown, !l.blank()), append(w.runs, words)
	}
}

// mark reads the comment that stands for a tag.
func (w *walker) mark(text string, l *look) {
	_, i, _ := lang.CutMark(text)
	if i < 0 || i >= len(w.pieces) {
		return
	}
	switch p := w.pieces[i]; {
	case p.IsControl():
		w.tokens = append(w.tokens, controlOf(p))
	case p.Kind == lang.Show:
		w.add(shown, l)
		w.see(true, shown, l)
	}
}

// inline are elements that don't part words.
var inline = []atom.Atom{atom.A, atom.Span, atom.B, atom.Strong, atom.I, atom.Em, atom.Font, atom.U}

func (w *walker) element(n *html.Node, l look) {
	style := w.doc.styleOf(n, w.reading)
	if w.doc.folds && foldOf.MatchString(attr(n, "class")) {
		l.folded = true
		l.refuse(because("templates.law_element", "<"+n.Data+">"))
	}
	if !slices.Contains(inline, n.DataAtom) && n.DataAtom != atom.Img {
		w.breakLine()
		defer w.breakLine()
	}
	l = w.within(l, n, style)
	w.lint(n, &l, style)
	if n.DataAtom == atom.Br || n.DataAtom == atom.Img {
		w.tokens = append(w.tokens, token{text: " "})
		w.see(n.DataAtom == atom.Img, attr(n, "alt"), &look{away: l.gone(), folded: l.folded, picture: "itself", size: 16})
		return
	}
	parts := !slices.Contains(inline, n.DataAtom)
	if parts {
		w.tokens = append(w.tokens, token{text: " "})
	}
	from := len(w.tokens)
	w.children(n, l)
	if n.DataAtom == atom.A && w.leadsToUnsubscribe(n) && readable(w.tokens[from:]) {
		w.tokens = append(w.tokens, token{text: unsubscribe})
	} else if n.DataAtom == atom.A && w.leadsToUnsubscribe(n) && l.unread() != nil {
		w.unread = append(w.unread, unread{unsubscribe, l.unread()})
	}
	if parts {
		w.tokens = append(w.tokens, token{text: " "})
	}
}

// foldOf matches the classes of what MJML's accordions, carousels and menus fold.
var foldOf = regexp.MustCompile(`\bmj-(accordion|carousel|menu|inline-links)`)

// leadsToUnsubscribe reports whether a link's address is the one to unsubscribe at.
func (w *walker) leadsToUnsubscribe(n *html.Node) bool {
	href := strings.TrimSpace(attr(n, "href"))
	before, i, after := lang.CutMark(href)
	return before == "" && after == "" && i >= 0 && i < len(w.pieces) && w.pieces[i].Kind == lang.Show && w.pieces[i].Value.Unsubscribes()
}

// lint finds what may come to lie over something else, and words that a style
// adds. What hangs on the program or on what a reader does is held to the same,
// whatever holds besides.
func (w *walker) lint(n *html.Node, l *look, style map[string]applied) {
	if l.away {
		return
	}
	for _, a := range sorted(style) {
		if collapses(n, a.declaration) || !harmless(a.declaration) && !(l.unseen || l.cut && clips(style) != "") {
			w.wrong = append(w.wrong, because("templates.may_cover", a.raw))
		}
	}
	for i := range w.doc.matched[n] {
		a := &w.doc.matched[n][i]
		if a.foreign == "" && a.drawn == "" {
			continue
		}
		if a.drawn != "" && a.name == "content" && !isNoContent(a.value) {
			w.wrong = append(w.wrong, because("templates.style_words", a.raw))
		} else if collapses(n, a.declaration) || !harmless(a.declaration) && !isNoContent(a.value) {
			w.wrong = append(w.wrong, because("templates.may_cover", a.raw))
		}
	}
	if a, ok := style["height"]; ok && overflows(n, style, a.value) {
		w.wrong = append(w.wrong, because("templates.may_cover", a.raw))
	}
	if a, ok := style["max-height"]; ok && overflows(n, style, a.value) {
		w.wrong = append(w.wrong, because("templates.may_cover", a.raw))
	}
	if line := l.line; l.absolute && l.size > 24 && line < l.size/2 && hasText(n) {
		w.wrong = append(w.wrong, because("templates.may_cover", l.lineFrom))
	}
}

// collapses reports whether a declaration takes away the cells of a column.
func collapses(n *html.Node, d declaration) bool {
	return (n.DataAtom == atom.Col || n.DataAtom == atom.Colgroup) && d.name == "visibility" && d.value != "visible"
}

var isNoContent = words(`"" '' none normal`)

// overflows reports whether an element may be lower than what it holds.
func overflows(n *html.Node, style map[string]applied, height string) bool {
	most, ok := pixels(height)
	if !ok || strings.HasSuffix(height, "%") && most >= 600 || clips(style) != "" || n.DataAtom == atom.Img ||
		grows(n, style) || strings.HasPrefix(n.Data, "v:") {
		return false
	}
	for c := range n.Descendants() {
		if c.Type != html.ElementNode || slices.Contains(inline, c.DataAtom) || c.DataAtom == atom.Br {
			continue
		}
		high, ok := pixels(attr(c, "height"))
		if c.DataAtom != atom.Img || !ok || high > most {
			return true
		}
	}
	return false
}

// hasText reports whether an element holds letters itself.
func hasText(n *html.Node) bool {
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode && strings.ContainsFunc(c.Data, isSeen) {
			return true
		}
	}
	return false
}

func isSeen(r rune) bool {
	return !strings.ContainsRune(" \t\r\n\u00A0\u200A\u200B\u200C\u200D\u2060\uFEFF\u00AD\u034F\u2007", r)
}

// readable reports whether everybody reads some of the tokens.
func readable(tokens []token) bool {
	return textOf(tokens).every(func(run string) bool { return strings.ContainsFunc(run, isSeen) })
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
