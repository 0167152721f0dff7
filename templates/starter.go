package templates

import _ "embed" // the starters

// Starter is a template to begin with. All texts are in the label's language.
type Starter struct {
	Name   string
	Kind   string // of the mailing that it suits: solo, newsletter, house
	Format Format
	Source string
}

var (
	//go:embed starters/solo.mjml
	soloSource string
	//go:embed starters/newsletter.mjml
	newsletterSource string
	//go:embed starters/house.html
	houseSource string
)

// Starters returns the templates that come with Keur.
func Starters() []Starter {
	return []Starter{
		{"Solo", "solo", MJML, soloSource}, {"Newsletter", "newsletter", MJML, newsletterSource}, {"House", "house", HTML, houseSource},
	}
}
