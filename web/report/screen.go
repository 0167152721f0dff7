// Package report shows what came of mailings: figures by campaign, advertiser and
// period, series step by step, and one send with its doubts and click map.
package report

import (
	"embed"
	"slices"

	"keur/delivery"
	"keur/mailings"
	"keur/mailings/series"
	"keur/reports"
	"keur/reports/saved"
	"keur/web/desk"
	"keur/web/desk/earned"
	"keur/web/desk/outcome"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "report", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Ledger   *delivery.Ledger
	Mailings *mailings.Store
	Sends    *mailings.Sends
	Proofs   *delivery.Proofs
	Reports  *reports.Store
	Saved    *saved.Store
	Series   *series.Store

	Earned  earned.Reader
	Outcome outcome.Reader
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	return slices.Concat(
		s.sendRoutes(),
		s.reportRoutes(),
		s.savedRoutes(),
	)
}
