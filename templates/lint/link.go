package lint

import (
	"html"
	"regexp"
	"strings"

	"keur/internal/links"
	"keur/templates/lang"
	"keur/templates/markup"
)

// Link finds links that lead nowhere.
func Link(r *Report, at func() lang.Position, target string) {
	lower := strings.ToLower(target)
	switch {
	case target == "" || target == "#":
		r.Warn(at(), "link_empty", "templates.link_nowhere")
		return
	case strings.HasPrefix(lower, "#"), strings.HasPrefix(lower, "mailto:"), strings.HasPrefix(lower, "tel:"),
		strings.HasPrefix(lower, "sms:"):
		return
	case !markup.IsWeb(target):
		r.Block(at(), "link_not_http", "templates.link_https", "address", target)
		return
	}
	u, err := links.Parse(target)
	if err != nil {
		r.Block(at(), "link_dead", "templates.not_an_address", "address", target)
		return
	}
	if part := escaped.FindString(target); part != "" {
		r.Block(at(), "link_escaped", "templates.link_escaped", "part", part, "meant", html.UnescapeString(part))
	}
	host := strings.ToLower(u.Hostname())
	if !strings.Contains(host, ".") && host != "localhost" && !strings.Contains(host, ":") {
		r.Block(at(), "link_dead", "templates.host_unknown", "host", host)
	}
	for _, d := range []string{"example.com", "example.org", "example.net"} {
		if host == d || strings.HasSuffix(host, "."+d) {
			r.Warn(at(), "link_example", "templates.link_example", "host", host)
		}
	}
}

// escaped matches a parameter as HTML writes it, of an address that was copied out
// of a page's source: behind &amp; no shop finds its name.
var escaped = regexp.MustCompile(`&(?:amp|#38|#x26);[A-Za-z_][\w.-]*=`)

// addressed matches a text that is an address, as people write one.
var addressed = regexp.MustCompile(`(?i)^(?:https?://)?((?:[\pL\pN-]+\.)+\pL{2,})(?:[:/?#]\S*)?$`)

// LinkText finds a link whose words are the address of another host than it leads
// to, as those have that are made to deceive.
func LinkText(r *Report, part, text, target string) {
	said := addressed.FindStringSubmatch(strings.TrimSpace(text))
	host := links.HostOf(target)
	if said == nil || host == "" {
		return
	}
	if other := links.HostOf("https://" + said[1]); within(other, host) || within(host, other) {
		return
	}
	r.Warn(lang.Position{Part: part}, "link_text", "templates.link_text", "said", said[1], "host", host)
}

// within reports whether a host is another, or below it.
func within(host, other string) bool {
	host, other = strings.TrimPrefix(host, "www."), strings.TrimPrefix(other, "www.")
	return host == other || strings.HasSuffix(host, "."+other)
}
