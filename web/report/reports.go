package report

import (
	"slices"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

func (s *Screen) reportRoutes() []desk.Route {
	return []desk.Route{desk.Get("/reports", desk.Under(accounts.Viewer), s.reports)}
}

// reportsView is the outcomes of a period, one line for each of what they are
// grouped by, and the sum to hold each against.
type reportsView struct {
	List     desk.Listing
	By       reports.GroupBy
	Groups   []desk.Choice
	From, To civil.Date
	Lines    []reports.Outcome
	Total    reports.Outcome
	Most     int64 // clicks of the best line, for the bars
}

// reportGroups are the groupings that the page offers.
func reportGroups() []reports.GroupBy {
	return []reports.GroupBy{
		reports.ByMailing, reports.ByCampaign, reports.ByAdvertiser, reports.BySend, reports.ByDay, reports.ByWeek, reports.ByMonth,
	}
}

func (s *Screen) reports(x *desk.Exchange) error {
	view := reportsView{List: desk.NewListing(x), By: reports.GroupBy(x.Query("by"))}
	if !slices.Contains(reportGroups(), view.By) {
		view.By = reports.ByMailing
	}
	var err error
	if view.From, view.To, err = s.period(x); err != nil {
		return err
	}
	zone := x.Zone()
	only := reports.Filter{
		Labels: []labels.ID{x.Label.ID}, From: view.From.At(0, zone), Until: view.To.AddDays(1).At(0, zone),
	}
	if view.Lines, err = s.Reports.Outcomes(x.Context(), view.By, only); err != nil {
		return err
	}
	for i := range view.Lines {
		desk.Kept(x, &view.Lines[i])
	}
	if desk.WantsCSV(x) {
		x.Header("Content-Disposition", `attachment; filename="report-`+x.Label.Code+`.csv"`)
		x.Header("Content-Type", "text/csv; charset=utf-8")
		return reports.WriteOutcomes(x.Writer, view.Lines)
	}
	total, err := s.Reports.Outcomes(x.Context(), reports.ByLabel, only)
	if err != nil {
		return err
	}
	if len(total) == 1 {
		view.Total = total[0]
		desk.Kept(x, &view.Total)
	}
	slices.Reverse(view.Lines) // the newest first
	for _, line := range view.Lines {
		view.Most = max(view.Most, line.ClicksUnique)
	}
	for _, by := range reportGroups() {
		view.Groups = append(view.Groups, desk.Choice{Value: string(by), Word: x.Say.Of("group", by)})
	}
	return x.Show("report/reports", view)
}

// period reads the first and last day from the address; without them it is the
// last thirty days.
func (s *Screen) period(x *desk.Exchange) (from, to civil.Date, err error) {
	to = desk.Today(x)
	from = to.AddDays(-29)
	for name, into := range map[string]*civil.Date{"from": &from, "to": &to} {
		if typed := x.Query(name); typed != "" {
			if *into, err = civil.ParseDate(typed); err != nil {
				return from, to, fault.At(name, "input.day")
			}
		}
	}
	if to.Compare(from) < 0 {
		from, to = to, from
	}
	if longest := from.AddDays(3650); longest.Compare(to) < 0 {
		to = longest
	}
	return from, to, nil
}
