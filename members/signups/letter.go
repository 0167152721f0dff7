package signups

import (
	_ "embed"
	"fmt"
	"strings"

	"keur/internal/notices"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/letterhead"
)

//go:embed letter.html
var letterSource string

var letterPage = letterhead.Parse(letterSource)

// PageURL is where the label's form stands.
func PageURL(label labels.Label) string { return label.PublicURL + "/s/" + label.Code }

func letterKey(signup int64) string { return fmt.Sprintf("signup_letter.confirm:%d", signup) }

// letter is the mail that asks to confirm, and says nothing else.
func letter(label labels.Label, signup Signup, token string) (notices.Notice, error) {
	number := int(label.ID)
	url := PageURL(label) + "/" + token
	says := notices.Write(label.Locale, "signup_letter.confirm", "label", label.Name, "url", url,
		"imprint", label.ImprintName+"\n"+strings.TrimSpace(label.ImprintAddress))
	var page strings.Builder
	say := words.In(label.Locale)
	if err := letterPage.Execute(&page, struct {
		Head                      letterhead.Head
		Heading, Asked, Otherwise string
	}{
		letterhead.Head{Label: label, Locale: say.Locale, Title: says.Subject, URL: url, Button: say.T("signup_letter.button")},
		say.T("signup_letter.heading", "label", label.Name), say.T("signup_letter.asked"), say.T("signup_letter.otherwise"),
	}); err != nil {
		return notices.Notice{}, fmt.Errorf("write the letter that confirms: %w", err)
	}
	says.HTML = page.String()
	return notices.Notice{Key: letterKey(signup.ID), LabelID: &number, Recipient: signup.Address, Letter: says}, nil
}

// name is how a consent names the version of its text.
func (t Text) name() string { return fmt.Sprint(t.Version) }
