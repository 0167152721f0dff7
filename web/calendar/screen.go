// Package calendar shows mailings by day, lets planners move them, and feeds
// calendar programs.
package calendar

import (
	"embed"

	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/entries"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "calendar", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Workbench *mailings.Workbench // where mailings are worked on
	Audiences *segments.Engine
	Labels    *labels.Store
	Mailings  *mailings.Store
	Sends     *mailings.Sends
	Feeds     *mailings.Feeds

	Entries entries.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.calendarRoutes()
}
