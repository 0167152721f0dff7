// Package request is the board of requests, and the page of each.
package request

import (
	"embed"

	"keur/accounts"
	"keur/campaigns"
	"keur/mailings"
	"keur/members"
	"keur/requests"
	"keur/web/desk"
	"keur/web/desk/tickets"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "request", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts  *accounts.Store
	Campaigns *campaigns.Store
	Creatives *campaigns.Creatives
	Mailings  *mailings.Store
	Members   *members.Store
	Requests  *requests.Store

	Tickets tickets.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.requestRoutes()
}

// ticket is the page of one request, and the one on which a department answers.
type ticket struct{ *Screen }
