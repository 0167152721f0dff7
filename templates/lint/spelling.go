package lint

import (
	"html"
	"regexp"
	"strings"

	"keur/templates/lang"
)

// knownNames are the names that other tools write between single signs, of which
// prices and brackets of a sentence are no part.
const knownNames = `(?:(?:first|last|full)[ _-]?name|[fl]_?name|name|naam|voornaam|achternaam|vorname|nachname|pr[eé]nom|` +
	`aanhef|anrede|salutation|e-?mail(?:_?address)?|unsub[a-z_]*|un_?subscribe[a-z_]*|web_?version|view_?in_?browser|preferences?|` +
	`update_?profile|company|city|woonplaats|wohnort|date|datum|currentyear)`

// memberNames are those of them that are no words of a menu or a handle.
const memberNames = `(?:(?:first|last|full)[ _-]?name|[fl]_?name|name|naam|voornaam|achternaam|vorname|nachname|pr[eé]nom|aanhef|anrede|` +
	`salutation|unsubscribe(?:_?(?:link|url))?)`

// misspelt matches what was meant as a tag: ours with a slip, or another
// tool's. Lines are those of Handlebars, Jinja and ERB; Mailchimp; AMPscript;
// Velocity and FreeMarker; merge tags; names between single signs; and those that
// a browser would take for an element.
var misspelt = regexp.MustCompile(`(?i)\{\s+\{|\}\s+\}|\}\}|\{(?:member|label|campaign)\.[^}\s]*\}?|` +
	`\{%[\s\S]*?%\}|\{#[^{}]*#\}|\[%[^\[\]]*%\]|<%[\s\S]*?%>|` +
	`\*\|\s*[a-z][^|\n]*\|\*|\*\|\s*$|^\s*\|\*|` +
	`%%\[[\s\S]*?\]%%|%%=\s*[@a-z_][^%\n]*%%|%%[a-z_][^%\n]*%%|` +
	`[$#]!?\{!?[a-z_][^}\n]*\}|\{[$!][a-z_][^}\n]*\}|\$!?[a-z_]\w*(?:\.[a-z_]\w*)+|\$![a-z_]\w*|` +
	`#(?:if|elseif|set|foreach|parse|include|macro)\s*\([^)\n]*\)|</?[#@][a-z][^<>]*>|\[/?#[a-z]+\b[^\]\n]*\]|` +
	`\[\[\s*[a-z][^\]\n]*\]\]|@@[a-z_]+@@|##[a-z_]+##|<<\s*[a-z_][a-z0-9_ .:-]*>>|__` + knownNames + `__|` +
	`\$[a-z_]+\([^()\n]*\)\$|(?-i:\[agn[A-Z][^\]\n]*\])|</?\s*` + knownNames + `\s*/?>|` +
	`\$+` + knownNames + `\b\$*|#` + knownNames + `#|~+` + knownNames + `~+|%(?:[a-z_]+[.:_])?` + knownNames + `%|` +
	`(?:\{{1,3}|[\[«])[%*]?\s*(?:[a-z_]+[.:_=|])?` + knownNames + `(?:\s*\|[^\]}»\n]*|,\s*fallback=[^\]\n]*)?\s*[%*]?[}\]»]`)

// bare matches names between signs that people write, too: where no word is
// before them.
var bare = regexp.MustCompile(`(?i)(?:^|[\s>("'])(@` + memberNames + `\b@?|\|` + memberNames + `\||-{1,2}` + memberNames + `-{1,2})`)

// shop matches what Awin's older links have around the address of a shop.
var shop = regexp.MustCompile(`(?i)^\[\[\s*https?:`)

// reference matches a reference to a character, behind which editors hide tags.
var reference = regexp.MustCompile(`&(?:[A-Za-z]+|#[0-9]+|#[xX][0-9A-Fa-f]+);`)

// read returns text as it is read, and where in it each byte of that stands.
func read(text string) (string, func(offset int) int) {
	found := reference.FindAllStringIndex(text, -1)
	if found == nil {
		return text, func(offset int) int { return offset }
	}
	var b strings.Builder
	starts := make([]int, 0, len(text))
	add := func(part string, from, step int) {
		b.WriteString(part)
		for i := range len(part) {
			starts = append(starts, from+i*step)
		}
	}
	done := 0
	for _, m := range found {
		add(text[done:m[0]], done, 1)
		add(html.UnescapeString(text[m[0]:m[1]]), m[0], 0)
		done = m[1]
	}
	add(text[done:], done, 1)
	return b.String(), func(offset int) int { return starts[offset] }
}

// turned matches the characters that have letters read backwards, so that what a
// program reads is another word than what a person does.
var turned = regexp.MustCompile(`(?i)[\x{202D}\x{202E}]|&#(?:0*823[78]|x0*202[de])\b`)

// Spelling finds tags that would be sent as they are, with the place of each, and
// what of ours it was probably meant for, and letters that are turned around.
func Spelling(r *Report, text string, at func(offset int) lang.Position, meant func(tag string) string) {
	if found := turned.FindStringIndex(text); found != nil && !r.Closed() {
		r.Block(at(found[0]), "turned", "templates.letters_turned")
	}
	if !strings.ContainsAny(text, "{}*%[$<@#«~|&-_") {
		return
	}
	text, start := read(text)
	found := misspelt.FindAllStringIndex(text, maxFindings)
	for _, m := range bare.FindAllStringSubmatchIndex(text, maxFindings) {
		found = append(found, m[2:4])
	}
	for _, m := range found {
		if r.Closed() {
			return
		}
		tag := strings.TrimSpace(text[m[0]:m[1]])
		if shop.MatchString(tag) {
			continue
		}
		place := at(start(m[0] + strings.Index(text[m[0]:m[1]], tag)))
		if ours := meant(tag); ours != "" {
			r.Block(place, "merge_tag", "templates.foreign_tag_meant", "tag", tag, "meant", ours)
		} else {
			r.Block(place, "merge_tag", "templates.foreign_tag", "tag", tag)
		}
	}
}
