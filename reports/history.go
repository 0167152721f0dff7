package reports

import (
	"time"

	"keur/mailings"
)

// Happening is the kind of something that happened between a label and a member.
type Happening string

// What happens: first what became of a mail, as its delivery's state says it,
// then what the member or a receiver did with it, then what the member agreed to.
const (
	MailSent       Happening = "sent"
	MailDeferred   Happening = "deferred"
	MailBounced    Happening = "bounced"
	MailFailed     Happening = "failed"
	MailLapsed     Happening = "lapsed"
	MailSkipped    Happening = "skipped"
	MailInDoubt    Happening = "in_doubt"
	Opened         Happening = "open"
	Clicked        Happening = "click"
	Unsubscribed   Happening = "unsubscribe"
	BouncedLater   Happening = "bounce"
	Complained     Happening = "complaint"
	ConsentGiven   Happening = "consent"
	ConsentEnded   Happening = "withdrawal"
	MailSuppressed Happening = "suppression"
)

// Happenings returns all kinds.
func Happenings() []Happening {
	return []Happening{
		MailSent, MailDeferred, MailBounced, MailFailed, MailLapsed, MailSkipped, MailInDoubt,
		Opened, Clicked, Unsubscribed, BouncedLater, Complained, ConsentGiven, ConsentEnded, MailSuppressed,
	}
}

// Happened is one thing that happened between a label and a member.
type Happened struct {
	ID       string       `json:"id" db:"id"` // tells it from others of the member: event:81
	At       time.Time    `json:"at" db:"at"`
	Kind     Happening    `json:"kind" db:"kind"`
	Machine  bool         `json:"machine" db:"machine"` // a mail program or gateway did it, in the member's place
	Reason   string       `json:"reason" db:"reason"`   // a code: why skipped or bounced, mail or tracking of a consent
	Detail   string       `json:"detail" db:"detail"`
	Send     *int64       `json:"send_id,omitempty" db:"send_id"`
	Mailing  *mailings.ID `json:"mailing_id,omitempty" db:"mailing_id"`
	Name     string       `json:"mailing_name,omitempty" db:"mailing"`
	URL      string       `json:"url,omitempty" db:"url"` // of the link that was clicked
	ClickRef string       `json:"click_ref,omitempty" db:"click_ref"`
	Relay    Relay        `json:"relay,omitempty" db:"relay" enum:"delivered,returned,unknown" doc:"Of a mail over a relay that reports: what it did"`
}

// HistoryFilter narrows a history. Zero fields don't narrow.
type HistoryFilter struct {
	Kinds       []Happening
	From, Until time.Time
}
