package visible

import (
	"fmt"
	"image/color"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The law's letters: how high they are, and how they stand out.
const (
	leastLetters  = 9   // pixels
	mostLetters   = 80  // a word of them still stands on a page
	leastContrast = 3.0 // WCAG 2.2 §1.4.3, for large letters
	leastLine     = 0.75
	widestMargins = 320  // pixels of a phone that margins around may take
	widestCells   = 960  // pixels that the cells of its rows before it may take
	highestAbove  = 1000 // pixels that margins above may take
	mostBlanks    = 60   // that no line breaks at, before it
)

// Reason is why what stands somewhere may not be read: a declaration, an
// attribute or an element.
type Reason struct {
	Key  string // of templates.toml
	Args []any
	What string // as it is written
}

func because(key, what string, args ...any) *Reason {
	return &Reason{Key: key, What: what, Args: append([]any{"what", what}, args...)}
}

func (r *Reason) same(other *Reason) bool { return r.Key == other.Key && r.What == other.What }

// look is how text at some place of a document looks.
type look struct {
	away    bool    // it isn't drawn, nor anything within
	cut     bool    // it stands in a box that is as good as nothing
	unseen  bool    // it isn't shown, but what is within may be
	folded  bool    // it stands in what MJML folds, which approvers are shown open
	refused *Reason // why it may not be read

	size     float64 // of letters, in pixels
	sizeFrom string
	line     float64 // of lines: in pixels, or in letters
	absolute bool    // line is in pixels
	lineFrom string

	color      color.RGBA
	opacity    float64 // of the letters
	background color.RGBA
	picture    string // what is drawn behind it, or ""
	unknown    string // a colour that nobody can tell, or ""

	indent     float64 // pixels at both sides
	above      float64 // pixels of margins above
	cells      float64 // pixels of the cells before it
	clipped    float64 // wider than this isn't shown; 0: everything is
	nowrap     bool
	nowrapFrom string
	fixed      bool // cells of the table are as wide as is said
}

func (l *look) refuse(r *Reason) {
	if l.refused == nil {
		l.refused = r
	}
}

// within returns how text within an element looks.
func (w *walker) within(l look, n *html.Node, style map[string]applied) look {
	l.hide(n, style)
	if !slices.Contains(lawfulElements, n.Data) {
		l.refuse(because("templates.law_element", "<"+n.Data+">"))
	}
	for _, a := range sorted(style) {
		if !allowed(lawful, a.declaration) {
			l.refuse(because("templates.law_style", a.raw))
		}
	}
	for i := range w.doc.matched[n] {
		if a := &w.doc.matched[n][i]; (a.foreign != "" || a.drawn != "") && !isBeside(a.drawn) && !bearable(n, a.declaration) {
			l.refuse(because("templates.law_style", a.raw))
		}
	}
	w.letters(&l, n, style)
	w.colours(&l, n, style)
	box(&l, n, style)
	if n.DataAtom == atom.Td || n.DataAtom == atom.Th {
		w.cellsBefore(&l, n)
	}
	return l
}

// isBeside are parts of an element that hold none of its letters.
var isBeside = words("before after selection placeholder")

// bearable reports whether a declaration keeps nothing from being read, whatever
// else holds, but for its colours.
func bearable(n *html.Node, d declaration) bool {
	size, known := sizeOf(d.value, 16)
	line, unit, isLine := length(d.value)
	switch d.name {
	case "font-size":
		_, unit, _ := length(d.value)
		return known && size <= 60 && (size >= 16 || size >= leastLetters && unit != "em" && unit != "%")
	case "line-height":
		return d.value == "normal" || inherited(d.value) || isLine && line*inPixels[unit] >= 1 && (unit == "" || line*inPixels[unit] >= 12)
	case "height", "max-height":
		return open(d.value) || d.value == "100%" || d.name == "height" && grows(n, nil)
	case "overflow", "overflow-x", "overflow-y":
		return d.value == "visible"
	case "table-layout":
		return d.value == "auto"
	}
	return allowed(lawful, d)
}

func value(style map[string]applied, name string) string { return style[name].value }

// letters takes in how large letters and lines are.
func (w *walker) letters(l *look, n *html.Node, style map[string]applied) {
	around := l.size
	if n.DataAtom == atom.Table && w.doc.quirks {
		l.size = 16
	}
	if a, ok := style["font-size"]; ok {
		size, known := sizeOf(a.value, around)
		if !known {
			l.refuse(because("templates.law_style", a.raw))
		}
		l.size, l.sizeFrom = size, a.raw
	}
	if a, ok := style["line-height"]; ok {
		l.lineFrom = a.raw
		number, unit, known := length(a.value)
		switch {
		case a.value == "inherit":
		case a.value == "normal", a.value == "initial":
			l.line, l.absolute = 1.2, false
		case !known:
			l.refuse(because("templates.law_style", a.raw))
		case unit == "":
			l.line, l.absolute = number, false
		case unit == "%":
			l.line, l.absolute = number/100*l.size, true
		case unit == "em":
			l.line, l.absolute = number*l.size, true
		default:
			l.line, l.absolute = number*inPixels[unit], true
		}
	}
	if space := value(style, "white-space"); space != "" && space != "inherit" {
		l.nowrap, l.nowrapFrom = space == "nowrap" || space == "pre", style["white-space"].raw
	}
}

var sizes = map[string]float64{
	"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32, "initial": 16,
}

// sizeOf returns the size of letters in pixels, within letters of that size.
func sizeOf(value string, around float64) (size float64, ok bool) {
	if named, ok := sizes[value]; ok {
		return named, true
	}
	n, unit, ok := length(value)
	switch {
	case value == "inherit", value == "": // of an unknown attribute
		return around, true
	case value == "smaller":
		return around / 1.2, true
	case value == "larger":
		return around * 1.2, true
	case !ok:
		return around, false
	case unit == "em":
		return n * around, true
	case unit == "%":
		return n / 100 * around, true
	case unit == "" && n != 0: // browsers drop it
		return around, true
	}
	return n * inPixels[unit], true
}

// colours takes in the colours of letters, and of what is behind them.
func (w *walker) colours(l *look, n *html.Node, style map[string]applied) {
	around := *l
	if n.DataAtom == atom.A && attr(n, "href") != "" {
		l.color, l.opacity, l.unknown = w.link, 1, ""
	}
	if n.DataAtom == atom.Table && w.doc.quirks {
		l.color, l.opacity, l.unknown = w.text, 1, ""
	}
	if a, ok := style["color"]; ok {
		c, opacity, known := colorOf(a.value)
		switch {
		case a.value == "inherit":
			l.color, l.opacity, l.unknown = around.color, around.opacity, around.unknown
		case a.value == "initial":
			l.color, l.opacity, l.unknown = w.text, 1, ""
		case known:
			l.color, l.opacity, l.unknown = c, opacity, ""
		default:
			l.unknown = a.raw
		}
	}
	if n.DataAtom == atom.Body {
		w.text = l.color
	}
	if a, ok := style["background-color"]; ok && !inherited(a.value) {
		c, opacity, known := colorOf(a.value)
		l.background = over(c, opacity, l.background)
		if opacity == 1 {
			l.picture = ""
		}
		if !known && a.value != "" {
			l.picture = a.raw
		}
	}
	if a, ok := style["background-image"]; ok && a.value != "none" && !inherited(a.value) {
		l.picture = a.raw
	}
	for _, name := range []string{"box-shadow", "-webkit-box-shadow"} {
		if a := style[name]; strings.Contains(a.value, "inset") {
			l.picture = a.raw
		}
	}
}

// box takes in whether an element leaves room for what it holds.
func box(l *look, n *html.Node, style map[string]applied) {
	clip := clips(style)
	for _, name := range []string{"height", "max-height"} {
		a, ok := style[name]
		if !ok || open(a.value) || n.DataAtom == atom.Img {
			continue
		}
		if clip != "" || a.value != "100%" && !(name == "height" && grows(n, style)) {
			l.refuse(because("templates.law_style", a.raw))
		}
	}
	for _, side := range []string{"margin-left", "margin-right", "padding-left", "padding-right"} {
		n, _ := pixels(value(style, side))
		l.indent += n
		if l.indent > widestMargins {
			l.refuse(because("templates.law_style", style[side].raw))
		}
	}
	for _, side := range []string{"margin-top", "padding-top"} {
		n, _ := pixels(value(style, side))
		l.above += n
		if l.above > highestAbove {
			l.refuse(because("templates.law_style", style[side].raw))
		}
	}
	width, sized := pixels(value(style, "width"))
	if strings.HasSuffix(value(style, "width"), "%") {
		width, sized = 0, false
	}
	if sized && l.clipped > 0 && width > l.clipped {
		l.refuse(because("templates.law_style", style["width"].raw))
	}
	if clip != "" {
		l.clipped = 600
		if most, ok := pixels(value(style, "max-width")); ok && !strings.HasSuffix(value(style, "max-width"), "%") {
			l.clipped = most
		}
		if sized {
			l.clipped = width
		}
		if l.clipped < 200 {
			l.refuse(because("templates.law_style", clip))
		}
	}
	switch n.DataAtom {
	case atom.Table:
		l.fixed = value(style, "table-layout") == "fixed"
	case atom.Td, atom.Th:
		if l.fixed && sized && width < 120 {
			l.refuse(because("templates.law_style", style["width"].raw))
		}
	}
}

func open(value string) bool {
	return value == "auto" || value == "none" || value == "" || value == "initial" || value == "unset"
}

// grows reports whether an element is a part of a table, which is at least as
// high as what it holds.
func grows(n *html.Node, style map[string]applied) bool {
	tables := []atom.Atom{atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th}
	return slices.Contains(tables, n.DataAtom) && (value(style, "display") == "" || tabular(value(style, "display")))
}

// clips returns what cuts off what an element has no room for, or "".
func clips(style map[string]applied) string {
	for _, name := range []string{"overflow", "overflow-x", "overflow-y"} {
		if a, ok := style[name]; ok && a.value != "visible" && a.value != "initial" {
			return a.raw
		}
	}
	return ""
}

// hide takes in whether an element is out of sight.
func (l *look) hide(n *html.Node, style map[string]applied) {
	nothing := func(name string) bool {
		n, ok := pixels(value(style, name))
		return ok && n <= 1
	}
	opacity, faint := pixels(strings.TrimSuffix(value(style, "opacity"), "%"))
	if strings.HasSuffix(value(style, "opacity"), "%") {
		opacity /= 100
	}
	l.away = l.away || slices.Contains(unseenElements, n.DataAtom) || value(style, "display") == "none" ||
		value(style, "mso-hide") == "all" || faint && opacity <= 0.1
	switch value(style, "visibility") {
	case "hidden", "collapse":
		l.unseen = true
	case "visible", "initial":
		l.unseen = false
	}
	l.cut = l.cut || clips(style) != "" && (nothing("height") || nothing("max-height") || nothing("width") || nothing("max-width"))
}

// gone reports whether it isn't shown.
func (l *look) gone() bool { return l.away || l.cut || l.unseen }

// unread returns why letters of that look may not be read, or nil.
func (l *look) unread() *Reason {
	line := l.line
	if !l.absolute {
		line *= l.size
	}
	front := over(l.color, l.opacity, l.background)
	switch {
	case l.refused != nil:
		return l.refused
	case l.size < leastLetters:
		return because("templates.law_size", fmt.Sprintf("%.3g", l.size), "least", leastLetters)
	case l.size > mostLetters:
		return because("templates.law_style", l.sizeFrom)
	case line < leastLine*l.size:
		return because("templates.law_style", l.lineFrom)
	case l.nowrap && l.clipped > 0:
		return because("templates.law_style", l.nowrapFrom)
	case l.picture != "":
		return because("templates.law_picture", l.picture)
	case l.unknown != "":
		return because("templates.law_style", l.unknown)
	case contrast(front, l.background) < leastContrast:
		return because("templates.law_contrast", hex(front), "on", hex(l.background),
			"contrast", fmt.Sprintf("%.1f", contrast(front, l.background)))
	}
	return nil
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// blank reports whether letters of that look can't be seen at all.
func (l *look) blank() bool {
	return l.gone() || l.size < 3 || l.picture == "" && l.unknown == "" &&
		contrast(over(l.color, l.opacity, l.background), l.background) < 1.15
}
