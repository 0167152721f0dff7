package web

import (
	"net/http"
	"slices"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/labels"
	"keur/reports"
)

func (d *door) reportRoutes() []route {
	return []route{{http.MethodGet, "/reports", under(accounts.Viewer), (*visit).reports}}
}

// reportsView is the outcomes of a period, one line for each of what they are
// grouped by, and the sum to hold each against.
type reportsView struct {
	List     listing
	By       reports.GroupBy
	Groups   []choice
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

func (v *visit) reports() error {
	view := reportsView{List: v.newListing(), By: reports.GroupBy(v.Query("by"))}
	if !slices.Contains(reportGroups(), view.By) {
		view.By = reports.ByMailing
	}
	var err error
	if view.From, view.To, err = v.period(); err != nil {
		return err
	}
	zone := v.zone()
	only := reports.Filter{
		Labels: []labels.ID{v.Label.ID}, From: view.From.At(0, zone), To: view.To.AddDays(1).At(0, zone),
	}
	if view.Lines, err = v.Reports.Outcomes(v.ctx(), view.By, only); err != nil {
		return err
	}
	if v.wantsCSV() {
		v.Header("Content-Disposition", `attachment; filename="report-`+v.Label.Code+`.csv"`)
		v.Header("Content-Type", "text/csv; charset=utf-8")
		return reports.WriteOutcomes(v.Writer, view.Lines)
	}
	total, err := v.Reports.Outcomes(v.ctx(), reports.ByLabel, only)
	if err != nil {
		return err
	}
	if len(total) == 1 {
		view.Total = total[0]
	}
	slices.Reverse(view.Lines) // the newest first
	for _, line := range view.Lines {
		view.Most = max(view.Most, line.ClicksUnique)
	}
	for _, by := range reportGroups() {
		view.Groups = append(view.Groups, choice{string(by), v.Say.Of("group", by)})
	}
	return v.show("reports", view)
}

// period reads the first and last day from the address; without them it is the
// last thirty days.
func (v *visit) period() (from, to civil.Date, err error) {
	to = v.today0()
	from = to.AddDays(-29)
	for name, into := range map[string]*civil.Date{"from": &from, "to": &to} {
		if typed := v.Query(name); typed != "" {
			if *into, err = civil.ParseDate(typed); err != nil {
				return from, to, fault.At(name, "must be a day such as 2026-11-21")
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
