package series

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/rhythm"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/mailings/series"
	"keur/reports"
	"keur/segments"
	"keur/web/desk"
	"keur/web/desk/earned"
)

// pageView is a series with its steps.
type pageView struct {
	Series  series.Series
	Steps   []stepView
	Through int64              // got the last step
	Loose   []mailings.Mailing // may become steps
	Paused  string             // name of who paused it
	Ended   string
	Form    desk.Form // of a new step
	Renamed desk.Form // of the series
	Plans   bool      // may change it
	Stops   bool      // may pause it
	Days    int       // of which the figures tell
	Money   bool      // the user is told what was earned
	From    civil.Date
	To      civil.Date // of the report with the same figures
}

// stepView is a step with what came of it.
type stepView struct {
	series.Step
	Number   int
	When     string // in words; "" where it doesn't go out by days
	Changed  string // what is written instead, and isn't approved
	At       schedules.Step
	Line     reports.SeriesLine
	Fallen   []segments.Step   // who were left out, by reason
	Earned   []reports.Earning // a line for each currency
	Movable  bool
	Strange  bool // it doesn't go out by days since what begins the series
	Measured bool
}

func (s *Screen) page(x *desk.Exchange) error {
	return s.showPage(x, http.StatusOK, desk.Found[series.Series](x), nil, nil)
}

// showPage answers with a series' page, with what was typed of a new step or of
// another name; nil where nothing was.
func (s *Screen) showPage(x *desk.Exchange, status int, of series.Series, f, renamed *desk.Form) error {
	steps, err := s.Series.Steps(x.Context(), of)
	if err != nil {
		return err
	}
	lines, err := s.Reports.Outcomes.OfSeries(x.Context(), of, steps, x.Now(), x.Zone(), &x.User)
	if err != nil {
		return err
	}
	today := desk.Today(x)
	from := today.AddDays(-reports.SeriesDays)
	brought, err := s.Earned.Of(x, reports.EarnedByMailing, reports.EarningsFilter{From: from.At(0, x.Zone())})
	if err != nil {
		return err
	}
	open := of.EndedAt == nil
	view := pageView{
		Series: of, Plans: open && x.Can(accounts.Planner), Days: reports.SeriesDays,
		Stops: open && (x.Can(accounts.Planner) || x.Can(accounts.Approver)), Money: brought != nil, From: from, To: today,
	}
	for i, step := range steps {
		view.Steps = append(view.Steps, told(x, of, step, i+1, lines[i]))
		view.Steps[i].Earned = broughtBy(brought, step.Mailing)
		view.Through = lines[i].Delivered
	}
	if f == nil {
		f = suggested(x, of, steps)
	}
	view.Form = *f
	if renamed == nil {
		is := desk.NewForm(x.Say)
		is.Set("name", of.Name)
		renamed = &is
	}
	view.Renamed = *renamed
	if view.Plans {
		if view.Loose, err = s.Series.Loose(x.Context(), of); err != nil {
			return err
		}
	}
	if view.Paused, err = s.nameOf(x, of.PausedBy); err != nil {
		return err
	}
	if view.Ended, err = s.nameOf(x, of.EndedBy); err != nil {
		return err
	}
	return x.Answer(status, "series/page", view)
}

// broughtBy returns what a mailing brought.
func broughtBy(all *earned.View, mailing mailings.ID) (lines []reports.Earning) {
	if all == nil {
		return nil
	}
	for _, e := range all.Lines {
		if e.Of.Mailing == mailing && e.Currency != "" {
			lines = append(lines, e)
		}
	}
	return lines
}

// told is a step in words.
func told(x *desk.Exchange, of series.Series, step series.Step, number int, line reports.SeriesLine) stepView {
	view := stepView{Step: step, Number: number, Line: line, Measured: line.Sends > 0 && !line.Few}
	at := step.When(of.After)
	view.Strange = at == nil
	if at != nil {
		view.At, view.When = *at, rhythm.SaidOfStep(at.After, at.Days, at.Time, x.Say)
	}
	if changed := step.Changed(); changed != nil {
		view.At, view.Changed = *changed, rhythm.SaidOfStep(changed.After, changed.Days, changed.Time, x.Say)
	}
	view.At.Time = cmp.Or(view.At.Time, usualTime)
	view.Movable = of.EndedAt == nil && x.Can(accounts.Planner) && step.State != mailings.Done && step.State != mailings.Cancelled
	for _, reason := range line.Waterfall.Steps {
		if reason.N > 0 {
			view.Fallen = append(view.Fallen, reason)
		}
	}
	slices.SortStableFunc(view.Fallen, func(a, b segments.Step) int { return cmp.Compare(b.N, a.N) })
	return view
}

// A new step goes out so many days after the last, and at its time or this one.
const (
	usualGap  = 3
	usualTime = "10:00"
)

// suggested fills in the form of a new step by those that there are.
func suggested(x *desk.Exchange, of series.Series, steps []series.Step) *desk.Form {
	days, time := 0, usualTime
	for _, step := range steps {
		if at := step.When(of.After); at != nil {
			days, time = at.Days+usualGap, at.Time
		}
	}
	name := x.Say.T("series.step_name", "series", of.Name, "n", len(steps)+1)
	return &desk.Form{Values: map[string][]string{"name": {name}, "days": {fmt.Sprint(days)}, "time": {time}}}
}
