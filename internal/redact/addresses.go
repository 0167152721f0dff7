package redact

import "regexp"

// addresses are what looks like an e-mail address, in text or within a link, also
// with a quoted local part, and with the sign in its place written in another way.
var addresses = regexp.MustCompile(`(?i)(?:"[^"\n]*"|[^\s<>"(),;:&?/]+)` +
	`(?:@|＠|﹫|%(?:25)*40|&#0*64;|&#x0*40;|&commat;|\\u0040|\s*[\[({]\s*at\s*[\])}]\s*)` +
	`[^\s<>"'(),;:=&?/]+`)

// Addresses returns the text with a mark in place of each e-mail address.
func Addresses(text string) string { return WithMark(text, "…@…") }

// WithMark does the same with another mark.
func WithMark(text, mark string) string { return addresses.ReplaceAllLiteralString(text, mark) }
