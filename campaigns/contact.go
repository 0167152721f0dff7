package campaigns

import (
	"fmt"
	"net/mail"
	"strings"

	"keur/changes"
	"keur/internal/fault"
)

// ContactID names a contact.
type ContactID int64

// Actor returns how the audit trail calls the contact.
func (id ContactID) Actor() string { return fmt.Sprintf("contact:%d", id) }

// Contact is a person at an advertiser or network.
type Contact struct {
	ID            ContactID    `db:"id" json:"id" readOnly:"true"`
	AdvertiserID  AdvertiserID `db:"advertiser_id" json:"advertiser_id" readOnly:"true"`
	Name          string       `db:"name" json:"name"`
	Email         string       `db:"email" json:"email"`
	Locale        string       `db:"locale" json:"locale,omitempty" enum:"nl,de,en" default:"en"`
	ProposedBy    *string      `db:"proposed_by" json:"proposed_by,omitempty" readOnly:"true" doc:"Who asked that this address approves …"`
	VouchedBy     string       `db:"vouched_by" json:"vouched_by,omitempty" readOnly:"true" required:"false" doc:"… and who confirmed it; makers of a mailing can't be both"`
	ApprovesAfter *int64       `db:"approves_after" json:"-"` // it counts for rounds after this one; nil: may not approve
	MayApprove    bool         `db:"may_approve" json:"may_approve" required:"true" doc:"Whether a link to approve may be made for this person"`
	Change        *Change      `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for a second person to confirm"`
}

// Change is a change request about a contact.
type Change = changes.Request

// takesTwo reports whether what the contact becomes takes a second person:
// that it may approve, and to which address the links go then.
func (c Contact) takesTwo(before Contact) bool {
	return c.MayApprove && (!before.MayApprove || c.Email != before.Email)
}

// Validate returns everything that is wrong with the contact.
func (c Contact) Validate() error {
	var wrong fault.List
	name(&wrong, "name", c.Name)
	parsed, err := mail.ParseAddress(c.Email)
	if err != nil || parsed.Address != c.Email || len(c.Email) > 254 || strings.ContainsFunc(c.Email, beyondASCII) {
		wrong.Add("email", "campaigns.contact_email_form")
	}
	if c.Locale != "nl" && c.Locale != "de" && c.Locale != "en" {
		wrong.Add("locale", "input.locale")
	}
	return wrong.Err()
}

// beyondASCII reports whether a character has no place in an address as mail
// servers write it: a domain of other letters is given by its xn-- name.
func beyondASCII(r rune) bool { return r <= ' ' || r > '~' }
