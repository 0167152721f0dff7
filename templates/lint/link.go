package lint

import (
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
