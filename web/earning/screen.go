// Package earning holds the pages of what comes back: sums of commission, and
// the transactions that networks report.
package earning

import (
	"embed"
	"slices"

	"keur/campaigns"
	"keur/conversions"
	"keur/networks"
	"keur/networks/files"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/earned"
)

//go:embed *.html parts messages.toml
var pages embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "earning", Files: pages} }

// Screen holds what its pages read and change.
type Screen struct {
	Campaigns   *campaigns.Store
	Connections *networks.Store
	Conversions *conversions.Store
	Files       *files.Store
	Reports     *reports.Store

	Earned earned.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(s.earningRoutes(), s.transactionRoutes(), s.fileRoutes(), s.waitingRoutes())
}
