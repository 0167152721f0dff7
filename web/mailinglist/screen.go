// Package mailinglist is the list of a label's mailings, where one is begun, and
// where a whole one is renamed, copied or given up.
package mailinglist

import (
	"embed"

	"keur/accounts"
	"keur/campaigns"
	"keur/mailings"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/editor"
	"keur/web/desk/gallery"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "mailinglist", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Audiences *segments.Engine
	Campaigns *campaigns.Store
	Composer  *mailings.Composer
	Creatives *campaigns.Creatives
	Gallery   gallery.Reader
	Mailings  *mailings.Store
	Sends     *mailings.Sends
	Workbench *mailings.Workbench // where mailings are worked on
	Editor    editor.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	plan := desk.OfMailing(s.Mailings, accounts.Planner)
	return []desk.Route{
		desk.Get("/mailings", desk.Under(accounts.Viewer), s.mailings),
		desk.Get("/mailings/new", desk.Under(accounts.Planner), s.newMailing),
		desk.Post("/mailings/new", desk.Under(accounts.Planner), s.createMailing),
		desk.Post("/mailings/:mailing/rename", plan, s.renameMailing),
		desk.Post("/mailings/:mailing/copy", plan, s.copyMailing),
		desk.Post("/mailings/:mailing/unopened", plan, s.mailUnopened),
		desk.Post("/mailings/:mailing/cancel", plan, s.cancelMailing),
	}
}
