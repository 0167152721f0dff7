// Package settings holds the pages that only admins see.
package settings

import (
	"context"
	"embed"
	"slices"

	"keur/accounts"
	"keur/approval"
	"keur/campaigns"
	"keur/changes"
	"keur/delivery"
	"keur/delivery/shaping"
	"keur/delivery/smtp"
	"keur/labels"
	"keur/labels/dictionary"
	"keur/labels/domains"
	"keur/mailings"
	"keur/members"
	"keur/members/signups"
	"keur/tracking"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "settings", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts   *accounts.Store
	Approval   *approval.Engine
	Changes    *changes.Store
	Creatives  *campaigns.Creatives
	DKIMKeys   *labels.DKIMKeys
	Factors    *accounts.Factors
	Feeds      *mailings.Feeds
	SignIns    *accounts.SignIns
	Labels     *labels.Store
	Words      *dictionary.Store // of the labels
	Limits     *shaping.Store
	Members    *members.Store
	Signups    *signups.Forms
	Records    *domains.Watch
	Providers  *accounts.Providers
	Sessions   *accounts.Sessions
	SMTPRoutes *labels.Routes
	Tokens     *accounts.Tokens
	TokenKeys  *tracking.Keys
	Trays      *tracking.Trays
	TryRoute   func(ctx context.Context, r labels.Route, domain string, letter *delivery.Message) []smtp.Step
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.Cautioned(slices.Concat(
		(&providers{s}).providerRoutes(),
		(&caps{s}).capRoutes(),
		(&changePages{s}).changeRoutes(),
		(&labelPages{s}).labelRoutes(),
		(&signupPages{s}).signupRoutes(),
		(&wordPages{s}).wordRoutes(),
		(&keys{s}).keyRoutes(),
		(&trays{s}).trayRoutes(),
		(&dkim{s}).dkimRoutes(),
		[]desk.Route{desk.Get("/settings", desk.Admins(), func(x *desk.Exchange) error { return x.GoTo("/settings/labels") })},
		(&people{s}).peopleRoutes(),
		s.feedRoutes(),
		(&routes{s}).smtpRoutes(),
	))
}

// Cautioned returns the routes with what the admins need to be told above each
// page: those of this screen, and of others in the settings.
func (s *Screen) Cautioned(all []desk.Route) []desk.Route {
	for i, r := range all {
		all[i].Handle = func(x *desk.Exchange) error {
			if err := s.caution(x); err != nil {
				return err
			}
			return r.Handle(x)
		}
	}
	return all
}

// caps is how many mails a member gets at most.
type caps struct{ *Screen }

// changePages is what waits for a second admin, and what was done alone.
type changePages struct{ *Screen }

// dkim is the labels' signing keys, with their records in DNS.
type dkim struct{ *Screen }

// keys is the keys that sign links.
type keys struct{ *Screen }

// labelPages is the list of labels and the page of one.
type labelPages struct{ *Screen }

// people is the list of users and the page of one, with roles.
type people struct{ *Screen }

// providers is the OpenID providers that sign users in.
type providers struct{ *Screen }

// routes is the SMTP routes, tried for real.
type routes struct{ *Screen }
