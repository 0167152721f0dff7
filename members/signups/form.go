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
	Label      labels.ID      `db:"label_id" json:"label_id" readOnly:"true"`
	Open       bool           `db:"open" json:"open" doc:"It stands on the label's public address, and takes people in"`
	Mail       string         `db:"mail" json:"mail" doc:"What people agree to: to be mailed"`
	Tracking   string         `db:"tracking" json:"tracking,omitempty" doc:"What they agree to by a tick, of what is kept; absent: not asked"`
	Text       int            `db:"text_version" json:"text_version" readOnly:"true" doc:"The version of these two; 0: there is none yet"`
	Topics     pq.StringArray `db:"topics" json:"topics,omitempty" doc:"Keys of the topics that it offers"`
	Attributes pq.StringArray `db:"attributes" json:"attributes,omitempty" doc:"Names of the attributes that it asks, in this order"`
	Version    int            `db:"version" json:"version" readOnly:"true" doc:"Counts the changes; 0: never saved"`
}

// Text is what people agreed to with one version of a form.
type Text struct {
	Version  int       `db:"version" json:"version"`
	Mail     string    `db:"mail" json:"mail"`
	Tracking string    `db:"tracking" json:"tracking,omitempty"`
	At       time.Time `db:"at" json:"at"`
	By       string    `db:"by" json:"written_by" doc:"Who wrote it"`
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
