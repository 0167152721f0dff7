package desk

import (
	"html/template"

	"keur/internal/colour"
	"keur/labels"
)

// PlainAccent is the desk's own, where no label gives one.
const PlainAccent = "#34506b"

// AccentOf returns the label's colour. A stored one has been checked to be six
// hexadecimal digits.
func AccentOf(l *labels.Label) template.CSS {
	if l == nil || l.Accent == "" {
		return PlainAccent
	}
	return template.CSS(l.Accent)
}

// onAccent returns black or white, whichever can be read on the label's colour.
func onAccent(l *labels.Label) template.CSS {
	return template.CSS(colour.Readable(string(AccentOf(l))))
}
