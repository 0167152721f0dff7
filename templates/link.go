package templates

import (
	"regexp"
	"slices"
	"strings"

	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/markup"
)

const maxLinks = 500

// link adds the address of a link. One that leads to the web is counted.
func (s *scanner) link(f *fragment, value string, offset int, uncounted bool) {
	text, fixed := fixedAddress(f, value)
	if !fixed {
		s.address(f, value)
		s.lintPersonal(f, value)
		return
	}
	target := markup.Address(text)
	lint.Link(s.report, func() lang.Position { return f.Position(offset) }, target)
	if !markup.IsWeb(target) || uncounted {
		s.Add(text)
		return
	}
	if len(s.links) == maxLinks {
		s.report.Fail(f.Position(offset), "too_many_links", "templates.links_range", "most", maxLinks)
		return
	}
	s.Value(lang.LinkAddress(len(s.links)), lang.Position{}, lang.EscapeAttribute)
	s.links = append(s.links, lang.Link{Index: len(s.links), URL: target, Placement: f.placement})
}

// imprintLink matches what stands right behind the start tag of a link to an
// imprint.
var imprintLink = regexp.MustCompile(`(?i)^(\s|<[^>]*>|&nbsp;)*(imprint|impressum|colofon|legal notice)(\s|<[^>]*>|&nbsp;)*</a`)

// isUncounted reports whether a link is to be left alone: one that asks for it
// by data-uncounted, and one to the imprint.
func isUncounted(list []markup.Attribute, behind string) bool {
	return imprintLink.MatchString(behind) ||
		slices.ContainsFunc(list, func(a markup.Attribute) bool { return a.Name == "data-uncounted" })
}

// fixedAddress writes out an address that is the same for all members.
func fixedAddress(f *fragment, value string) (string, bool) {
	var b strings.Builder
	for {
		before, n, after := lang.CutMark(value)
		b.WriteString(before)
		if n < 0 {
			return b.String(), true
		}
		tag := f.Tag(n)
		if tag.Kind != lang.Show {
			return "", false
		}
		text, fixed := tag.Value.Fixed()
		if !fixed {
			return "", false
		}
		b.Write(addressPart(text, b.String()))
		value = after
	}
}

// addressPart escapes a text of ours for an address, of which before stands in
// front of it. From the query on, it is percent-encoded.
func addressPart(text []byte, before string) []byte {
	if strings.Contains(before, "?") {
		return lang.AppendEscaped(nil, text, lang.EscapeURL, false)
	}
	return lang.AppendEscaped(nil, text, lang.EscapeAttribute, false)
}

// settled matches the start of an address whose scheme and host are given, so
// that what follows can't lead elsewhere.
var settled = regexp.MustCompile(`(?i)^\s*(https?://[^/?#\s]+[/?#]|mailto:|tel:|sms:|#)`)

// schemeAlone matches an address in which nothing is said yet of where it leads.
var schemeAlone = regexp.MustCompile(`(?i)^\s*(mailto:|tel:|sms:|#)\s*$`)

// address adds an address that holds tags.
func (s *scanner) address(f *fragment, value string) {
	prefix := ""
	for value != "" {
		before, n, after := lang.CutMark(value)
		s.Add(before)
		prefix += before
		if n < 0 {
			return
		}
		at, tag := f.TagPosition(n), f.Tag(n)
		value = after
		if tag.Kind != lang.Show {
			s.report.Fail(at, "if_in_address", "templates.if_in_address")
			continue
		}
		switch text, fixed := tag.Value.Fixed(); {
		case fixed:
			part := string(addressPart(text, prefix))
			s.Add(part)
			prefix += part
		case tag.Value.OfMember() && schemeAlone.MatchString(prefix):
			s.report.Fail(at, "address_from_member", "templates.address_of_member")
		case settled.MatchString(prefix):
			s.Value(tag.Value, at, lang.EscapeURL)
			prefix += "x"
		case strings.TrimSpace(prefix) == "" && tag.Value.IsAddress():
			s.Value(tag.Value, at, lang.EscapeAttribute)
			prefix = "https://us/"
		default:
			s.report.Fail(at, "address_from_member", "templates.address_begins_with_field")
		}
	}
}

// lintPersonal warns of a link that can't be counted, because its address
// differs for each member, or from day to day.
func (s *scanner) lintPersonal(f *fragment, value string) {
	_, first, rest := lang.CutMark(value)
	for n := first; n >= 0; _, n, rest = lang.CutMark(rest) {
		if tag := f.Tag(n); tag.Kind == lang.Show && (tag.Value.OfMember() || tag.AsksToday()) {
			s.report.Warn(f.TagPosition(first), "link_not_counted",
				"templates.link_uncounted")
			return
		}
	}
}

// keepLinks renumbers the links that are left in pieces and drops the others.
func keepLinks(pieces []lang.Piece, links []lang.Link) []lang.Link {
	var kept []lang.Link
	for i := range pieces {
		if n := pieces[i].Link(); n >= 0 {
			l := links[n]
			l.Index = len(kept)
			pieces[i].Value = lang.LinkAddress(l.Index)
			kept = append(kept, l)
		}
	}
	return kept
}
