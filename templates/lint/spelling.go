package lint

import (
	"regexp"
	"strings"

	"keur/templates/lang"
)

// knownNames are the names that other tools write between single signs, of which
// prices and brackets of a sentence are no part.
const knownNames = `(?:first_?name|last_?name|full_?name|[fl]_?name|name|voornaam|achternaam|vorname|nachname|e-?mail(?:_?address)?|` +
	`unsub[a-z_]*|un_?subscribe[a-z_]*|web_?version|view_?in_?browser|preferences?|update_?profile|company|city|date|currentyear)`

// misspelt matches what was meant as a tag: ours with a slip, or another
// tool's.
var misspelt = regexp.MustCompile(`(?i)\{\s+\{|\}\s+\}|\}\}|\{(?:member|label|campaign)\.[^}\s]*\}?|` +
	`\{%[^{}]*%\}|\{#[^{}]*#\}|\[%[^\[\]]*%\]|<%[^<>]*%>|\*\|[a-z][^|\n]*\|\*|%%=?[a-z_][^%\n]*%%|` +
	`\[\[[a-z][^\]\n]*\]\]|[$#]\{[a-z_][^}\n]*\}|\{[$!][a-z_][^}\n]*\}|@@[a-z_]+@@|##[a-z_]+##|<<[a-z_ ]+>>|` +
	`[{\[%«]` + knownNames + `(?:,\s*fallback=[^\]\n]*)?[}\]%»]`)

// turned matches the characters that have letters read backwards, so that what a
// program reads is another word than what a person does.
var turned = regexp.MustCompile(`(?i)[\x{202D}\x{202E}]|&#(?:0*823[78]|x0*202[de])\b`)

// Spelling finds tags that would be sent as they are, with the place of each, and
// what of ours it was probably meant for, and letters that are turned around.
func Spelling(r *Report, text string, at func(offset int) lang.Position, meant func(tag string) string) {
	if found := turned.FindStringIndex(text); found != nil && !r.Closed() {
		r.Block(at(found[0]), "turned", "templates.letters_turned")
	}
	if !strings.ContainsAny(text, "{}*%[$<@#«") {
		return
	}
	for _, m := range misspelt.FindAllStringIndex(text, maxFindings) {
		if r.Closed() {
			return
		}
		tag := text[m[0]:m[1]]
		if ours := meant(tag); ours != "" {
			r.Block(at(m[0]), "merge_tag", "templates.foreign_tag_meant", "tag", tag, "meant", ours)
		} else {
			r.Block(at(m[0]), "merge_tag", "templates.foreign_tag", "tag", tag)
		}
	}
}
