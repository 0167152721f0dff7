package lint

import (
	"regexp"
	"strings"

	"keur/templates/lang"
)

// misspelt matches what was meant as a tag: ours with a slip, or another
// tool's.
var misspelt = regexp.MustCompile(`\{\s+\{|\}\s+\}|\}\}|\{(member|label|campaign)\.[^}\s]*\}?|\*\|[A-Za-z0-9_: ]+\|\*|` +
	`%%[A-Za-z0-9_. ]+%%|\[\[[A-Za-z0-9_. ]+\]\]|\$\{[A-Za-z0-9_. ]+\}|<%=?[^%]*%>`)

// Spelling finds tags that would be sent as they are.
func Spelling(r *Report, text string, at func(offset int) lang.Position) {
	if !strings.ContainsAny(text, "{}*%[$") {
		return
	}
	for _, m := range misspelt.FindAllStringIndex(text, maxFindings) {
		if r.Closed() {
			return
		}
		r.Block(at(m[0]), "merge_tag", "templates.foreign_tag", "tag", text[m[0]:m[1]])
	}
}
