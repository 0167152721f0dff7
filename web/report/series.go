package report

import (
	"slices"
	"strings"

	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/rhythm"
	"keur/internal/tables"
	"keur/mailings"
	"keur/mailings/series"
	"keur/reports"
	"keur/web/desk"
)

// seriesView is what came of a series in a period, step by step.
type seriesView struct {
	series.Series
	Entered int             // members who got its first step
	All     reports.Outcome // of its steps together
	Earned  []reports.Earning
	Steps   []stepView
}

// stepView is what came of one step.
type stepView struct {
	reports.Outcome
	Number int
	When   string            // in words; "" where its mailing doesn't go out by days
	Earned []reports.Earning // a line for each currency
}

// seriesResults returns what came of the label's series, of which something went
// out in the period, by name. Each step is told as By tells it.
func (s *Screen) seriesResults(x *desk.Exchange, lines []reports.Outcome, from, to civil.Date) ([]seriesView, error) {
	came := map[mailings.ID]reports.Outcome{}
	var of []series.ID
	for _, o := range lines {
		if came[o.Of.Mailing] = o; !slices.Contains(of, o.Of.Series) {
			of = append(of, o.Of.Series)
		}
	}
	brought, err := s.broughtBySteps(x, from, to)
	if err != nil {
		return nil, err
	}
	var all []seriesView
	for _, id := range of {
		view := seriesView{}
		if view.Series, err = s.Series.Get(x.Context(), id); err != nil {
			return nil, err
		}
		steps, err := s.Series.Steps(x.Context(), view.Series)
		if err != nil {
			return nil, err
		}
		var earned []reports.Earning
		for i, step := range steps {
			told := stepView{Outcome: came[step.Mailing], Number: i + 1, Earned: brought[step.Mailing]}
			told.Of = reports.Subject{Name: step.Name, Mailing: step.Mailing, Series: id}
			if at := step.When(view.After); at != nil {
				told.When = rhythm.SaidOfStep(at.After, at.Days, at.Time, x.Say)
			}
			if i == 0 {
				view.Entered = told.Audience
			}
			earned = append(earned, told.Earned...)
			view.Steps = append(view.Steps, told)
			view.add(&told.Outcome)
		}
		view.Earned = reports.SumOf(earned).Currencies
		all = append(all, view)
	}
	slices.SortFunc(all, func(a, b seriesView) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all, nil
}

// add adds what came of a step.
func (v *seriesView) add(o *reports.Outcome) {
	v.All.Few = v.All.Few || o.Few
	v.All.Sent, v.All.Delivered = v.All.Sent+o.Sent, v.All.Delivered+o.Delivered
	v.All.OpensUnique, v.All.ClicksUnique = v.All.OpensUnique+o.OpensUnique, v.All.ClicksUnique+o.ClicksUnique
	v.All.Unsubscribes += o.Unsubscribes
}

// broughtBySteps returns what sends of the period brought, by their mailing; nil
// for who isn't told of money.
func (s *Screen) broughtBySteps(x *desk.Exchange, from, to civil.Date) (map[mailings.ID][]reports.Earning, error) {
	only := within(x, from, to)
	told, err := s.Earned.Of(x, reports.EarnedByMailing, reports.EarningsFilter{From: only.From, Until: only.Until})
	if told == nil || err != nil {
		return nil, err
	}
	brought := map[mailings.ID][]reports.Earning{}
	for _, e := range told.Lines {
		brought[e.Of.Mailing] = append(brought[e.Of.Mailing], e)
	}
	return brought, nil
}

// stepRow is a step in a file: a line for each currency of which the first one
// has its counts.
type stepRow struct {
	stepView
	series string
	earned *reports.Earning
	first  bool
}

// exportSeries writes the results of series as a file.
func exportSeries(x *desk.Exchange, all []seriesView) error {
	var rows []stepRow
	for _, of := range all {
		for _, step := range of.Steps {
			rows = append(rows, stepRow{stepView: step, series: of.Name, first: true})
			for i := range step.Earned {
				if i > 0 {
					rows = append(rows, stepRow{stepView: step, series: of.Name})
				}
				rows[len(rows)-1].earned = &step.Earned[i]
			}
		}
	}
	whole := func(paging.Ask) (paging.Page[stepRow], error) { return paging.Whole(rows), nil }
	title := x.Say.T("section.reports") + ": " + x.Say.Of("group", reports.ByStep)
	return desk.Export(x, "series-"+x.Label.Code, title, seriesColumns(x), whole)
}

func seriesColumns(x *desk.Exchange) []tables.Column[stepRow] {
	columns := []tables.Column[stepRow]{
		tables.TextOf("series", func(r stepRow) string { return r.series }),
		tables.CountOf("step", func(r stepRow) int { return r.Number }),
		tables.TextOf("name", func(r stepRow) string { return r.Of.Name }),
		tables.IDOf("mailing_id", func(r stepRow) mailings.ID { return r.Of.Mailing }),
	}
	for _, c := range outcomeColumns(x, reports.ByStep) {
		if c.Name == "name" || c.Programs {
			continue
		}
		columns = append(columns, tables.Column[stepRow]{Name: c.Name, Head: c.Head, Kind: c.Kind, Value: func(r stepRow) tables.Value {
			if !r.first {
				return nil
			}
			return c.Value(r.Outcome)
		}})
	}
	if !x.User.SeesMoney(*x.Label) {
		return columns
	}
	return append(columns,
		tables.Column[stepRow]{Name: "commission", Kind: tables.Amounts, Value: func(r stepRow) tables.Value {
			if r.earned == nil || r.earned.Currency == "" || r.earned.Few {
				return nil
			}
			return tables.Amount{Minor: r.earned.Gross, Currency: r.earned.Currency}
		}},
		tables.TextOf("currency", func(r stepRow) string {
			if r.earned == nil {
				return ""
			}
			return r.earned.Currency
		}))
}
