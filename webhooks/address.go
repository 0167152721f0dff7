package webhooks

import (
	"html"
	"net/url"
	"slices"
	"strings"
)

// shortest is of how many characters a part of an address is at least that is kept
// out of the log by itself: what is shorter is no secret, and stands in many words.
const shortest = 8

// withoutAddress returns what a receiver said with a mark in place of its own
// address and of each long part of it. Servers say it back that don't know it, and
// whoever has it can write into a chat.
func withoutAddress(said string, u *url.URL) string {
	parts := []string{u.String(), u.RequestURI(), u.EscapedPath(), u.Path, u.RawQuery}
	parts = append(parts, strings.Split(u.Path, "/")...)
	parts = append(parts, strings.Split(u.EscapedPath(), "/")...)
	for _, values := range u.Query() {
		for _, v := range values {
			parts = append(parts, v, url.QueryEscape(v))
		}
	}
	for _, p := range slices.Clone(parts) {
		parts = append(parts, html.EscapeString(p))
	}
	parts = slices.DeleteFunc(parts, func(p string) bool { return len(p) < shortest })
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	for _, p := range parts {
		said = strings.ReplaceAll(said, p, "…")
	}
	return said
}
