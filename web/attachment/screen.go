// Package attachment is where makers bring the PDFs that go with a mailing: they put
// them up, name, replace and remove them, and see what each member gets by that.
package attachment

import (
	"embed"

	"keur/accounts"
	"keur/approval"
	"keur/mailings"
	"keur/web/desk"
	"keur/web/desk/mails"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "attachment", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Approval  *approval.Engine
	Composer  *mailings.Composer
	Mailings  *mailings.Store
	Workbench *mailings.Workbench
	Mails     mails.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	look, plan := desk.OfMailing(s.Mailings, accounts.Viewer), desk.OfMailing(s.Mailings, accounts.Planner)
	return []desk.Route{
		desk.Get("/mailings/:mailing/attachments", look, s.page),
		desk.Post("/mailings/:mailing/attachments", plan, s.change),
		desk.Get("/mailings/:mailing/brought/:hash", look, s.brought),
		desk.Get("/mailings/:mailing/attachments/:number", look, s.open),
		desk.Post("/mailings/:mailing/attachments/:number/opened",
			desk.OfMailing(s.Mailings, accounts.Planner, accounts.Approver), s.opened),
	}
}

func path(id mailings.ID) string { return "/mailings/" + desk.Itoa(id) + "/attachments" }
