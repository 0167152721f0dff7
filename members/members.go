// Package members holds the people whom a publisher may mail: their address,
// what they agreed to with the proof of it, what they don't want any more, and
// what is known of them. It hands out all that is kept of one, and forgets one
// for good.
package members

import (
	"time"

	"keur/labels"
)

// ID is the number of a member. It means nothing outside the base, and stays
// alone in the ledger when the member is erased.
type ID int64

// Member is one person, known by one address, under any number of labels.
type Member struct {
	ID          ID           `json:"id"`
	Address     string       `json:"address"` // as given, the domain as A-label
	Domain      string       `json:"domain"`
	Disposable  bool         `json:"disposable"` // the domain gives out throw-away mailboxes
	CreatedAt   time.Time    `json:"created_at"`
	Memberships []Membership `json:"memberships"`
}

// Membership is a member under one label.
type Membership struct {
	Label           labels.ID      `json:"label_id"`
	JoinedAt        time.Time      `json:"joined_at"`
	MailConsent     bool           `json:"mail_consent"`     // mirror of the newest consent of the kind
	TrackingConsent bool           `json:"tracking_consent"` // likewise
	ConfirmedAt     *time.Time     `json:"confirmed_at,omitempty"`
	Source          string         `json:"source"`
	TimeZone        string         `json:"time_zone,omitempty"`  // the member's own, when known
	Key             string         `json:"member_key,omitempty"` // the publisher's own number of the member
	Attributes      map[string]any `json:"attributes"`           // by name; only those that have a value
}

// Under returns the membership under label, or false.
func (m Member) Under(label labels.ID) (Membership, bool) {
	for _, ms := range m.Memberships {
		if ms.Label == label {
			return ms, true
		}
	}
	return Membership{}, false
}
