// Package mailing is where one mailing is made, step by step, checked, sent off to
// approval, and followed.
package mailing

import (
	"embed"
	"slices"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/delivery"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/blocks"
	"keur/mailings/series"
	"keur/members"
	"keur/scheduler"
	"keur/segments"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
	"keur/web/desk/gallery"
	"keur/web/desk/mails"
	"keur/web/desk/outcome"
	"keur/web/desk/reviews"
	"keur/web/desk/rules"
	"keur/web/desk/spam"
	"keur/web/desk/spelled"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "mailing", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Spam        spam.Reader
	Spelling    spelled.Reader
	Workbench   *mailings.Workbench // where mailings are worked on
	Accounts    *accounts.Store
	Blocks      *blocks.Store
	Standing    blocks.Checker // of blocks
	Advertisers *campaigns.Advertisers
	Approval    *approval.Engine
	Reach       *mailings.Reach
	Audiences   *segments.Engine
	Campaigns   *campaigns.Store
	Compiler    *templates.Compiler
	Composer    *mailings.Composer
	Creatives   *campaigns.Creatives
	Mailings    *mailings.Store
	Series      *series.Store
	Sends       *mailings.Sends
	Members     *members.Store
	Proofs      *delivery.Proofs
	SMTPRoutes  *labels.Routes
	Preflight   *scheduler.Preflight
	Segments    *segments.Store
	Templates   *templates.Store
	Vouchers    *campaigns.Vouchers

	Editor  editor.Reader
	Outcome outcome.Reader
	Reviews reviews.Reader
	Mails   mails.Reader
	Rules   rules.Reader
	Gallery gallery.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		s.mailingRoutes(),
		(&source{s}).mailingSourceRoutes(),
		(&audience{s}).mailingAudienceRoutes(),
		(&rounds{s}).mailingApprovalRoutes(),
	)
}

// audience is the step on which the members are chosen.
type audience struct{ *Screen }

// check is the step on which everything is looked at before approval.
type check struct{ *Screen }

// content is the step on which the mail is written.
type content struct{ *Screen }

// moment is the step on which it is said when the mailing goes out.
type moment struct{ *Screen }

// rounds is the step of approval: submitting, who is asked, links for clients.
type rounds struct{ *Screen }

// source is the editors of the mail's source, as text and by eye.
type source struct{ *Screen }
