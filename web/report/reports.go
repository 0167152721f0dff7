package report

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
	"keur/segments"
	"keur/web/desk"
)

func (s *Screen) reportRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/reports", desk.Under(accounts.Viewer), s.reports),
		desk.Get("/reports/pictures", desk.Under(accounts.Viewer), s.pictures),
	}
}

// reportsView is the outcomes of a period, one line for each of what they are
// grouped by, and the sum to hold each against.
type reportsView struct {
	List     desk.Listing
	By       reports.GroupBy
	Groups   []desk.Choice
	From, To civil.Date
	AsOf     *time.Time // of when the figures are; nil: of now
	Lines    []reports.Outcome
	Series   []seriesView // instead of them, of series
	Money    bool         // the user is told what was earned
	Saved    []savedView
	Form     desk.Form // in which the report is named
	Total    reports.Outcome
	Codes    map[labels.ID]string // of the labels that the user may look at
	Most     int64                // clicks of the best line, for the bars
}

// Places reports whether the lines are of places in mails.
func (v reportsView) Places() bool {
	return v.By == reports.ByPosition || v.By == reports.ByCreative || v.By == reports.ByPage
}

// reportGroups are the groupings that the page offers.
func reportGroups() []reports.GroupBy {
	return []reports.GroupBy{
		reports.ByMailing, reports.ByCampaign, reports.ByAdvertiser, reports.ByStep, reports.BySend,
		reports.ByPosition, reports.ByCreative, reports.ByPage,
		reports.ByDay, reports.ByWeek, reports.ByMonth, reports.ByLabel,
	}
}

func (s *Screen) reports(x *desk.Exchange) error {
	return s.show(x, http.StatusOK, desk.NewForm(x.Say))
}

// reading is where the answer's figures are read.
func (s *Screen) reading(x *desk.Exchange) reports.Reading {
	return s.Reports.Reading(x.Context(), x.Now())
}

// show answers with the report that the address, or the form in which it was
// named, asks for.
func (s *Screen) show(x *desk.Exchange, status int, f desk.Form) error {
	asked := func(name string) string { return cmp.Or(f.Get(name), x.Query(name)) }
	view := reportsView{List: desk.NewListing(x), By: reports.GroupBy(asked("by")), Form: f, Codes: map[labels.ID]string{}}
	if !slices.Contains(reportGroups(), view.By) {
		view.By = reports.ByMailing
	}
	var err error
	if view.From, view.To, err = periodOf(x, asked); err != nil {
		return err
	}
	if view.Saved, err = s.savedReports(x); err != nil {
		return err
	}
	at := s.reading(x)
	view.AsOf = at.AsOf
	only := within(x, view.From, view.To)
	if view.By == reports.ByLabel { // held against each other
		only.Labels = x.Seen()
		for _, id := range only.Labels {
			view.Codes[id] = x.LabelOf(id).Code
		}
	}
	if view.Lines, err = at.Outcomes.By(x.Context(), view.By, only); err != nil {
		return err
	}
	if view.By == reports.ByStep {
		return s.showSeries(x, status, &view)
	}
	if desk.WantsFile(x) {
		title := x.Say.T("section.reports") + ": " + x.Say.Of("group", view.By)
		whole := func(paging.Ask) (paging.Page[reports.Outcome], error) { return paging.Whole(view.Lines), nil }
		return desk.Export(x, "report-"+x.Label.Code, title, outcomeColumns(x, view.By), whole)
	}
	if view.Total, err = total(x, at, view.From, view.To); err != nil {
		return err
	}
	switch sort := asked("sort"); {
	case sort == "" && view.By == reports.ByPosition:
		slices.SortFunc(view.Lines, func(a, b reports.Outcome) int { return cmp.Compare(a.Of.Position, b.Of.Position) })
	case sort == "" && view.Places():
		arrange(view.Lines, "clicks")
	default:
		arrange(view.Lines, sort)
	}
	for i := range view.Lines {
		line := &view.Lines[i]
		view.Most = max(view.Most, line.ClicksUnique)
		if line.Of.Period != "" {
			line.Of.Name = periodName(x, view.By, line.Of.Period)
		}
		if line.Of.Position != 0 {
			line.Of.Name = x.Say.T("reports.place", "n", line.Of.Position)
		}
		if slot := line.Of.Slot; !slot.IsZero() {
			line.Of.Name = strings.TrimSuffix(line.Of.Name, slot.Format(reports.SlotForm)) + x.Say.Date(slot) + ", " + x.Say.Clock(slot)
		}
	}
	return view.answer(x, status)
}

func (v *reportsView) answer(x *desk.Exchange, status int) error {
	for _, by := range reportGroups() {
		v.Groups = append(v.Groups, desk.Choice{Value: string(by), Word: x.Say.Of("group", by)})
	}
	return x.Answer(status, "report/reports", *v)
}

// showSeries answers with what came of series, step by step.
func (s *Screen) showSeries(x *desk.Exchange, status int, view *reportsView) (err error) {
	if view.Series, err = s.seriesResults(x, view.Lines, view.From, view.To); err != nil {
		return err
	}
	if desk.WantsFile(x) {
		return exportSeries(x, view.Series)
	}
	view.Money = x.User.SeesMoney(*x.Label)
	return view.answer(x, status)
}

// periodOf reads the first and last day from what was asked; without them it is
// the last thirty days.
func periodOf(x *desk.Exchange, asked func(name string) string) (from, to civil.Date, err error) {
	to = desk.Today(x)
	from = to.AddDays(-29)
	for name, into := range map[string]*civil.Date{"from": &from, "to": &to} {
		if typed := asked(name); typed != "" {
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

// outcomeColumns are those of a report as a file.
func outcomeColumns(x *desk.Exchange, by reports.GroupBy) []tables.Column[reports.Outcome] {
	type row = reports.Outcome
	columns := []tables.Column[row]{
		{Name: "name", Head: x.Say.Of("group", by), Kind: tables.Texts, Value: func(o row) tables.Value {
			return tables.Text(cmp.Or(o.Of.Name, o.Of.Period))
		}},
		tables.IDOf("mailing_id", func(o row) mailings.ID { return o.Of.Mailing }),
		tables.IDOf("send_id", func(o row) mailings.SendID { return o.Of.Send }),
		tables.IDOf("campaign_id", func(o row) campaigns.ID { return o.Of.Campaign }),
		tables.IDOf("advertiser_id", func(o row) campaigns.AdvertiserID { return o.Of.Advertiser }),
		tables.CountOf("sends", func(o row) int { return o.Sends }),
		{Name: "audience", Kind: tables.Counts, Value: func(o row) tables.Value {
			if o.Few {
				return tables.Text("<" + desk.Itoa(segments.Fewest))
			}
			return tables.Count(o.Audience)
		}},
	}
	for _, c := range outcomeCounts() {
		columns = append(columns, tables.Column[row]{Name: c.Name, Kind: c.Kind, Value: func(o row) tables.Value {
			if o.Few {
				return nil // nothing of fewer than segments.Fewest is told
			}
			return c.Value(o)
		}})
	}
	return columns
}

func outcomeCounts() []tables.Column[reports.Outcome] {
	type row = reports.Outcome
	return []tables.Column[row]{
		tables.CountOf("sent", func(o row) int64 { return o.Sent }),
		tables.CountOf("bounced", func(o row) int64 { return o.Bounced }),
		tables.CountOf("delivered", func(o row) int64 { return o.Delivered }),
		tables.CountOf("failed", func(o row) int64 { return o.Failed }),
		tables.CountOf("lapsed", func(o row) int64 { return o.Lapsed }),
		tables.CountOf("skipped", func(o row) int64 { return o.Skipped }),
		tables.CountOf("in_doubt", func(o row) int64 { return o.InDoubt }),
		tables.CountOf("opens_unique", func(o row) int64 { return o.OpensUnique }),
		tables.CountOf("opens", func(o row) int64 { return o.Opens }),
		tables.CountOf("clicks_unique", func(o row) int64 { return o.ClicksUnique }),
		tables.CountOf("clicks", func(o row) int64 { return o.Clicks }),
		tables.ShareOf("ctr", func(o row) *float64 { return o.CTR.Value }),
		tables.ShareOf("ctor", func(o row) *float64 { return o.CTOR.Value }),
		tables.CountOf("unsubscribes", func(o row) int64 { return o.Unsubscribes }),
		tables.CountOf("complaints", func(o row) int64 { return o.Complaints }),
	}
}
