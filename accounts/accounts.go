// Package accounts holds the people who work here: their roles per label, how
// they sign in, and the tokens that programs use in their name.
package accounts

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
)

// UserID names a user.
type UserID int64

// Actor returns how the audit trail calls the user.
func (id UserID) Actor() string { return fmt.Sprintf("user:%d", id) }

// Role says what a user may do for a label.
type Role string

// The roles.
const (
	Planner  Role = "planner"  // makes campaigns, segments and mailings
	Approver Role = "approver" // approves what others made
	Finance  Role = "finance"  // closes months, sees money
	Viewer   Role = "viewer"   // looks

	Service Role = "member_service" // finds members and answers them, and sees nothing else
)

// User is a person who works here.
type User struct {
	ID         UserID               `db:"id" json:"id"`
	Email      string               `db:"email" json:"email"`
	Name       string               `db:"name" json:"name"`
	Locale     string               `db:"locale" json:"locale" enum:"nl,de,en"`
	Admin      bool                 `db:"admin" json:"admin" doc:"Manages the installation and may do all but approve, which needs the role"`
	DisabledAt *time.Time           `db:"disabled_at" json:"disabled_at,omitempty"`
	CreatedAt  time.Time            `db:"created_at" json:"created_at"`
	Roles      map[labels.ID][]Role `db:"-" json:"roles" doc:"Roles by label id"`
	Change     *changes.Request     `db:"-" json:"change,omitempty" readOnly:"true" doc:"What waits for another admin"`
}

// Can reports whether the user may act in the role for the label. Every role but
// member service may view. An admin may do everything but approve, which stays
// with whom the label trusts with it.
func (u User) Can(label labels.ID, role Role) bool {
	roles := u.Roles[label]
	switch {
	case u.DisabledAt != nil:
		return false
	case slices.Contains(roles, role):
		return true
	case role == Viewer:
		return u.Admin || slices.ContainsFunc(roles, func(r Role) bool { return r != Service })
	case role == Approver:
		return false
	}
	return u.Admin
}

// CanSomewhere reports whether the user may act in the role for any label,
// which is enough for what labels share.
func (u User) CanSomewhere(role Role) bool {
	for label := range u.Roles {
		if u.Can(label, role) {
			return true
		}
	}
	return u.DisabledAt == nil && u.Admin && role != Approver
}

// Knows reports whether the label is there for the user: they have some role under it.
func (u User) Knows(label labels.ID) bool { return u.Can(label, Viewer) || u.Can(label, Service) }

// CountsExactly reports whether the user is told how many members match however
// few they are: who plans sees the members, and who approves must know.
func (u User) CountsExactly(label labels.ID) bool {
	return u.Can(label, Planner) || u.Can(label, Approver)
}

// SeesMoney reports whether the user is told what networks report of a label. A
// label may keep that to finance.
func (u User) SeesMoney(l labels.Label) bool {
	return u.Can(l.ID, Finance) || !l.MoneyHidden && u.Can(l.ID, Viewer)
}

// Sees returns the labels that the user may view; all says that it is every one.
func (u User) Sees() (ids []labels.ID, all bool) {
	if u.Admin {
		return nil, true
	}
	for id := range u.Roles {
		if u.Can(id, Viewer) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, false
}

// Validate returns everything that is wrong with the user.
func (u User) Validate() error {
	var wrong fault.List
	parsed, err := mail.ParseAddress(u.Email)
	if err != nil || parsed.Address != u.Email || len(u.Email) > 254 || beyondASCII(u.Email) {
		wrong.Add("email", "accounts.email_form")
	}
	if !form.Name(u.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if !knownLocale(u.Locale) {
		wrong.Add("locale", "input.locale")
	}
	for label, roles := range u.Roles {
		for i, role := range roles {
			if !role.valid() {
				wrong.Add(fmt.Sprintf("roles.%d[%d]", label, i), "accounts.role")
			}
		}
	}
	return wrong.Err()
}

func (r Role) valid() bool {
	return r == Planner || r == Approver || r == Finance || r == Service || r == Viewer
}

func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

// beyondASCII reports whether an address has more than one spelling: a domain
// beyond ASCII is mailed to as xn--….
func beyondASCII(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
