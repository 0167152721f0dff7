package signups

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"keur/internal/colour"
	"keur/internal/notices"
	"keur/internal/words"
	"keur/labels"
)

//go:embed letter.html
var letterSource string

var letterPage = template.Must(template.New("letter").Parse(letterSource))

// look is what the letter shows in its label's look.
type look struct {
	Say     words.Speaker
	Subject string
	Label   labels.Label
	URL     string

	Heading, Asked, Button, Otherwise string
}

func lookOf(label labels.Label, subject, url string) look {
	say := words.In(label.Locale)
	return look{
		Say: say, Subject: subject, Label: label, URL: url,
		Heading: say.T("signup_letter.heading", "label", label.Name), Asked: say.T("signup_letter.asked"),
		Button: say.T("signup_letter.button"), Otherwise: say.T("signup_letter.otherwise"),
	}
}

// Ink returns black or white, whichever can be read on the label's colour.
func (l look) Ink() string { return colour.Readable(l.Label.Accent) }

// Imprint returns the lines of the label's address.
func (l look) Imprint() []string {
	return append([]string{l.Label.ImprintName}, strings.Split(strings.TrimSpace(l.Label.ImprintAddress), "\n")...)
}

// PageURL is where the label's form stands.
func PageURL(label labels.Label) string { return label.PublicURL + "/s/" + label.Code }

func letterKey(signup int64) string { return fmt.Sprintf("signup_letter.confirm:%d", signup) }

// letter is the mail that asks to confirm, and says nothing else.
func letter(label labels.Label, signup Signup, token string) notices.Notice {
	number := int(label.ID)
	url := PageURL(label) + "/" + token
	says := notices.Write(label.Locale, "signup_letter.confirm", "label", label.Name, "url", url,
		"imprint", label.ImprintName+"\n"+strings.TrimSpace(label.ImprintAddress))
	var page strings.Builder
	if err := letterPage.Execute(&page, lookOf(label, says.Subject, url)); err == nil {
		says.HTML = page.String()
	}
	return notices.Notice{Key: letterKey(signup.ID), LabelID: &number, Recipient: signup.Address, Letter: says}
}

// name is how a consent names the version of its text.
func (t Text) name() string { return fmt.Sprint(t.Version) }
