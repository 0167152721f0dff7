// Package campaign holds the pages of campaigns, their material and advertisers.
package campaign

import (
	"embed"
	"slices"

	"keur/campaigns"
	"keur/networks/programmes"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/earned"
	"keur/web/desk/gallery"
	"keur/web/desk/strips"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "campaign", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Creatives   *campaigns.Creatives
	Reports     *reports.Store
	Links       *campaigns.Links
	Vouchers    *campaigns.Vouchers
	Programmes  *programmes.Store

	Earned  earned.Reader
	Gallery gallery.Reader
	Strips  strips.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		s.campaignRoutes(),
		(&advertisers{s}).advertiserRoutes(),
	)
}

// advertisers is the list of advertisers and the page of one, with its contacts and programmes.
type advertisers struct{ *Screen }

// holdings are a campaign's images and voucher codes.
type holdings struct{ *Screen }

// offers is what networks offer for a campaign.
type offers struct{ *Screen }
