package text

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// struckText is where the writer is with text that is struck through, such as
// the old price beside a new one, which mustn't read as the price.
type struckText struct {
	within bool // an element that is struck
	due    bool // its first word is yet to come
	ended  bool // right behind it
}

var decoration = regexp.MustCompile(`(?:^|;)text-decoration(?:-line)?:([^;]*)`)

// isStruck reports whether a line goes through the text of an element.
func isStruck(n *html.Node) bool {
	if said := decoration.FindAllStringSubmatch(styleOf(n), -1); said != nil {
		return strings.Contains(said[len(said)-1][1], "line-through")
	}
	return n.DataAtom == atom.S || n.DataAtom == atom.Del || n.DataAtom == atom.Strike
}

// strike begins what is struck through, and returns what ends it: (was € 20).
// A line through what is struck already is the same line.
func (w *writer) strike() (end func()) {
	if w.struck.within {
		return func() {}
	}
	w.struck.within, w.struck.due = true, true
	return func() {
		if !w.struck.due { // it had words
			w.Add(")")
			w.have, w.struck.ended = noGap, true
		}
		w.struck.within, w.struck.due = false, false
	}
}

// begin writes the white space that is due, and before what is shown the indent
// of a new line, and what says that the next word is struck through.
func (w *writer) begin(shown bool) {
	if w.struck.due {
		w.due(space)
	}
	w.flush()
	if (shown || w.struck.due) && (w.have == newline || w.have == blankLine) {
		w.Add(w.indent)
	}
	if w.struck.due {
		w.Add("(" + w.was + " ")
		w.have = space
	}
	w.struck.due, w.struck.ended = false, false
}
