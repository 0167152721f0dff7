// Package styleguide shows one of every part that pages are made of.
package styleguide

import (
	"embed"

	"keur/web/desk"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "styleguide", Files: files} }

// Screen holds what its pages read and change.
type Screen struct{}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return s.styleRoutes()
}
