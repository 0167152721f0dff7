// Package mailing is where one mailing is made, step by step, checked, sent off to
// approval, and followed.
package mailing

import (
	"embed"
	"slices"

	"keur/accounts"
	"keur/approval"
	"keur/approval/certificates"
	"keur/campaigns"
	"keur/delivery"
	"keur/internal/spamd"
	"keur/labels"
	"keur/mailings"
	"keur/members"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
	"keur/web/desk/outcome"
	"keur/web/desk/reviews"
	"keur/web/desk/rules"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "mailing", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Spam         *spamd.Client       // judges mails; nil where no spam checker is configured
	Workbench    *mailings.Workbench // where mailings are worked on
	Accounts     *accounts.Store
	Advertisers  *campaigns.Advertisers
	Approval     *approval.Engine
	Certificates *certificates.Issuer
	Reach        *mailings.Reach
	Audiences    *segments.Engine
	Campaigns    *campaigns.Store
	Compiler     *templates.Compiler
	Composer     *mailings.Composer
	Creatives    *campaigns.Creatives
	Mailings     *mailings.Store
	Sends        *mailings.Sends
	Members      *members.Store
	Proofs       *delivery.Proofs
	SMTPRoutes   *labels.Routes
	Preflight    *scheduler.Preflight
	Segments     *segments.Store
	Templates    *templates.Store
	Vouchers     *campaigns.Vouchers

	Editor  editor.Reader
	Outcome outcome.Reader
	Reviews reviews.Reader
	Rules   rules.Reader
}

// Routes are the ways into the screen.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		(&list{s}).mailingsRoutes(),
		(&source{s}).mailingSourceRoutes(),
		(&audience{s}).mailingAudienceRoutes(),
		(&rounds{s}).mailingApprovalRoutes(),
		(&list{s}).mailingManageRoutes(),
		s.mailingRoutes(),
		(&history{s}).historyRoutes(),
	)
}

// audience is a page of the screen.
type audience struct{ *Screen }

// check is a page of the screen.
type check struct{ *Screen }

// content is a page of the screen.
type content struct{ *Screen }

// history is a page of the screen.
type history struct{ *Screen }

// list is a page of the screen.
type list struct{ *Screen }

// moment is a page of the screen.
type moment struct{ *Screen }

// rounds is a page of the screen.
type rounds struct{ *Screen }

// source is a page of the screen.
type source struct{ *Screen }
