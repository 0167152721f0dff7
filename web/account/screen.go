// Package account is signing in, and the page of one's own account.
package account

import (
	"embed"
	"slices"

	"keur/accounts"
	"keur/accounts/passkeys"
	"keur/mailings"
	"keur/web/desk"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "account", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts  *accounts.Store
	Deputies  *accounts.Deputies
	Feeds     *mailings.Feeds
	Factors   *accounts.Factors
	SignIns   *accounts.SignIns
	Passkeys  *passkeys.Store
	Providers *accounts.Providers
	Prover    *accounts.Prover
	Sessions  *accounts.Sessions
	Tokens    *accounts.Tokens
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		(&signin{s}).signInRoutes(),
		(&proof{s}).proofRoutes(),
		s.accountRoutes(),
	)
}

// signin is the pages for those who are not signed in: password, code, link by mail, provider.
type signin struct{ *Screen }

// proof is the pages by which who is signed in proves to be there.
type proof struct{ *Screen }
