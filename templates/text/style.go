package text

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// gapAround returns the white space around an element's text.
func gapAround(n *html.Node) gap {
	usual := usualGap(n.DataAtom)
	switch said(styleOf(n), "display") {
	case "block", "table", "flex", "grid", "list-item", "table-row", "flow-root":
		return max(usual, newline)
	case "inline-block", "inline-table", "inline-flex", "inline-grid", "table-cell":
		return max(usual, space)
	case "inline":
		return noGap
	}
	return usual
}

// usualGap returns the white space around the text of an element that has no
// style of its own.
func usualGap(a atom.Atom) gap {
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Table,
		atom.Blockquote, atom.Pre, atom.Section, atom.Article:
		return blankLine
	case atom.Div, atom.Tr, atom.Dt, atom.Dd, atom.Dl, atom.Header, atom.Footer, atom.Center, atom.Address, atom.Figure, atom.Body,
		atom.Main, atom.Nav, atom.Aside, atom.Fieldset, atom.Legend, atom.Figcaption, atom.Caption, atom.Details, atom.Summary, atom.Form:
		return newline
	case atom.Td, atom.Th:
		return space
	}
	return noGap
}

// What hides all that stands in an element, and the size of its letters.
var (
	transparent = regexp.MustCompile(`(?:^|;)opacity:(?:0|0?\.0\d*|0%)(?:;|!|$)`)
	flat        = regexp.MustCompile(`(?:^|;)(?:max-)?(?:height|width):0(?:px)?(?:;|!|$)`)
	letters     = regexp.MustCompile(`(?:^|;)font-size:([0-9.]+)(px|pt|)(?:;|!|$)`)
	noLetters   = regexp.MustCompile(`(?:^|;)font-size:(?:0+\.?0*|\.0+)[a-z%]*(?:;|!|$)`)
	anySize     = regexp.MustCompile(`(?:^|;)font(?:-size)?:`)
)

// styleOf returns what an element's own style says, without blanks.
func styleOf(n *html.Node) string {
	style, _ := attr(n, "style")
	return strings.Join(strings.Fields(strings.ToLower(style)), "")
}

// said returns what a style without blanks says of a property: the last of it,
// unless an earlier one is important.
func said(style, property string) string {
	value, important := "", false
	for declaration := range strings.SplitSeq(style, ";") {
		name, text, _ := strings.Cut(declaration, ":")
		text, now := strings.CutSuffix(text, "!important")
		if name == property && (now || !important) {
			value, important = text, now
		}
	}
	return value
}

// isTiny reports whether the letters of an element are too small to be seen,
// where those around it are or aren't.
func isTiny(n *html.Node, around bool) bool {
	style := styleOf(n)
	if noLetters.MatchString(style) {
		return true
	}
	size := letters.FindStringSubmatch(style)
	if size == nil {
		return around && !anySize.MatchString(style)
	}
	high, err := strconv.ParseFloat(size[1], 64)
	return err == nil && high < 3
}

// keepsLines reports whether the line ends within an element are seen, where
// those around it are or aren't.
func keepsLines(n *html.Node, around bool) bool {
	switch said(styleOf(n), "white-space") {
	case "pre", "pre-wrap", "pre-line", "break-spaces":
		return true
	case "normal", "nowrap":
		return false
	}
	return around || n.DataAtom == atom.Pre
}
