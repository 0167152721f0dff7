// Package revision is where the revisions of a mailing are read, each as a mail, and
// what one says otherwise than another.
package revision

import (
	"embed"

	"keur/accounts"
	"keur/delivery"
	"keur/mailings"
	"keur/web/desk"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "revision", Files: files} }

// Screen holds what its pages read.
type Screen struct {
	Accounts *accounts.Store
	Mailings *mailings.Store
	Proofs   *delivery.Proofs
}
