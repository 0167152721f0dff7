package templates

import _ "embed" // the starters

// Starter is a template to begin with. All texts are in the label's language.
type Starter struct {
	Name   string
	Kind   string // of the mailing that it suits: solo, newsletter, house
	Format Format
	Source string
}

//go:embed starters/solo.mjml
var starterSolo string

//go:embed starters/newsletter.mjml
var starterNewsletter string

//go:embed starters/house.html
var starterHouse string

// Starters returns the templates that come with Keur.
func Starters() []Starter {
	return []Starter{
		{"Solo", "solo", MJML, starterSolo},
		{"Newsletter", "newsletter", MJML, starterNewsletter},
		{"House", "house", HTML, starterHouse},
	}
}
