package visible

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var fontOf = regexp.MustCompile(`^(?:(?:normal|italic|oblique|small-caps|bold|bolder|lighter|[1-9]00) )*([0-9.]+[a-z%]+|` +
	`xx-small|x-small|small|medium|large|x-large|xx-large|smaller|larger)(?: ?/ ?([0-9.]+[a-z%]*|normal))? (.+)$`)

// longhands returns declarations with those that say several things at once
// taken apart.
func longhands(said []declaration) []declaration {
	var apart []declaration
	for _, d := range said {
		part := func(name, value string) { apart = append(apart, declaration{name, value, d.important, d.raw}) }
		switch d.name {
		case "margin", "padding":
			values := strings.Fields(d.value)
			if len(values) == 0 || len(values) > 4 {
				part(d.name, d.value)
				continue
			}
			for i, side := range []string{"-top", "-right", "-bottom", "-left"} {
				at := i
				for at >= len(values) { // CSS Box §3.3: what isn't given is as its opposite
					at = max(at-2, 0)
				}
				part(d.name+side, values[at])
			}
		case "background":
			shade := "transparent"
			for _, word := range strings.Fields(callOf.ReplaceAllStringFunc(d.value, func(c string) string {
				return strings.ReplaceAll(c, " ", "")
			})) {
				if _, _, ok := colorOf(word); ok || inherited(word) {
					shade = word
				}
			}
			picture := "none"
			if bare := callOf.ReplaceAllString(d.value, ""); strings.Contains(bare, "(") {
				picture = d.value
			}
			part("background-color", shade)
			part("background-image", picture)
		case "font":
			found := fontOf.FindStringSubmatch(d.value)
			switch {
			case inherited(d.value):
				part("font-size", d.value)
				part("line-height", d.value)
			case found == nil:
				part(d.name, d.value)
			default:
				part("font-size", found[1])
				part("line-height", max(found[2], "normal"))
				if found[2] != "" {
					part("line-height", found[2])
				}
				part("font-family", found[3])
			}
		default:
			part(d.name, d.value)
		}
	}
	return apart
}

// ofElements are letters and lines as browsers draw elements.
var ofElements = map[atom.Atom]string{
	atom.Small: "0.83em", atom.Sub: "0.83em", atom.Sup: "0.83em", atom.Big: "1.2em",
	atom.H1: "2em", atom.H2: "1.5em", atom.H3: "1.17em",
	atom.H5: "0.83em", atom.H6: "0.67em",
	atom.Code: "0.81em", atom.Pre: "0.81em", atom.Tt: "0.81em", atom.Kbd: "0.81em", atom.Samp: "0.81em",
}

// indentsOf are the sides at which browsers indent elements, by indentOfElements.
var indentsOf = map[atom.Atom][]string{
	atom.Ul: {"padding-left"}, atom.Ol: {"padding-left"}, atom.Menu: {"padding-left"}, atom.Dir: {"padding-left"},
	atom.Dd: {"margin-left"}, atom.Blockquote: {"margin-left", "margin-right"}, atom.Figure: {"margin-left", "margin-right"},
}

const indentOfElements = "40px" // HTML §15.3

// ofFonts are the sizes of <font size>.
var ofFonts = map[string]string{
	"1": "10px", "2": "13px", "3": "16px", "4": "18px", "5": "24px", "6": "32px", "7": "48px", "+1": "18px", "+2": "24px", "-1": "13px",
}

// presented returns what an element and its attributes say of how it looks.
func presented(n *html.Node) []applied {
	var said []applied
	add := func(from source, name, value, raw string) {
		said = append(said, applied{declaration: declaration{name: name, value: strings.TrimSpace(value), raw: raw}, source: from})
	}
	if size := ofElements[n.DataAtom]; size != "" {
		add(byElement, "font-size", size, "<"+n.Data+">")
	}
	for _, side := range indentsOf[n.DataAtom] {
		add(byElement, side, indentOfElements, "<"+n.Data+">")
	}
	for _, a := range n.Attr {
		raw := a.Key + `="` + a.Val + `"`
		value := strings.ToLower(strings.TrimSpace(a.Val))
		if _, drawn := drawnBy[a.Key]; drawn && marks.MatchString(value) {
			add(byAttribute, "if", value, a.Key) // it may be anything
			continue
		}
		switch name := drawnBy[a.Key]; {
		case a.Key == "size":
			if n.DataAtom == atom.Font {
				add(byAttribute, name, ofFonts[value], raw)
			}
		case a.Key == "width" || a.Key == "height":
			if _, err := strconv.ParseFloat(value, 64); err == nil {
				value += "px"
			}
			if value != "0px" || n.DataAtom != atom.Td && n.DataAtom != atom.Th { // cells are as large as what they hold
				add(byAttribute, name, value, raw)
			}
		case a.Key == "background":
			add(byAttribute, name, "url()", raw)
		case a.Key == "bgcolor" || a.Key == "color" || a.Key == "text":
			if hexDigits.MatchString(value) {
				value = "#" + value
			}
			add(byAttribute, name, value, raw)
		case a.Key == "hidden", a.Key == "popover":
			add(byAttribute, "display", "none", a.Key)
		case a.Key == "nowrap":
			add(byAttribute, name, "nowrap", a.Key)
		case a.Key == "inert", a.Key == "aria-hidden" && value == "true":
			add(byAttribute, "if", a.Key, raw)
		case name != "" && a.Key != "style":
			add(byAttribute, name, value, raw)
		}
	}
	return said
}

var hexDigits = regexp.MustCompile(`^[0-9a-f]{6}$`)

// drawnBy are the properties that attributes stand for.
var drawnBy = map[string]string{
	"width": "width", "height": "height", "bgcolor": "background-color", "background": "background-image", "color": "color",
	"text": "color", "size": "font-size", "face": "font-family", "hidden": "display", "nowrap": "white-space", "hspace": "margin-left",
	"vspace": "margin-top", "style": "style",
	"leftmargin": "margin-left", "topmargin": "margin-top", "marginheight": "margin-top", "marginwidth": "margin-left",
}

// lawfulElements may stand around the imprint and the link to unsubscribe.
var lawfulElements = strings.Fields(`html body div table tbody thead tfoot tr td th p span a b strong i em u font center h1 h2 h3 h4 h5 h6 br ul ol li
	dl dt dd section article aside footer header main nav small big address blockquote sub sup abbr cite code pre tt kbd q time wbr hr caption label
	ins mark var samp figure figcaption hgroup search unsubscribe webversion o:p`)

// unseenElements are never drawn, or only when a reader does something.
var unseenElements = []atom.Atom{
	atom.Head, atom.Style, atom.Script, atom.Title, atom.Template, atom.Noscript, atom.Iframe, atom.Object,
	atom.Select, atom.Textarea, atom.Details, atom.Dialog, atom.Video, atom.Audio, atom.Canvas, atom.Svg,
}

// sorted returns the properties of a style in an order that stays.
func sorted(style map[string]applied) []applied {
	var all []applied
	for _, name := range slices.Sorted(maps.Keys(style)) {
		all = append(all, style[name])
	}
	return all
}
