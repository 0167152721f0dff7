package templates

import _ "embed" // the starters

// Starter is a template to begin with. All texts are in the label's language.
type Starter struct {
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"solo,newsletter,house" doc:"Of the mailing that it suits"`
	Format Format `json:"format"`
	Source string `json:"source"`
}

var (
	//go:embed starters/solo.mjml
	soloSource string
	//go:embed starters/newsletter.mjml
	newsletterSource string
	//go:embed starters/house.html
	houseSource string
)

// FirstPartial is what a new partial template begins with.
const FirstPartial = `<mj-section>
  <mj-column>
    <mj-text>{{label.name}}</mj-text>
  </mj-column>
</mj-section>
`

// Starters returns the templates that come with Keur.
func Starters() []Starter {
	return []Starter{
		{"Solo", "solo", MJML, soloSource}, {"Newsletter", "newsletter", MJML, newsletterSource}, {"House", "house", HTML, houseSource},
	}
}
