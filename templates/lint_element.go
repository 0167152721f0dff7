package templates

import (
	"net/url"
	"regexp"
	"strings"
)

// lintElement finds what an e-mail can't hold, or shouldn't.
func (s *scanner) lintElement(f *fragment, name, raw string, list []attribute, offset int) {
	if s.report.full() {
		return
	}
	at := func() position { return f.position(offset) } // only found out when something is wrong
	get := func(name string) (string, bool) {
		for _, a := range list {
			if a.name == name {
				return raw[a.start:a.end], true
			}
		}
		return "", false
	}
	switch name {
	case "script", "iframe", "form", "object", "embed", "applet", "base", "frame", "frameset", "input", "select", "textarea":
		s.report.block(at(), "forbidden_element", "<%s> can't be in an e-mail: mail programs drop it, or refuse the mail", name)
	case "meta":
		if v, _ := get("http-equiv"); strings.EqualFold(v, "refresh") {
			s.report.block(at(), "forbidden_element", "an e-mail can't lead the reader elsewhere by itself")
		}
	case "link":
		s.report.warn(at(), "stylesheet", "many mail programs don't fetch stylesheets: put the styles into the mail")
	case "img":
		s.lintImage(at, get)
	}
	for _, a := range list {
		value := strings.ToLower(strings.TrimSpace(raw[a.start:a.end]))
		s.lintSpelling(f, raw[a.start:a.end], offset+a.start)
		if strings.HasPrefix(a.name, "on") {
			s.report.block(at(), "script", "the attribute %s is a script, which can't be in an e-mail", a.name)
		}
		if isAddress(a.name) && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "vbscript:")) {
			s.report.block(at(), "script", "an address can't be a script")
		}
	}
}

// lintImage finds pictures that won't be seen, or not as meant.
func (s *scanner) lintImage(at func() position, get func(string) (string, bool)) {
	if s.comment {
		return
	}
	src, _ := get("src")
	width, sized := get("width")
	if _, ok := get("alt"); !ok && width != "1" {
		s.report.warn(at(), "missing_alt", "the picture lacks an alt text, which is read where pictures aren't shown")
	}
	if style, _ := get("style"); !sized && !strings.Contains(style, "width") {
		s.report.warn(at(), "missing_size", "the picture lacks a width, so that Outlook shows it in its own size")
	}
	switch lower := strings.ToLower(strings.TrimSpace(src)); {
	case strings.HasPrefix(lower, "data:"):
		s.report.warn(at(), "image_inline", "Gmail and Outlook don't show pictures that are written into the mail")
	case lower != "" && !isWeb(lower) && !strings.ContainsRune(lower, markOpen):
		s.report.block(at(), "image_address", "the picture's address must begin with https://")
	case lower == "":
		s.report.block(at(), "image_address", "the picture has no address")
	}
}

// lintTarget finds links that lead nowhere.
func (s *scanner) lintTarget(at func() position, target string) {
	lower := strings.ToLower(target)
	switch {
	case target == "" || target == "#":
		s.report.warn(at(), "link_empty", "this link leads nowhere")
		return
	case strings.HasPrefix(lower, "#"), strings.HasPrefix(lower, "mailto:"), strings.HasPrefix(lower, "tel:"), strings.HasPrefix(lower, "sms:"):
		return
	case !isWeb(target):
		s.report.block(at(), "link_not_http", "the link to %q must begin with https://", target)
		return
	}
	u, err := url.Parse(target)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(target, " \t\n") {
		s.report.block(at(), "link_dead", "%q is not an address", target)
		return
	}
	host := strings.ToLower(u.Hostname())
	if !strings.Contains(host, ".") && host != "localhost" && !strings.Contains(host, ":") {
		s.report.block(at(), "link_dead", "there is no host %q", host)
	}
	for _, d := range []string{"example.com", "example.org", "example.net"} {
		if host == d || strings.HasSuffix(host, "."+d) {
			s.report.warn(at(), "link_example", "the link leads to %s, which is an example", host)
		}
	}
}

// lintPersonalLink warns of links that can't be counted, because they differ
// for each member.
func (s *scanner) lintPersonalLink(f *fragment, pieces []piece, value string) {
	_, n, _ := cutMark(value)
	for _, p := range pieces {
		if p.kind == pieceValue && (p.value.source == fromMember || p.value.source == fromVoucher) {
			s.report.warn(f.tags[n].at, "link_not_counted", "clicks on this link aren't counted, because its address holds a member's data")
			return
		}
	}
}

// misspelt matches what was meant as a tag: ours with a slip, or another
// tool's.
var misspelt = regexp.MustCompile(`\{\s+\{|\}\s+\}|\}\}|\{(member|label|campaign)\.[^}\s]*\}?|\*\|[A-Za-z0-9_: ]+\|\*|%%[A-Za-z0-9_. ]+%%|\[\[[A-Za-z0-9_. ]+\]\]|\$\{[A-Za-z0-9_. ]+\}|<%=?[^%]*%>`)

// lintSpelling finds tags that would be sent as they are.
func (s *scanner) lintSpelling(f *fragment, text string, offset int) {
	if !strings.ContainsAny(text, "{}*%[$") {
		return
	}
	for _, m := range misspelt.FindAllStringIndex(text, maxFindings) {
		if s.report.full() {
			return
		}
		s.report.block(f.position(offset+m[0]), "merge_tag", "%q would be sent as it is: tags are written like {{member.first_name}}", text[m[0]:m[1]])
	}
}
