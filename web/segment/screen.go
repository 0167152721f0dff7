// Package segment is where segments are built, counted and compared.
package segment

import (
	"embed"
	"slices"

	"keur/accounts"
	"keur/campaigns"
	"keur/mailings"
	"keur/members"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/rules"
)

//go:embed *.html parts
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "segment", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts    *accounts.Store
	Advertisers *campaigns.Advertisers
	Audiences   *segments.Engine
	Campaigns   *campaigns.Store
	Mailings    *mailings.Store
	Members     *members.Store
	Segments    *segments.Store

	Rules rules.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		s.segmentRoutes(),
		(&rulePages{s}).ruleRoutes(),
	)
}

// rulePages is what the builder of a rule asks while it is used: sentence, count, sample, values.
type rulePages struct{ *Screen }
