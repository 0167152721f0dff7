package lint

import (
	"context"
	"net/url"
	"strings"

	"keur/templates/lang"
	"keur/templates/markup"
)

// Link finds links that lead nowhere.
func Link(r *Report, at func() lang.Position, target string) {
	lower := strings.ToLower(target)
	switch {
	case target == "" || target == "#":
		r.Warn(at(), "link_empty", "this link leads nowhere")
		return
	case strings.HasPrefix(lower, "#"), strings.HasPrefix(lower, "mailto:"), strings.HasPrefix(lower, "tel:"), strings.HasPrefix(lower, "sms:"):
		return
	case !markup.IsWeb(target):
		r.Block(at(), "link_not_http", "the link to %q must begin with https://", target)
		return
	}
	u, err := url.Parse(target)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(target, " \t\n") {
		r.Block(at(), "link_dead", "%q is not an address", target)
		return
	}
	host := strings.ToLower(u.Hostname())
	if !strings.Contains(host, ".") && host != "localhost" && !strings.Contains(host, ":") {
		r.Block(at(), "link_dead", "there is no host %q", host)
	}
	for _, d := range []string{"example.com", "example.org", "example.net"} {
		if host == d || strings.HasSuffix(host, "."+d) {
			r.Warn(at(), "link_example", "the link leads to %s, which is an example", host)
		}
	}
}

// CheckLinks asks check about each address, and returns a finding for each that
// doesn't answer. Check must be bounded in time.
func CheckLinks(ctx context.Context, links []lang.Link, check func(ctx context.Context, url string) error) []Finding {
	var r Report
	asked := map[string]bool{}
	for _, l := range links {
		if asked[l.URL] {
			continue
		}
		asked[l.URL] = true
		if err := check(ctx, l.URL); err != nil {
			at := lang.Position{}
			if l.Placement != "" {
				at.Part = PlacementPart(l.Placement)
			}
			r.Block(at, "link_dead", "the link %q to %s doesn't answer: %s", l.Text, l.URL, err)
		}
	}
	return r.Findings()
}
