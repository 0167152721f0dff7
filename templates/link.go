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
	to, known := destinationOf(f, value)
	if !known || to.personal() && (uncounted || !settledOnWeb.MatchString(to.parts[0])) {
		s.address(f, value)
		return
	}
	target := strings.Join(to.parts, standIn)
	lint.Link(s.report, func() lang.Position { return f.Position(offset) }, target)
	if !markup.IsWeb(target) || uncounted {
		s.Add(to.raw)
		return
	}
	if len(s.links) == maxLinks {
		s.report.Fail(f.Position(offset), "too_many_links", "templates.links_range", "most", maxLinks)
		return
	}
	for i, v := range to.values {
		s.NeedDefault(v, f.TagPosition(to.tags[i]))
	}
	s.Value(lang.LinkAddress(len(s.links), to.values...), lang.Position{}, lang.EscapeAttribute)
	l := lang.Link{Index: len(s.links), URL: to.form(f), Placement: f.placement}
	if to.personal() {
		l.Parts, l.Values = to.parts, to.values
	}
	s.links = append(s.links, l)
}

// destination is where a link leads, as far as all members share it.
type destination struct {
	raw    string   // as it is written, with our own values, and marks for those of members
	parts  []string // of the address that a program reads: around the values
	tags   []int
	values []*lang.Value // of members, or of the day
}

func (d *destination) personal() bool { return len(d.values) > 0 }

// form returns the address with its tags as they are written.
func (d *destination) form(f *fragment) string {
	text := d.parts[0]
	for i, n := range d.tags {
		text += f.TagText(n) + d.parts[i+1]
	}
	return text
}

// standIn stands for a value where addresses are read, since what a reference to
// a character becomes may depend on the byte behind it: &copy is no © before a
// letter.
const standIn = "x"

// destinationOf reads the address of a link. It isn't known of one that holds an
// if, or an address that we make.
func destinationOf(f *fragment, value string) (d destination, known bool) {
	var raw, joined strings.Builder
	for {
		before, n, after := lang.CutMark(value)
		raw.WriteString(before)
		joined.WriteString(before)
		if n < 0 {
			break
		}
		tag := f.Tag(n)
		if tag.Kind != lang.Show || tag.Value.IsAddress() {
			return d, false
		}
		if text, fixed := tag.Value.Fixed(); fixed {
			part := addressPart(text, raw.String())
			raw.Write(part)
			joined.Write(part)
		} else {
			d.tags, d.values = append(d.tags, n), append(d.values, tag.Value)
			raw.WriteString(lang.MarkOf(n))
			joined.WriteString(standIn + lang.MarkOf(n))
		}
		value = after
	}
	d.raw = raw.String()
	for rest := markup.Address(joined.String()); ; {
		before, n, after := lang.CutMark(rest)
		if n < 0 {
			d.parts = append(d.parts, before)
			return d, true
		}
		d.parts = append(d.parts, strings.TrimSuffix(before, standIn))
		rest = after
	}
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
	d, known := destinationOf(f, value)
	return d.raw, known && !d.personal()
}

// addressPart escapes a text of ours for an address, of which before stands in
// front of it. From the query on, it is percent-encoded.
func addressPart(text []byte, before string) []byte {
	if strings.Contains(before, "?") {
		return lang.AppendEscaped(nil, text, lang.EscapeURL, false)
	}
	return lang.AppendEscaped(nil, text, lang.EscapeAttribute, false)
}

// settledOnWeb matches the start of an address whose scheme and host are given,
// so that what follows can't lead elsewhere. A backslash is a slash to browsers
// alone.
var settledOnWeb = regexp.MustCompile(`(?i)^https?://[^/?#\s\\]+[/?#]`)

// settled matches that of any address that members' data may stand in.
var settled = regexp.MustCompile(`(?i)^(https?://[^/?#\s\\]+[/?#]|mailto:|tel:|sms:|#)`)

// schemeAlone matches an address in which nothing is said yet of where it leads.
var schemeAlone = regexp.MustCompile(`(?i)^(mailto:|tel:|sms:|#)\s*$`)

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
		known := strings.TrimSuffix(markup.Address(prefix+standIn), standIn)
		switch text, fixed := tag.Value.Fixed(); {
		case fixed:
			part := string(addressPart(text, prefix))
			s.Add(part)
			prefix += part
		case tag.Value.OfMember() && schemeAlone.MatchString(known):
			s.report.Fail(at, "address_from_member", "templates.address_of_member")
		case settled.MatchString(known):
			s.Value(tag.Value, at, lang.EscapeURL)
			prefix += "x"
		case known == "" && tag.Value.IsAddress():
			s.Value(tag.Value, at, lang.EscapeAttribute)
			prefix = "https://us/"
		default:
			s.report.Fail(at, "address_from_member", "templates.address_begins_with_field")
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
			pieces[i] = pieces[i].Numbered(l.Index)
			kept = append(kept, l)
		}
	}
	return kept
}
