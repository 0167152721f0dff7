// Package series is the list of a label's series, and the page of one: its steps
// in the order in which members get them, how many are on the way to each, and
// what came of it.
package series

import (
	"embed"

	"keur/accounts"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/series"
	"keur/reports"
	"keur/scheduler"
	"keur/web/desk"
	"keur/web/desk/earned"
	"keur/web/desk/editor"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "series", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Accounts  *accounts.Store
	Control   *scheduler.SeriesControl
	Earned    earned.Reader
	Editor    editor.Reader
	Mailings  *mailings.Store
	Reports   *reports.Store
	Series    *series.Store
	Workbench *mailings.Workbench
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	plan, stops := s.of(accounts.Planner), s.of(accounts.Planner, accounts.Approver)
	return []desk.Route{
		desk.Get("/series", desk.Under(accounts.Viewer), s.list),
		desk.Post("/series", desk.Under(accounts.Planner), s.create),
		desk.Get("/series/:series", s.of(accounts.Viewer), s.page),
		desk.Post("/series/:series/rename", plan, s.rename),
		desk.Post("/series/:series/steps", plan, s.addStep),
		desk.Post("/series/:series/steps/:mailing/moment", plan, s.moveStep),
		desk.Post("/series/:series/steps/:mailing/remove", plan, s.removeStep),
		desk.Post("/series/:series/pause", stops, s.pause),
		desk.Post("/series/:series/resume", stops, s.resume),
		desk.Post("/series/:series/end", plan, s.end),
	}
}

// of demands one of the roles for the label of the series in the path.
func (s *Screen) of(roles ...accounts.Role) desk.Access {
	return desk.Of("series", roles, func(x *desk.Exchange, id int64) (series.Series, labels.ID, error) {
		found, err := s.Series.Get(x.Context(), series.ID(id))
		return found, found.LabelID, err
	})
}

// pathOf is the address of a series.
func pathOf(id series.ID) string { return "/series/" + desk.Itoa(id) }
