package templates

import (
	"context"
	"crypto/sha256"
	"regexp"
	"strings"

	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/markup"
)

// mjmlElement matches an MJML tag, a comment or a mark.
var mjmlElement = regexp.MustCompile(`(?s)<!--.*?-->|<(/?)(mj[a-z-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(/?)>|` +
	lang.MarkPattern)

var inputTag = regexp.MustCompile(`(?i)<input`)

// isSwitch reports whether an element is a box that one of MJML's elements opens
// by. Programs that drop it show what it would hide.
func isSwitch(name string, list []markup.Attribute) bool {
	said := map[string]string{}
	for _, a := range list {
		said[a.Name] = a.Value
	}
	return name == "input" && strings.HasPrefix(said["class"], "mj-") && (said["type"] == "checkbox" || said["type"] == "radio")
}

// unfolded opens what MJML's accordions, carousels and menus hide until somebody
// clicks, by more classes than their own rules name.
const unfolded = `<style>.mj-accordion-content.mj-accordion-content,.mj-inline-links.mj-inline-links.mj-inline-links,` +
	`.mj-carousel-image.mj-carousel-image.mj-carousel-image.mj-carousel-image.mj-carousel-image` +
	`{display:block!important;max-height:none!important;visibility:visible!important}</style>`

// opened returns a mail as approvers are shown it, with nothing folded.
func opened(markup string) string {
	if !strings.Contains(markup, `<input class="mj-`) && !strings.Contains(markup, `class="mj-menu-checkbox"`) &&
		!strings.Contains(markup, "mj-carousel-radio") {
		return markup
	}
	return strings.Replace(markup, "</head>", unfolded+"</head>", 1)
}

// sheet matches what holds signs of its own: style sheets and comments.
var sheet = regexp.MustCompile(`(?is)<mj-style.*?</mj-style>|<style.*?</style>|<!--.*?-->`)

// blank returns spaces for a text, so that what follows stays where it is.
func blank(text string) string { return strings.Repeat(" ", len(text)) }

// toHTML converts the fragment from MJML. Afterwards lines mean nothing, but
// its tags still know where they stood.
func (c *Compiler) toHTML(ctx context.Context, s *scanner, f *fragment) error {
	f.spelling(s.report, sheet.ReplaceAllStringFunc(f.Text, blank), 0)
	f.spelt = true
	f.opens = !inputTag.MatchString(f.Text)
	source := s.wrapMarks(f)
	if s.report.Failed() {
		return s.report.Err()
	}
	out, err := c.convert(ctx, source)
	if err != nil {
		return err
	}
	for _, fault := range out.faults {
		if s.report.Closed() {
			break
		}
		s.report.Block(f.linePosition(fault.Line), "mjml", "input.verbatim", "text", fault.Message)
	}
	f.Replace(out.markup)
	return nil
}

// linePosition returns where a line that MJML speaks of was written, counted
// from 1.
func (f *fragment) linePosition(line int) lang.Position {
	offset := 0
	for ; line > 1; line-- {
		offset += strings.IndexByte(f.Text[offset:], '\n') + 1
	}
	at := f.Position(offset)
	at.Column = 1
	return at
}

// convert has MJML make HTML of a source, or remembers what it made of it.
func (c *Compiler) convert(ctx context.Context, source string) (converted, error) {
	k := key(sha256.Sum256([]byte(source)))
	if known, ok := c.conversions.get(k); ok {
		return known, nil
	}
	markup, faults, err := c.mjml.Convert(ctx, source)
	if err != nil {
		return converted{}, err
	}
	out := converted{markup, faults}
	c.conversions.put(k, out)
	return out, nil
}

// wrapMarks puts marks that stand between MJML elements into elements that
// carry them, since MJML drops loose text there.
func (s *scanner) wrapMarks(f *fragment) string {
	var b strings.Builder
	var open []string
	done := 0
	for _, m := range mjmlElement.FindAllStringSubmatchIndex(f.Text, -1) {
		b.WriteString(f.Text[done:m[0]])
		done = m[1]
		whole := f.Text[m[0]:m[1]]
		switch {
		case m[4] >= 0: // an MJML tag
			name := f.Text[m[4]:m[5]]
			if f.Text[m[2]:m[3]] == "/" {
				open = closeElement(open, name)
			} else {
				s.lintMJML(f, name, f.Text[m[6]:m[7]], m[0])
				if f.Text[m[8]:m[9]] == "" {
					open = append(open, name)
				}
			}
			b.WriteString(s.withStatics(f, whole))
		case strings.HasPrefix(whole, "<!--"):
			b.WriteString(whole)
		default:
			_, n, _ := lang.CutMark(whole)
			b.WriteString(s.wrapped(f, n, open))
		}
	}
	b.WriteString(f.Text[done:])
	return b.String()
}

// withStatics writes out the values in an element's attributes that are the
// same for all members, since MJML checks colours and sizes. Addresses wait,
// because their parts are escaped by their place.
func (s *scanner) withStatics(f *fragment, element string) string {
	var b strings.Builder
	done := 0
	for _, a := range markup.Attributes(element) {
		if markup.IsAddress(a.Name) {
			continue
		}
		b.WriteString(element[done:a.Start])
		value := a.Value
		if text, fixed := fixedAddress(f, value); fixed {
			value = text
		}
		b.WriteString(value)
		done = a.End
	}
	b.WriteString(element[done:])
	return b.String()
}

// closeElement closes name and what was left open in it.
func closeElement(open []string, name string) []string {
	for i := len(open) - 1; i >= 0; i-- {
		if open[i] == name {
			return open[:i]
		}
	}
	return open
}

// wrapped returns the mark of tag n as MJML that fits inside the element that
// is open.
func (s *scanner) wrapped(f *fragment, n int, open []string) string {
	parent := ""
	if len(open) > 0 {
		parent = open[len(open)-1]
	}
	switch parent {
	case "mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero":
		switch {
		case f.Tag(n).StandsAnywhere():
			return "<mj-raw>" + lang.MarkOf(n) + "</mj-raw>"
		case parent == "mj-column" || parent == "mj-hero":
			return `<mj-text padding="0">` + lang.MarkOf(n) + "</mj-text>"
		case parent == "mj-body" || parent == "mj-wrapper":
			return `<mj-section padding="0"><mj-column padding="0"><mj-text padding="0">` + lang.MarkOf(n) + "</mj-text></mj-column></mj-section>"
		}
	case "", "mjml", "mj-head", "mj-attributes":
	default:
		return lang.MarkOf(n)
	}
	s.report.Fail(f.TagPosition(n), "tag_in_mjml", "templates.tag_outside_column")
	return ""
}

// lintMJML finds what can't be seen any more in the HTML.
func (s *scanner) lintMJML(f *fragment, name, attributes string, offset int) {
	switch name {
	case "mj-include": // what could be followed is in its place
		s.report.Fail(f.Position(offset), "mjml_include", "templates.include_form")
	case "mj-image":
		if !strings.Contains(attributes, "alt=") {
			lint.MissingAlt(s.report, f.Position(offset))
		}
	}
}
