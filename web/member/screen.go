// Package member shows what is known of one member, and changes it.
package member

import (
	"embed"

	"keur/accounts"
	"keur/members"
	"keur/reports"
	"keur/tracking"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "member", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts  *accounts.Store
	Consents  *members.Consents
	Erasures  *members.Erasures
	Members   *members.Store
	Reports   *reports.Store
	Ring      *tracking.Keyring
	Unfounded *tracking.Unfounded
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.memberRoutes()
}

// changes is what may be done with a member: suppression, wishes, export, erasure.
type changes struct{ *Screen }
