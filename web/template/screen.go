// Package template is where templates are edited, by source and by eye, and where the
// blocks are listed that a label saved out of its mailings.
package template

import (
	"embed"
	"slices"

	"keur/mailings"
	"keur/mailings/blocks"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/editor"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "template", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Blocks    *blocks.Store
	Standing  blocks.Checker // of blocks
	Compiler  *templates.Compiler
	Composer  *mailings.Composer
	Templates *templates.Store

	Editor editor.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		s.templateRoutes(),
		s.visualRoutes(),
		s.blockRoutes(),
	)
}
