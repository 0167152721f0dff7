// Package text makes the text part of a mail from the pieces of its markup: what
// a reader should see who sees no HTML, with the same values, links and ifs.
package text

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/templates/lang"
)

// Part makes the pieces of the text part from those of the markup, and notes in
// links what the reader clicks on; what it says by itself is in the mail's
// language. It parses a skeleton in which tags are comments, since those may
// stand anywhere in a table, and marks inside attributes.
func Part(pieces []lang.Piece, links []lang.Link, locale string) ([]lang.Piece, error) {
	var b strings.Builder
	for i, p := range pieces {
		switch {
		case p.Hidden, p.Kind == lang.Top, p.Kind == lang.Bottom, p.Kind == lang.Head:
		case p.Kind == lang.Static:
			b.Write(p.Text)
		case p.InText:
			b.WriteString("<!--" + lang.MarkOf(i) + "-->")
		default:
			b.WriteString(lang.MarkOf(i))
		}
	}
	root, err := html.ParseWithOptions(strings.NewReader(b.String()), html.ParseOptionEnableScripting(false)) // as mail programs do
	if err != nil {
		return nil, fmt.Errorf("this HTML can't be read: %w", err)
	}
	w := &writer{from: pieces, links: links, was: words.In(locale).T("mail_phrase.was"), have: blankLine, last: -1}
	w.walk(root)
	if w.crossed || len(w.open) > 0 {
		return nil, fault.New(fault.Invalid, "templates.if_across")
	}
	return w.Pieces, nil
}

// gap is white space between two words.
type gap int

const (
	noGap gap = iota
	space
	newline
	blankLine
	besideBullet // where nothing is due
)

// writer writes what a reader of plain text should see of a document.
type writer struct {
	lang.Builder // of the text part
	from         []lang.Piece
	links        []lang.Link
	was          string // what says that a price is an old one

	gap    gap // what is due before the next word
	have   gap // what is written already behind the last one
	indent string
	tiny   bool          // letters are too small to be seen
	lines  bool          // line ends are seen, as in pre
	raised map[rune]rune // what stands for digits above or below the line
	struck struckText
	open   []openText

	last    int  // the last if, else or end
	crossed bool // these don't come in the order of the markup
}

// openText is the state of an if, to which its else goes back.
type openText struct {
	atIf   gap // what was written before it
	atEnd  gap // the least that a branch left behind
	always bool
}

func (w *writer) walk(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if !w.tiny {
			w.text(n.Data)
		}
	case html.CommentNode:
		if _, i, _ := lang.CutMark(n.Data); i >= 0 && (!w.tiny || w.from[i].IsControl()) {
			w.text(n.Data)
		}
	case html.ElementNode:
		w.element(n)
	default:
		w.children(n)
	}
}

func (w *writer) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c)
	}
}

func (w *writer) element(n *html.Node) {
	if isUnseen(n) {
		w.unseen(n)
		return
	}
	defer func(tiny, lines bool, raised map[rune]rune) {
		w.tiny, w.lines, w.raised = tiny, lines, raised
	}(w.tiny, w.lines, w.raised)
	w.tiny = isTiny(n, w.tiny)
	w.lines = keepsLines(n, w.lines)
	w.raise(n)
	if isStruck(n) {
		defer w.strike()()
	}
	switch n.DataAtom {
	case atom.Br:
		w.lineEnd()
	case atom.Img:
		w.alt(n)
	case atom.A, atom.Area:
		w.anchor(n)
	case atom.Hr:
		w.due(blankLine)
		w.word("---")
		w.due(blankLine)
	case atom.Li:
		w.entry(n)
	default:
		around := gapAround(n)
		w.due(around)
		w.children(n)
		w.due(around)
	}
}

// isUnseen reports whether an element shows nothing: the head, and what is
// hidden, such as the preheader. What Outlook alone hides is seen.
func isUnseen(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Head, atom.Style, atom.Script, atom.Title, atom.Template, atom.Iframe, atom.Object,
		atom.Select, atom.Textarea:
		return true
	}
	_, hidden := attr(n, "hidden")
	class, _ := attr(n, "class")
	switch classes := strings.Fields(class); {
	case slices.Contains(classes, "mj-carousel-image"): // of which a browser shows one at a time
		return false
	case slices.Contains(classes, "mj-carousel-thumbnail"), slices.Contains(classes, "preheader"):
		return true
	}
	style := styleOf(n)
	visibility := said(style, "visibility")
	return hidden || said(style, "display") == "none" || visibility == "hidden" || visibility == "collapse" ||
		transparent.MatchString(style) || flat.MatchString(style) && strings.Contains(style, "overflow:hidden")
}

// anchor writes a link as: text (address). One that shows nothing is left out; a
// picture without words is its address.
func (w *writer) anchor(n *html.Node) {
	around := gapAround(n)
	w.due(around)
	defer w.due(around)
	before := len(w.Pieces)
	w.Pieces = append(w.Pieces, lang.Piece{})
	w.children(n)
	if n.DataAtom == atom.Area {
		w.alt(n)
	}
	text := strings.TrimSpace(plainText(w.Pieces[before:]))
	href, _ := attr(n, "href")
	href = strings.TrimSpace(href)
	i := w.linkOf(href)
	if i >= 0 {
		w.links[i].Text = text
	}
	shown := withoutScheme.ReplaceAllString(href, "")
	if href == "" || strings.HasPrefix(href, "#") || text == "" && !showsPicture(n) || text == shown || w.leadsOn(i) {
		return
	}
	behind := noGap
	if text != "" { // what is due stands behind the words, and so behind the address
		w.gap, behind = noGap, w.gap
	}
	w.due(space)
	w.word("(")
	w.address(href)
	w.gap = noGap
	w.word(")")
	w.due(behind)
}

// withoutScheme matches what people don't write before an address or a number.
var withoutScheme = regexp.MustCompile(`(?i)^(mailto|tel|sms):`)

// alt writes the words of a picture, apart from those beside it.
func (w *writer) alt(n *html.Node) {
	if alt, _ := attr(n, "alt"); alt != "" {
		w.due(space)
		w.text(alt)
		w.due(space)
	}
}

// showsPicture reports whether there is a picture in the element.
func showsPicture(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.DataAtom == atom.Img && !isUnseen(d) {
			return true
		}
	}
	return false
}

// leadsOn reports whether a later link of the same block has the same address,
// as the button has below a picture and a heading: once is enough.
func (w *writer) leadsOn(link int) bool {
	if link < 0 || w.links[link].Placement == "" {
		return false
	}
	seen := false
	for i := range w.from {
		p := &w.from[i]
		switch other := p.Link(); {
		case other == link:
			seen = true
		case seen && p.IsControl():
			return false // not everybody may see the later one
		case seen && other >= 0 && !p.Hidden && w.same(other, link):
			return true
		}
	}
	return false
}

// same reports whether two links of one block have the same address.
func (w *writer) same(a, b int) bool {
	return w.links[a].URL == w.links[b].URL && w.links[a].Placement == w.links[b].Placement
}

// linkOf returns the number of the counted link that href stands for, or -1.
func (w *writer) linkOf(href string) int {
	_, n, _ := lang.CutMark(href)
	if n < 0 || n >= len(w.from) {
		return -1
	}
	return w.from[n].Link()
}

func plainText(pieces []lang.Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Kind == lang.Static {
			b.Write(p.Text)
		} else if p.Kind == lang.Show && p.Link() < 0 {
			b.WriteString("…")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) (value string, found bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
