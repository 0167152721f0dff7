package desk

import (
	"html/template"

	"keur/internal/colour"
	"keur/labels"
)

// PlainAccent is the desk's own, where no label gives one.
const PlainAccent = "#295366"

// stateColours are those of css/tokens.css by day; by night they are lighter,
// in the same hues.
func stateColours() []string { return []string{"#1b6a3a", "#1f5a99", "#855500", "#a9301c"} }

// AccentOf returns the label's colour, its hue moved where that means a state
// here: a label of danger's red would approve in red. A stored one has been
// checked to be six hexadecimal digits.
func AccentOf(l *labels.Label) template.CSS {
	if l == nil || l.Accent == "" {
		return PlainAccent
	}
	return template.CSS(colour.Apart(l.Accent, stateColours()...))
}

// onAccent returns black or white, whichever can be read on the label's colour.
func onAccent(l *labels.Label) template.CSS {
	return template.CSS(colour.Readable(string(AccentOf(l))))
}
