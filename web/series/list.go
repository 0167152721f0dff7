package series

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/mailings/series"
	"keur/web/desk"
)

// listView is the list of a label's series, with the form for a new one.
type listView struct {
	List  desk.Listing
	Items []series.Series
	Form  desk.Form
	Plans bool
}

func (s *Screen) list(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "series", x.Say.T("section.series"), columns(x), desk.Bind(x, s.find))
	}
	return s.show(x, http.StatusOK, desk.Form{})
}

func (s *Screen) show(x *desk.Exchange, status int, f desk.Form) error {
	list := desk.NewListing(x)
	page, err := s.find(x, list.Ask())
	if err != nil {
		return err
	}
	list.Next = page.Next
	return x.Answer(status, "series/list", listView{List: list, Items: page.Items, Form: f, Plans: x.Can(accounts.Planner)})
}

func (s *Screen) find(x *desk.Exchange, ask paging.Ask) (paging.Page[series.Series], error) {
	return s.Series.List(x.Context(), x.Label.ID, x.Query("q"), ask)
}

// columns are those of the list as a file.
func columns(x *desk.Exchange) []tables.Column[series.Series] {
	type row = series.Series
	return []tables.Column[row]{
		tables.IDOf("id", func(s row) series.ID { return s.ID }),
		tables.TextOf("name", func(s row) string { return s.Name }),
		tables.TermOf("begins", func(s row) (string, string) { return desk.WordOf(x, "series_after", s.After) }),
		tables.TermOf("state", func(s row) (string, string) { return desk.WordOf(x, "series_state", s.State()) }),
		tables.CountOf("steps", func(s row) int { return s.Steps }),
		tables.MomentOf("created_at", func(s row) *time.Time { return &s.CreatedAt }),
	}
}

func (s *Screen) create(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	made, err := s.Series.Create(x.Context(), series.Series{
		LabelID: x.Label.ID, Name: f.Field("name"), After: series.Beginning(f.Field("after")),
	})
	if err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, f)
	}
	return x.GoTo(pathOf(made.ID))
}
