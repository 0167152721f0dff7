package templates

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// attribute is one attribute of a start tag, as offsets into its raw text.
type attribute struct {
	name       string // in lower case
	start, end int    // of the value, without its quotes
	quoted     bool
}

func tagName(s string) string {
	i := strings.IndexAny(s, " \t\n\f/>")
	if i < 0 {
		i = len(s)
	}
	return strings.ToLower(s[:i])
}

// attributes finds the attributes in a raw start tag, as HTML §13.2.5 reads it.
func attributes(raw string) []attribute {
	var list []attribute
	const space = " \t\n\f"
	i := 1 + len(tagName(raw[1:]))
	for i < len(raw) && raw[i] != '>' {
		if strings.IndexByte(space+"/", raw[i]) >= 0 {
			i++
			continue
		}
		n := 1 + strings.IndexAny(raw[i+1:], space+"/>=")
		if n == 0 {
			n = len(raw) - i
		}
		a := attribute{name: strings.ToLower(raw[i : i+n])}
		i += n
		after := i + span(raw[i:], isSpace)
		if after >= len(raw) || raw[after] != '=' {
			a.start, a.end = i, i
			list = append(list, a)
			continue
		}
		i = after + 1
		i += span(raw[i:], isSpace)
		if i < len(raw) && (raw[i] == '"' || raw[i] == '\'') {
			end := strings.IndexByte(raw[i+1:], raw[i])
			if end < 0 {
				return list
			}
			a.start, a.end, a.quoted = i+1, i+1+end, true
			i = a.end + 1
		} else {
			n := strings.IndexAny(raw[i:], space+">")
			if n < 0 {
				n = len(raw) - i
			}
			a.start, a.end = i, i+n
			i += n
		}
		list = append(list, a)
	}
	return list
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' }

// startTag adds an element's start tag, with its values escaped and its link
// counted.
func (s *scanner) startTag(f *fragment, raw string, offset int) {
	name := tagName(raw[1:])
	list := attributes(raw)
	s.lintElement(f, name, raw, list, offset)
	done := 0
	for _, a := range list {
		value := raw[a.start:a.end]
		isLink := a.name == "href" && (name == "a" || name == "area" || strings.HasPrefix(name, "v:"))
		if !isLink && !strings.ContainsRune(value, markOpen) {
			continue
		}
		before := raw[done:a.start]
		s.refuseMarks(f, before)
		s.add(before)
		if !a.quoted {
			s.refuseUnquoted(f, value)
			s.add(`"`)
		}
		if isLink {
			s.link(f, value, offset+a.start, isUncounted(list, f.text[min(offset+len(raw), len(f.text)):]))
		} else {
			s.attribute(f, a.name, value)
		}
		if !a.quoted {
			s.add(`"`)
		}
		done = a.end
	}
	s.refuseMarks(f, raw[done:])
	s.add(raw[done:])
	switch name {
	case "style", "script", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext":
		f.raw = name
	case "body":
		if !s.comment {
			s.pieces = append(s.pieces, piece{kind: pieceTop})
		}
	}
}

// refuseUnquoted refuses tags in a value without quotes, where a space in a
// member's name would begin a new attribute.
func (s *scanner) refuseUnquoted(f *fragment, value string) {
	if _, n, _ := cutMark(value); n >= 0 {
		s.report.fail(f.tags[n].at, "unquoted", "put quotes around the value of the attribute")
	}
}

// attribute adds a value that holds tags.
func (s *scanner) attribute(f *fragment, name, value string) {
	switch {
	case isAddress(name):
		s.address(f, value)
		return
	case strings.HasPrefix(name, "on"):
		s.refuseMarks(f, value)
		return
	}
	place := s.newPlace()
	for value != "" {
		before, n, after := cutMark(value)
		s.add(before)
		if n < 0 {
			return
		}
		at := f.tags[n].at
		switch node := s.node(f, n); {
		case node.kind == nodePlacements:
			s.report.fail(at, "placement_in_attribute", "placements can't stand in an attribute")
		case name == "style":
			s.styleValue(node, at)
		case node.kind == nodeValue:
			s.addValue(node.value, at, escapeAttribute, place)
		default:
			s.control(node, at, escapeAttribute, place)
		}
		value = after
	}
}

// isAddress reports whether the attribute holds an address that is fetched or
// followed.
func isAddress(name string) bool {
	switch name {
	case "href", "src", "srcset", "background", "action", "formaction", "poster", "cite", "data", "longdesc", "xlink:href":
		return true
	}
	return false
}

// imprintLink matches what stands right behind the start tag of a link to an
// imprint.
var imprintLink = regexp.MustCompile(`(?i)^(\s|<[^>]*>|&nbsp;)*(imprint|impressum|colofon|legal notice)(\s|<[^>]*>|&nbsp;)*</a`)

// isUncounted reports whether a link is to be left alone: one that asks for it
// by data-uncounted, and one to the imprint.
func isUncounted(list []attribute, behind string) bool {
	return imprintLink.MatchString(behind) ||
		slices.ContainsFunc(list, func(a attribute) bool { return a.name == "data-uncounted" })
}

const maxLinks = 500

// link adds the address of a link. One that leads to the web is counted.
func (s *scanner) link(f *fragment, value string, offset int, uncounted bool) {
	start := len(s.pieces)
	text, fixed := s.fixedAddress(f, value)
	if !fixed {
		s.address(f, value)
		s.lintPersonalLink(f, s.pieces[min(start, len(s.pieces)):], value)
		return
	}
	target := strings.TrimSpace(html.UnescapeString(text))
	s.lintTarget(func() position { return f.position(offset) }, target)
	if !isWeb(target) || uncounted {
		s.add(text)
		return
	}
	if len(s.links) == maxLinks {
		s.report.fail(f.position(offset), "too_many_links", "an e-mail may hold at most %d links", maxLinks)
		return
	}
	s.pieces = append(s.pieces, piece{kind: pieceLink, link: len(s.links), esc: escapeAttribute, hidden: s.comment})
	s.links = append(s.links, Link{Index: len(s.links), URL: target, Placement: f.placement})
}

func isWeb(target string) bool {
	u, err := url.Parse(target)
	if err != nil { // a shop's address needn't be tidy
		lower := strings.ToLower(target)
		return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
	}
	return u.Scheme == "http" || u.Scheme == "https"
}

// fixedAddress writes out an address that is the same for all members.
func (s *scanner) fixedAddress(f *fragment, value string) (string, bool) {
	var b strings.Builder
	for value != "" {
		before, n, after := cutMark(value)
		b.WriteString(before)
		if n < 0 {
			break
		}
		node := s.node(f, n)
		if node.kind != nodeValue || node.value.source != fromInput {
			return "", false
		}
		text := node.value.append(nil, &Recipient{}, nil)
		if strings.Contains(b.String(), "?") {
			text = appendURLEscaped(nil, text)
		}
		b.Write(appendEscaped(nil, text, escapeAttribute, false))
		value = after
	}
	return b.String(), true
}

// settled matches the start of an address whose scheme and host are given, so
// that what follows can't lead elsewhere.
var settled = regexp.MustCompile(`(?i)^\s*(https?://[^/?#\s]+[/?#]|mailto:|tel:|sms:|#)`)

// address adds an address that holds tags.
func (s *scanner) address(f *fragment, value string) {
	prefix := ""
	for value != "" {
		before, n, after := cutMark(value)
		s.add(before)
		prefix += before
		if n < 0 {
			return
		}
		at, node := f.tags[n].at, s.node(f, n)
		switch {
		case node.kind != nodeValue:
			s.report.fail(at, "if_in_address", "an if can't stand in an address: write the whole element twice, within the if")
		case node.value.source == fromInput:
			text, _ := s.fixedAddress(f, markOf(n))
			if strings.Contains(prefix, "?") {
				text = string(appendURLEscaped(nil, node.value.append(nil, &Recipient{}, nil)))
			}
			s.add(text)
			prefix += text
		case settled.MatchString(prefix):
			s.addValue(node.value, at, escapeURL, s.newPlace())
			prefix += "x"
		case strings.TrimSpace(prefix) == "" && node.value.source >= fromUnsubscribe:
			s.addValue(node.value, at, escapeAttribute, s.newPlace())
			prefix = "https://us/"
		default:
			s.report.fail(at, "address_from_member", "an address can't begin with a member's data: write https:// and the host before it")
		}
		value = after
	}
}
