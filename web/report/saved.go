package report

import (
	"fmt"
	"net/http"
	"net/url"

	"keur/accounts"
	"keur/labels"
	"keur/reports"
	"keur/reports/saved"
	"keur/web/desk"
)

func (s *Screen) savedRoutes() []desk.Route {
	return []desk.Route{
		desk.Post("/reports/saved", desk.Under(accounts.Viewer), s.saveReport),
		desk.Post("/reports/saved/:saved/share", desk.Anywhere(accounts.Viewer), s.shareReport),
		desk.Post("/reports/saved/:saved/remove", desk.Anywhere(accounts.Viewer), s.removeReport),
	}
}

// savedView is a report that somebody named, as a link.
type savedView struct {
	saved.Report
	Path string
	Own  bool
}

// savedReports are those of the label that the user may open.
func (s *Screen) savedReports(x *desk.Exchange) (all []savedView, err error) {
	found, err := s.Saved.Seen(x.Context(), x.Label.ID)
	for _, r := range found {
		all = append(all, savedView{r, pathOf(x, r), r.By == x.User.ID.Actor()})
	}
	return all, err
}

// pathOf is where a saved report opens today.
func pathOf(x *desk.Exchange, r saved.Report) string {
	from, until := r.Period(desk.Today(x))
	query := url.Values{
		"label": {x.LabelOf(r.LabelID).Code}, "by": {string(r.Group)}, "from": {from.String()}, "to": {until.String()},
	}
	if r.Sort != "" {
		query.Set("sort", r.Sort)
	}
	return "/reports?" + query.Encode()
}

// saveReport keeps what is on the page under a name.
func (s *Screen) saveReport(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	from, until, err := periodOf(x, f.Get)
	if err != nil {
		return err
	}
	r := saved.Of(from, until, desk.Today(x))
	r.LabelID, r.Name, r.Group, r.Shared = x.Label.ID, f.Field("name"), reports.GroupBy(f.Get("by")), f.Get("shared") != ""
	if _, known := sorts()[f.Get("sort")]; known {
		r.Sort = f.Get("sort")
	}
	if _, err := s.Saved.Save(x.Context(), r); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.show(x, http.StatusUnprocessableEntity, f)
	}
	x.Flash(x.Say.T("reports.saved", "name", r.Name))
	return x.GoTo(pathOf(x, r))
}

func (s *Screen) shareReport(x *desk.Exchange) error {
	id, f, err := desk.FormFor(x, "saved")
	if err != nil {
		return err
	}
	r, err := s.Saved.Share(x.Context(), saved.ID(id), f.Get("shared") != "")
	if err != nil {
		return err
	}
	said := "reports.unshared"
	if r.Shared {
		said = "reports.shared"
	}
	x.Flash(x.Say.T(said, "name", r.Name, "label", x.LabelOf(r.LabelID).Name))
	return x.GoTo(listOf(x, r.LabelID))
}

func (s *Screen) removeReport(x *desk.Exchange) error {
	id, err := x.ID("saved")
	if err != nil {
		return err
	}
	r, err := s.Saved.Remove(x.Context(), saved.ID(id))
	if err != nil {
		return err
	}
	x.Flash(x.Say.T("reports.removed", "name", r.Name))
	return x.GoTo(listOf(x, r.LabelID))
}

func listOf(x *desk.Exchange, id labels.ID) string {
	return fmt.Sprintf("/reports?label=%s", x.LabelOf(id).Code)
}
