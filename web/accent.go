package web

import (
	"html/template"

	"keur/internal/colour"
	"keur/labels"
)

// plainAccent is the desk's own, where no label gives one.
const plainAccent = "#34506b"

// accentOf returns the label's colour. A stored one has been checked to be six
// hexadecimal digits.
func accentOf(l *labels.Label) template.CSS {
	if l == nil || l.Accent == "" {
		return plainAccent
	}
	return template.CSS(l.Accent)
}

// onAccent returns black or white, whichever can be read on the label's colour.
func onAccent(l *labels.Label) template.CSS {
	return template.CSS(colour.Readable(string(accentOf(l))))
}
