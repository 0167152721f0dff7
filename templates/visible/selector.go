package visible

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/templates/lang"
)

// selector is one selector of a style sheet, its last part first.
type selector struct {
	parts  []compound
	weight int    // its specificity
	drawn  string // the element that it makes: before, after, or what can't be read
}

// compound is a part of a selector that is about one element.
type compound struct {
	tag       string
	names     []string // .class and #id
	condition string   // the rest of it, which hangs on the program or on what the reader does
	joint     byte     // how the part to its left is found: ' ', '>', '+', '~'
}

var (
	compoundOf = regexp.MustCompile(`^(\*|[a-z][a-z0-9:-]*)?((?:[.#][\w-]+|\[[^\]]*\]|::?[a-z-]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?)*)$`)
	simpleOf   = regexp.MustCompile(`[.#][\w-]+|\[[^\]]*\]|::?[a-zA-Z-]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?`)
	jointOf    = regexp.MustCompile(`\s*([>+~])\s*|\s+`)
)

// selectorOf reads a selector. One that it doesn't understand matches
// everything, in some programs.
func selectorOf(text string) selector {
	var s selector
	joint := byte(' ')
	for text != "" {
		n := len(text)
		at := nextJoint(text)
		if at != nil {
			n = at[0]
		}
		c := readCompound(text[:n], &s)
		c.joint, joint = joint, ' '
		if at != nil {
			if found := strings.TrimSpace(text[at[0]:at[1]]); found != "" {
				joint = found[0]
			}
			n = at[1]
		}
		s.parts = append(s.parts, c)
		text = text[n:]
	}
	slices.Reverse(s.parts)
	return s
}

// nextJoint returns where the next joint of a selector stands, or nil.
func nextJoint(text string) []int {
	for _, at := range jointOf.FindAllStringIndex(text, -1) {
		before := quoted.ReplaceAllString(text[:at[0]], "")
		closed := strings.Count(before, "[") == strings.Count(before, "]") && strings.Count(before, "(") == strings.Count(before, ")")
		if at[0] > 0 && closed {
			return at
		}
	}
	return nil
}

// readCompound reads a part of a selector, and what it adds to the whole.
func readCompound(text string, whole *selector) compound {
	found := compoundOf.FindStringSubmatch(strings.ToLower(text))
	if found == nil {
		return compound{condition: text}
	}
	c := compound{tag: strings.TrimPrefix(found[1], "*")}
	if c.tag != "" {
		whole.weight++
	}
	for _, simple := range simpleOf.FindAllString(text[len(found[1]):], -1) {
		lower := strings.ToLower(simple)
		switch {
		case simple[0] == '#':
			c.names, whole.weight = append(c.names, simple), whole.weight+10_000
		case simple[0] == '.':
			c.names, whole.weight = append(c.names, simple), whole.weight+100
		case strings.HasPrefix(lower, "::"), lower == ":before", lower == ":after":
			whole.drawn = strings.TrimLeft(lower, ":")
		case lower == ":root":
			c.tag, whole.weight = "html", whole.weight+100
		default:
			c.condition, whole.weight = c.condition+simple, whole.weight+100
		}
	}
	return c
}

// matches reports whether the selector may match an element, and under which
// condition beyond what stands in the document: "" none. Programs put a mail
// within elements of their own, which may be anything.
func (s *selector) matches(n *html.Node) (condition string, ok bool) {
	if !s.parts[0].matches(n) {
		return "", false
	}
	switch {
	case s.sure(n, 0):
		return "", true
	case s.possible(n, 0):
		return s.text(), true
	}
	return "", false
}

// text returns what tells the selector's condition from others.
func (s *selector) text() string {
	var b strings.Builder
	for _, p := range s.parts {
		b.WriteString(p.tag + strings.Join(p.names, "") + p.condition + string(p.joint))
	}
	return b.String()
}

// sure reports whether the parts from i on match n and what stands around it,
// whatever the program.
func (s *selector) sure(n *html.Node, i int) bool {
	return s.parts[i].certain(n) && s.leads(n, i, s.sure, true)
}

// possible reports whether they match in some program.
func (s *selector) possible(n *html.Node, i int) bool {
	return s.parts[i].matches(n) && s.leads(n, i, s.possible, false)
}

// leads reports whether from n there is an element on which the next part holds.
// Outside of the document some may be.
func (s *selector) leads(n *html.Node, i int, holds func(*html.Node, int) bool, sure bool) bool {
	if i+1 == len(s.parts) {
		return true
	}
	outside := !sure && !slices.ContainsFunc(s.parts[i+1:], compound.isOurs)
	switch s.parts[i].joint {
	case '>':
		parent := n.Parent
		if isOutside(parent) || parent.DataAtom == atom.Body {
			return outside || !isOutside(parent) && holds(parent, i+1)
		}
		return holds(parent, i+1)
	case '+', '~':
		if sure {
			return false // an if may take a neighbour away
		}
		if outside && (n.DataAtom == atom.Body || n.DataAtom == atom.Html || n.Parent.DataAtom == atom.Body) {
			return true // programs put elements beside it
		}
		for p := n.PrevSibling; p != nil; p = p.PrevSibling {
			if p.Type == html.ElementNode && holds(p, i+1) {
				return true
			}
		}
		return false
	}
	for p := n.Parent; !isOutside(p); p = p.Parent {
		if holds(p, i+1) {
			return true
		}
	}
	return outside
}

func isOutside(n *html.Node) bool { return n == nil || n.Type != html.ElementNode }

// matches reports whether the part may be about an element.
func (c *compound) matches(n *html.Node) bool {
	return c.isNamed(n, namesOf(n))
}

// isNamed is matches for an element of those names.
func (c *compound) isNamed(n *html.Node, have []string) bool {
	if c.tag != "" && c.tag != n.Data {
		return false
	}
	return !slices.ContainsFunc(c.names, func(name string) bool {
		return !slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, name) })
	})
}

// certain reports whether the part is about an element whichever way ifs go, in
// every program.
func (c *compound) certain(n *html.Node) bool {
	if c.condition != "" || !c.matches(n) {
		return false
	}
	have := namesOf(n)
	return len(c.names) == 0 || !marks.MatchString(attr(n, "class")+attr(n, "id")) &&
		!slices.ContainsFunc(c.names, func(name string) bool { return !slices.Contains(have, name) })
}

var marks = regexp.MustCompile(lang.MarkPattern)

// namesOf returns the classes and the id that an element may have.
func namesOf(n *html.Node) []string {
	var have []string
	for name := range strings.FieldsSeq(marks.ReplaceAllString(attr(n, "class"), " ")) {
		have = append(have, "."+name)
	}
	for name := range strings.FieldsSeq(marks.ReplaceAllString(attr(n, "id"), " ")) {
		have = append(have, "#"+name)
	}
	return have
}

// ofPrograms are names of elements that programs put around mails. Those that
// aren't here prefix the names in mails, so that these can't name what is theirs.
var ofPrograms = []string{
	".externalclass", ".readmsgbody", "#messageviewbody", "#messagewebviewdiv", ".moz-text-html", ".moz-text-plain", "#outlook",
	".yshortcuts", ".msgbody", ".mail-message", ".gmail_quote", ".gmail_default", ".elementtoproof", ".rps_body", "#message-body",
}

// isOurs reports whether the part has names that no program has around a mail.
func (c compound) isOurs() bool {
	return slices.ContainsFunc(c.names, func(name string) bool { return !slices.Contains(ofPrograms, strings.ToLower(name)) })
}
