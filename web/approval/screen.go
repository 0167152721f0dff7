// Package approval is where approvers see what waits for them, and decide.
package approval

import (
	"embed"
	"slices"

	"keur/accounts"
	"keur/approval"
	"keur/approval/certificates"
	"keur/authors"
	"keur/campaigns"
	"keur/delivery"
	"keur/labels/domains"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/mails"
	"keur/web/desk/reviews"
)

//go:embed *.html
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "approval", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Compiler     *templates.Compiler
	Deputies     *accounts.Deputies
	Mailings     *mailings.Store
	Proofs       *delivery.Proofs
	Records      *domains.Watch

	Parts     *authors.Store
	Templates *templates.Store
	Segments  *segments.Store
	Campaigns *campaigns.Store

	Reviews reviews.Reader
	Mails   mails.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(s.approvalsRoutes(), (&alone{s}).partRoutes())
}
