// Package imports is where a file of members is uploaded, rehearsed and imported.
package imports

import (
	"embed"

	"keur/members"
	"keur/members/imports"
	"keur/members/imports/uploads"
	"keur/segments"
	"keur/web/desk"
)

//go:embed *.html parts messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "imports", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Audiences *segments.Engine
	Importer  *imports.Importer
	Members   *members.Store
	Uploads   *uploads.Store
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.importRoutes()
}
