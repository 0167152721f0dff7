package visible

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// cellsBefore takes in how far the cells before a cell push it to the side.
func (w *walker) cellsBefore(l *look, n *html.Node) {
	before := n.PrevSibling
	for before != nil && before.DataAtom != atom.Td && before.DataAtom != atom.Th {
		before = before.PrevSibling
	}
	if before == nil {
		return
	}
	w.before[n] = w.before[before] + w.widest(before)
	if l.cells += w.before[n]; l.cells > widestCells {
		l.refuse(because("templates.law_element", "<"+n.Data+">"))
	}
}

// widest returns the most pixels that an element, or one within, asks to be wide.
func (w *walker) widest(n *html.Node) float64 {
	style := w.doc.styleOf(n, w.reading)
	if value(style, "display") == "none" {
		return 0
	}
	most := 0.0
	for _, name := range []string{"width", "min-width"} {
		if asked, ok := pixels(value(style, name)); ok && !strings.HasSuffix(value(style, name), "%") {
			most = max(most, asked)
		}
	}
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			most = max(most, w.widest(c))
		}
	}
	return most
}
