// Package search finds mailings, campaigns, segments and members by name.
package search

import (
	"embed"

	"keur/campaigns"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/templates"
	"keur/web/desk"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "search", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Members     *members.Store
	Mailings    *mailings.Store
	Segments    *segments.Store
	Templates   *templates.Store
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.searchRoutes()
}
