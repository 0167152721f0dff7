package visible

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// document is a mail's markup, with what its styles say of each element.
type document struct {
	root    *html.Node
	sheet   sheet
	matched map[*html.Node][]applied
	outlook bool // read by Outlook, which knows neither @media nor what follows from it
	folds   bool // some of it shows when a box is ticked
	quirks  bool // tables take their colours from the body
	dark    bool // it says that it can be dark
	widths  []int
	shades  bool              // it asks whether the reader's screen is dark
	written map[string]string // of conditions and queries, how they are
	foreign []string          // conditions that hang on the program, or on what the reader does
	colours []string          // those of them that change colours
}

// applied is a declaration that is said of an element.
type applied struct {
	declaration
	source  source
	weight  int // of its selector
	order   int
	media   []string // queries about the screen that must hold
	foreign string   // what else must be the case
	drawn   string   // the part of the element that it is said of, such as before; or ""
}

// source is where a declaration stands. Later ones outdo those before.
type source int

const (
	byElement source = iota // what browsers say of an element
	byAttribute
	bySheet
	byStyle
)

// outdoes orders declarations of one property by which of them holds (CSS
// Cascading §6.1).
func outdoes(a, b applied) int {
	strength := func(d applied) int {
		if d.important {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(strength(a), strength(b)), cmp.Compare(a.source, b.source),
		cmp.Compare(a.weight, b.weight), cmp.Compare(a.order, b.order))
}

// read parses a mail, as Outlook reads it or as all others do.
func read(markup string, outlook bool) (*document, error) {
	root, err := html.ParseWithOptions(strings.NewReader(markup), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, fmt.Errorf("read the markup of a mail: %w", err)
	}
	d := &document{root: root, matched: map[*html.Node][]applied{}, written: map[string]string{}, quirks: true, outlook: outlook}
	for n := range root.Descendants() {
		switch {
		case n.Type == html.DoctypeNode:
			d.quirks = false
		case n.DataAtom == atom.Style && n.FirstChild != nil:
			var media []string
			if query := attr(n, "media"); query != "" {
				media = []string{query}
			}
			d.sheet.read(comments.ReplaceAllString(n.FirstChild.Data, ""), media)
		case n.DataAtom == atom.Input: // only MJML's own may stand in a mail
			d.folds = true
		case n.DataAtom == atom.Meta && strings.EqualFold(attr(n, "name"), "color-scheme"):
			d.dark = d.dark || strings.Contains(strings.ToLower(attr(n, "content")), "dark")
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			d.match(n)
		}
	}
	slices.Sort(d.widths)
	d.widths = slices.Compact(d.widths)
	return d, nil
}

// match finds what is said of an element.
func (d *document) match(n *html.Node) {
	said := presented(n)
	names := namesOf(n)
	for i := range d.sheet.rules {
		r := &d.sheet.rules[i]
		if !r.selector.parts[0].isNamed(n, names) {
			continue
		}
		foreign, ok := r.selector.matches(n)
		if !ok {
			continue
		}
		foreign = together(foreign)
		media, rest, never := d.screen(r.media)
		if never {
			continue
		}
		written := r.text
		if rest != "" {
			foreign, written = foreign+" @media "+rest, rest
		}
		if d.written[foreign] == "" {
			d.written[foreign] = written
		}
		for _, one := range longhands(r.said) {
			said = append(said, applied{one, bySheet, r.selector.weight, r.order, media, foreign, r.selector.drawn})
			if r.selector.drawn != "" || d.folds && foldOf.MatchString(r.text) { // approvers are shown these open
				continue
			}
			if foreign != "" && !slices.Contains(d.foreign, foreign) {
				d.foreign = append(d.foreign, foreign)
			}
			if isColour := strings.HasPrefix(one.name, "color") || strings.HasPrefix(one.name, "background-"); foreign != "" && isColour &&
				!slices.Contains(d.colours, foreign) {
				d.colours = append(d.colours, foreign)
			}
		}
	}
	for i, one := range longhands(declarations(attr(n, "style"))) {
		said = append(said, applied{declaration: one, source: byStyle, order: i})
	}
	if !d.outlook {
		said = slices.DeleteFunc(said, func(a applied) bool { return strings.HasPrefix(a.name, "mso-") })
	}
	for _, one := range said {
		d.dark = d.dark || strings.HasSuffix(one.name, "color-scheme") && strings.Contains(one.value, "dark")
	}
	d.matched[n] = said
}

// together returns one name for conditions that come true together: dark in
// Outlook.com, and what a pointer or a keyboard does.
func together(condition string) string {
	switch {
	case strings.Contains(condition, "[data-og"):
		return "[data-ogsc]"
	case strings.Contains(condition, ":hover"), strings.Contains(condition, ":active"), strings.Contains(condition, ":focus"):
		return ":hover"
	}
	return condition
}

var (
	featureOf = regexp.MustCompile(`^\( ?(min|max)-(?:device-)?width ?: ?([0-9.]+)(px|em|rem) ?\)$`)
	shadeOf   = regexp.MustCompile(`^\( ?prefers-color-scheme ?: ?(dark|light) ?\)$`)
	typeOf    = regexp.MustCompile(`^(only )?(screen|all|handheld)$`)
	andOf     = regexp.MustCompile(`\s+and\s+`)
)

// screen sorts out media queries: those about the screen's width and colours,
// whatever else they ask, and whether that is never so of a screen.
func (d *document) screen(queries []string) (media []string, rest string, never bool) {
	for _, raw := range queries {
		query := strings.Join(strings.Fields(strings.ToLower(raw)), " ")
		known := true
		all := true
		for alternative := range strings.SplitSeq(query, ",") {
			alternative = strings.TrimSpace(alternative)
			all = all && (alternative == "print" || alternative == "speech" || alternative == "not all")
			for _, term := range andOf.Split(alternative, -1) {
				known = known && (typeOf.MatchString(term) || term == "print" || featureOf.MatchString(term) || shadeOf.MatchString(term))
			}
		}
		switch {
		case all:
			return nil, "", true
		case !known:
			rest += raw
		default:
			d.written[query] = raw
			media = append(media, query)
			d.note(query)
		}
	}
	return media, rest, false
}

// note takes in for which screens something may be otherwise.
func (d *document) note(query string) {
	for alternative := range strings.SplitSeq(query, ",") {
		for _, term := range andOf.Split(strings.TrimSpace(alternative), -1) {
			if found := featureOf.FindStringSubmatch(term); found != nil {
				n, _ := pixels(found[2] + found[3])
				d.widths = append(d.widths, int(n)-1, int(n), int(n)+1)
			}
			d.shades = d.shades || shadeOf.MatchString(term)
		}
	}
}

// reading is how a mail is read.
type reading struct {
	sheets  bool // style sheets count
	media   bool // and what stands in @media
	width   int
	dark    bool
	foreign []string
}

// holds reports whether a media query does.
func (r *reading) holds(query string) bool {
	return slices.ContainsFunc(strings.Split(query, ","), func(alternative string) bool {
		return !slices.ContainsFunc(andOf.Split(strings.TrimSpace(alternative), -1), func(term string) bool {
			if found := featureOf.FindStringSubmatch(term); found != nil {
				n, _ := pixels(found[2] + found[3])
				return found[1] == "min" && float64(r.width) < n || found[1] == "max" && float64(r.width) > n
			}
			if found := shadeOf.FindStringSubmatch(term); found != nil {
				return r.dark != (found[1] == "dark")
			}
			return term == "print"
		})
	})
}

// said reports whether a declaration counts in the reading.
func (r *reading) said(a *applied) bool {
	if a.source != bySheet {
		return true
	}
	if !r.sheets || len(a.media) > 0 && !r.media || a.foreign != "" && !slices.Contains(r.foreign, a.foreign) {
		return false
	}
	return !slices.ContainsFunc(a.media, func(query string) bool { return !r.holds(query) })
}

// styleOf returns what holds of an element in a reading, by property.
func (d *document) styleOf(n *html.Node, r *reading) map[string]applied {
	if len(d.matched[n]) == 0 {
		return nil
	}
	style := map[string]applied{}
	for i := range d.matched[n] {
		a := &d.matched[n][i]
		if a.drawn != "" || !r.said(a) {
			continue
		}
		if known, ok := style[a.name]; !ok || outdoes(*a, known) >= 0 {
			style[a.name] = *a
		}
	}
	return style
}
