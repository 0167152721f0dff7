// Package signups lets people become members by a form of a label, with double
// opt-in: they agree to a text, and confirm it by a link that is mailed to the
// address. Nobody learns there who is a member.
package signups

import (
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/members"
)

// Form is a label's sign-up form.
type Form struct {
	Label      labels.ID      `db:"label_id"`
	Open       bool           `db:"open"`
	Mail       string         `db:"mail"`         // what people agree to: to be mailed
	Tracking   string         `db:"tracking"`     // … and, if they tick it, to be remembered by what they do; empty: not asked
	Text       int            `db:"text_version"` // of these two; 0: there is none yet
	Topics     pq.StringArray `db:"topics"`       // keys of those that it offers
	Attributes pq.StringArray `db:"attributes"`   // names of those that it asks, in this order
	Version    int            `db:"version"`      // of the settings; 0: never saved
}

// Text is what people agreed to with one version of a form.
type Text struct {
	Version  int       `db:"version"`
	Mail     string    `db:"mail"`
	Tracking string    `db:"tracking"`
	At       time.Time `db:"at"`
	By       string    `db:"by"` // who wrote it
}

// mostText bounds a text, in characters.
const mostText = 2000

// Check returns an invalid fault that names what is wrong with the form: mail,
// tracking, topics, attributes.
func (f Form) Check(topics []members.Topic, attributes []members.Attribute) error {
	var wrong fault.List
	if strings.TrimSpace(f.Mail) == "" || !form.Lines(f.Mail, mostText) {
		wrong.Add("mail", "members.signup_text", "most", mostText)
	}
	if !form.Lines(f.Tracking, mostText) {
		wrong.Add("tracking", "members.signup_text", "most", mostText)
	}
	for _, key := range f.Topics {
		if !slices.ContainsFunc(topics, func(t members.Topic) bool { return t.Key == key }) {
			wrong.Add("topics", "members.signup_topic")
		}
	}
	for _, name := range f.Attributes {
		if !slices.ContainsFunc(attributes, func(a members.Attribute) bool { return a.Name == name && a.Type != members.Set }) {
			wrong.Add("attributes", "members.signup_attribute")
		}
	}
	return wrong.Err()
}
