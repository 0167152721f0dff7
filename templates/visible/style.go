package visible

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/templates/lang"
)

// look is how text at some place of a document looks.
type look struct {
	gone       bool // it isn't shown at all
	tiny       bool // its letters have no size
	color      string
	background string
}

func (l look) hidden() bool {
	return l.gone || l.tiny || l.color == "transparent" || l.color != "" && l.color == l.background
}

// within returns how text within an element looks.
func (l look) within(n *html.Node, rules []rule) look {
	for _, a := range n.Attr {
		value := a.Val
		if _, mark, _ := lang.CutMark(value); mark >= 0 && slices.Contains([]string{"width", "height", "bgcolor", "color"}, a.Key) {
			l.gone = true // an if may bring any value
		}
		switch a.Key {
		case "hidden":
			l.gone = true
		case "width", "height":
			l.gone = l.gone || isNothing(value) && n.DataAtom != atom.Td && n.DataAtom != atom.Th
		case "bgcolor":
			l.background = colorOf(value)
		case "color":
			l.color = colorOf(value)
		}
	}
	l = l.styled(attr(n, "style"))
	l.gone = l.gone || slices.ContainsFunc(rules, func(r rule) bool { return r.matches(n) })
	return l
}

// styled returns the look under a style.
func (l look) styled(style string) look {
	said := declarations(style)
	l.gone = l.gone || hides(said)
	if size, ok := said["font-size"]; ok {
		l.tiny = isNothing(size)
	}
	for _, name := range []string{"background", "background-color"} {
		if c := colorOf(said[name]); c != "" {
			l.background = c
		}
	}
	if c := colorOf(said["color"]); c != "" {
		l.color = c
	}
	return l
}

// declarations returns what a style says, in lower case.
func declarations(style string) map[string]string {
	said := map[string]string{}
	for part := range strings.SplitSeq(strings.ToLower(comments.ReplaceAllString(style, "")), ";") {
		name, value, _ := strings.Cut(part, ":")
		said[strings.TrimSpace(name)] = strings.TrimSpace(strings.ReplaceAll(value, "!important", ""))
	}
	return said
}

var comments = regexp.MustCompile(`(?s)/\*.*?\*/`)

// hides reports whether declarations take an element out of sight.
func hides(said map[string]string) bool {
	cut := strings.HasPrefix(said["overflow"], "hidden")
	away := func(name string) bool { return strings.HasPrefix(said[name], "-") && far(said[name]) }
	switch {
	case said["display"] == "none", said["visibility"] == "hidden", said["visibility"] == "collapse", said["mso-hide"] == "all":
		return true
	case isFaint(said["opacity"]), strings.Contains(said["transform"], "scale(0"):
		return true
	case cut && (isNothing(said["height"]) || isNothing(said["max-height"]) || isNothing(said["width"]) || isNothing(said["max-width"])):
		return true
	case said["clip"] != "" && said["clip"] != "auto", said["clip-path"] != "" && said["clip-path"] != "none":
		return true
	}
	return away("left") || away("top") || away("right") || away("text-indent") || away("margin-left") || away("margin-top")
}

// far reports whether a length, such as -9999px, leads out of sight.
func far(length string) bool {
	number := strings.TrimRight(length, "abcdefghijklmnopqrstuvwxyz%")
	n, err := strconv.ParseFloat(number, 64)
	return err == nil && (n <= -200 || !strings.HasSuffix(length, "px") && n <= -20)
}

var lengthOf = regexp.MustCompile(`^([+-]?[0-9]*\.?[0-9]+)([a-z%]*)$`)

// isNothing reports whether a length is none, or as good as none.
func isNothing(length string) bool {
	found := lengthOf.FindStringSubmatch(strings.TrimSpace(length))
	if found == nil {
		return false
	}
	n, err := strconv.ParseFloat(found[1], 64)
	least := map[string]float64{"em": 0.1, "rem": 0.1, "ex": 0.1, "ch": 0.1}
	most, relative := least[found[2]]
	if !relative {
		most = 1
	}
	return err == nil && n <= most
}

// isFaint reports whether an opacity lets nothing be seen.
func isFaint(opacity string) bool {
	n, err := strconv.ParseFloat(strings.TrimSuffix(opacity, "%"), 64)
	return err == nil && (n <= 0.1 || strings.HasSuffix(opacity, "%") && n <= 10)
}

// colorOf returns a color in one way of writing it, or "".
func colorOf(value string) string {
	value, _, _ = strings.Cut(strings.TrimSpace(strings.ToLower(value)), " ")
	switch {
	case value == "white":
		return "#ffffff"
	case value == "black":
		return "#000000"
	case len(value) == 4 && value[0] == '#':
		return "#" + strings.Repeat(value[1:2], 2) + strings.Repeat(value[2:3], 2) + strings.Repeat(value[3:4], 2)
	case len(value) == 7 && value[0] == '#', value == "transparent":
		return value
	case value == "inherit", strings.ContainsAny(value, "/:("):
		return ""
	}
	return value
}

// rule is a selector of a style sheet that hides what it matches: the last part
// of it, since what stands around doesn't matter to us. On some screens only is
// hidden, too.
type rule struct {
	tag   string
	names []string // .class and #id
}

var (
	ruleOf     = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	selectorOf = regexp.MustCompile(`[.#][A-Za-z0-9_-]+`)
	marks      = regexp.MustCompile(lang.MarkPattern)
	tagOf      = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]*|\*)`)
)

// rulesOf returns the rules of a document's style sheets that hide something.
func rulesOf(root *html.Node) []rule {
	var rules []rule
	for n := range root.Descendants() {
		if n.DataAtom != atom.Style || n.FirstChild == nil {
			continue
		}
		for _, found := range ruleOf.FindAllStringSubmatch(comments.ReplaceAllString(n.FirstChild.Data, ""), -1) {
			if l := (look{}).styled(found[2]); !l.hidden() {
				continue
			}
			for selector := range strings.SplitSeq(found[1], ",") {
				parts := strings.FieldsFunc(selector, func(r rune) bool { return strings.ContainsRune(" \t\r\n>+~", r) })
				if len(parts) == 0 {
					continue
				}
				last, _, _ := strings.Cut(parts[len(parts)-1], ":")
				rules = append(rules, rule{strings.ToLower(tagOf.FindString(last)), selectorOf.FindAllString(last, -1)})
			}
		}
	}
	return rules
}

func (r rule) matches(n *html.Node) bool {
	if r.tag != "" && r.tag != "*" && r.tag != n.Data {
		return false
	}
	if r.tag == "" && len(r.names) == 0 {
		return true // a selector that we don't understand might match anything
	}
	var have []string
	for c := range strings.FieldsSeq(marks.ReplaceAllString(attr(n, "class"), " ")) {
		have = append(have, "."+c)
	}
	for id := range strings.FieldsSeq(marks.ReplaceAllString(attr(n, "id"), " ")) {
		have = append(have, "#"+id)
	}
	return !slices.ContainsFunc(r.names, func(name string) bool { return !slices.Contains(have, name) })
}
