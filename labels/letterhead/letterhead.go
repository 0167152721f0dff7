// Package letterhead is what letters in a label's look have around their words: its
// logo, colour and imprint.
package letterhead

import (
	_ "embed"
	"html/template"
	"strings"

	"keur/internal/colour"
	"keur/labels"
)

//go:embed letter.html
var source string

var around = template.Must(template.New("letterhead").Parse(source))

// Head is what the letter has around its words. What is shown by Parse's template
// holds it as Head.
type Head struct {
	Label  labels.Label
	Locale string // the reader's
	Title  string
	URL    string // where the button leads
	Button string
}

// Parse returns the template of a letter whose words are defined as "letter"; in
// them {{template "button" .Head}} is the button. It panics on one that can't be
// read, as those are part of the program.
func Parse(words string) *template.Template {
	return template.Must(template.Must(around.Clone()).Parse(words))
}

// Ink returns black or white, whichever can be read on the label's colour.
func (h Head) Ink() string { return colour.Readable(h.Label.Accent) }

// Imprint returns the lines of who sends it, and from where.
func (h Head) Imprint() []string {
	return append([]string{h.Label.ImprintName}, strings.Split(strings.TrimSpace(h.Label.ImprintAddress), "\n")...)
}
