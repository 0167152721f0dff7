package report

import (
	"math"
	"slices"
	"time"

	"keur/internal/civil"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

// picturesView shows a period in pictures: against the one before, how it went,
// and at which hours of the week members click.
type picturesView struct {
	List    desk.Listing
	Total   reports.Outcome
	Before  *reports.Outcome // of as many days just before; nil: nothing went out then
	Days    int
	By      reports.GroupBy // days, or weeks of a long period
	Bars    []bar
	Width   int // of the picture, in its own units
	Week    []weekday
	Ranged  int    // bars of which the usual range is known
	Beyond  int    // of these, those outside of it
	Busiest string // the hour with the most clicks: Tuesday 10:00
}

// bar is one day or week of the trend. X, Y and H are its place in the picture.
type bar struct {
	Name    string
	Clicks  int64
	Rate    reports.Rate
	X, Y, H int
	Usual   *usual // nil: too few of before to say
	Low, Up int    // where the usual range stands in the picture: its top, and how high it is
	Middle  int
}

// weekday is a row of the week, with the people who clicked in each of its hours.
type weekday struct {
	Name  string
	Hours [24]hour
}

// hour is how many clicks fell into one hour of a weekday, and how dark it is.
type hour struct {
	Clicks int64
	Shade  int // 0 to 5
}

const (
	barWidth, barHeight = 10, 60
	longPeriod          = 92 // days from which weeks are drawn
	shades              = 5
)

// pictures counts more than a page waits for, so the page asks for it once it stands.
func (s *Screen) pictures(x *desk.Exchange) error {
	from, to, err := periodOf(x, x.Query)
	if err != nil {
		return err
	}
	view := picturesView{List: desk.NewListing(x), Days: int(desk.Noon(to).Sub(desk.Noon(from)).Hours())/24 + 1, By: reports.ByDay}
	view.List.Path = "/reports"
	if view.Days > longPeriod {
		view.By = reports.ByWeek
	}
	at := s.reading(x)
	if view.Total, err = total(x, at, from, to); err != nil || view.Total.Sends == 0 || view.Total.Few {
		return s.drawn(x, view, err)
	}
	before, err := total(x, at, from.AddDays(-view.Days), from.AddDays(-1))
	if err != nil {
		return err
	}
	if before.Sends > 0 && !before.Few {
		view.Before = &before
	}
	if err := trend(x, at, &view, from, to); err != nil {
		return err
	}
	return s.drawn(x, view, week(x, at, &view, from, to))
}

func (s *Screen) drawn(x *desk.Exchange, view picturesView, err error) error {
	if err != nil {
		return err
	}
	return x.Part("report/reports", "pictures", view)
}

// within is the filter of a period under the page's label.
func within(x *desk.Exchange, from, to civil.Date) reports.Filter {
	zone := x.Zone()
	return reports.Filter{Labels: []labels.ID{x.Label.ID}, From: from.At(0, zone), Until: to.AddDays(1).At(0, zone), For: &x.User}
}

// total is what came of all sends of a period.
func total(x *desk.Exchange, at reports.Reading, from, to civil.Date) (reports.Outcome, error) {
	found, err := at.Outcomes.By(x.Context(), reports.ByLabel, within(x, from, to))
	if err != nil || len(found) == 0 {
		return reports.Outcome{}, err
	}
	return found[0], nil
}

// trend draws what members clicked, day by day or week by week.
func trend(x *desk.Exchange, at reports.Reading, view *picturesView, from, to civil.Date) error {
	found, err := at.Outcomes.By(x.Context(), view.By, within(x, from, to))
	if err != nil {
		return err
	}
	before, err := usually(x, at, view.By, from)
	if err != nil {
		return err
	}
	most := int64(1)
	for i, o := range found {
		b := bar{Name: periodName(x, view.By, o.Of.Period), Clicks: o.ClicksUnique, Rate: o.CTR, X: i * barWidth}
		if u, known := usualOf(before[kindOf(view.By, o.Of.Period)]); known && !o.Few {
			b.Usual = &u
			view.Ranged++
			if o.ClicksUnique < u.Low || o.ClicksUnique > u.High {
				view.Beyond++
			}
			most = max(most, u.High)
		}
		most = max(most, o.ClicksUnique)
		view.Bars = append(view.Bars, b)
	}
	for i := range view.Bars {
		view.Bars[i].draw(most)
	}
	view.Width = len(view.Bars) * barWidth
	return nil
}

// week adds up the clicks of people by weekday and hour on the label's clock.
func week(x *desk.Exchange, at reports.Reading, view *picturesView, from, to civil.Date) error {
	parts, err := at.Outcomes.Breakdown(x.Context(), reports.Hours, within(x, from, to))
	if err != nil {
		return err
	}
	for day := range 7 {
		view.Week = append(view.Week, weekday{Name: x.Say.Weekday(time.Weekday((day + 1) % 7))})
	}
	most := int64(0)
	for _, p := range parts {
		at, err := time.Parse("2006-01-02T15:04Z", p.Key)
		if err != nil {
			return err
		}
		local := at.In(x.Zone())
		row := &view.Week[(int(local.Weekday())+6)%7]
		here := &row.Hours[local.Hour()]
		if here.Clicks += p.Clicks; here.Clicks > most {
			most, view.Busiest = here.Clicks, row.Name+" "+x.Say.Clock(local.Truncate(time.Hour))
		}
	}
	for d := range view.Week {
		for h := range view.Week[d].Hours {
			here := &view.Week[d].Hours[h]
			here.Shade = shadeOf(here.Clicks, most)
		}
	}
	return nil
}

// shadeOf returns how dark an hour is drawn, from 0 for no click to shades for the
// busiest. By the square root, so that others are told apart where one hour
// stands out.
func shadeOf(clicks, most int64) int {
	if clicks <= 0 {
		return 0
	}
	return int(math.Ceil(shades * math.Sqrt(float64(clicks)/float64(most))))
}

// periodName calls a day, week or month as people do: 24 november 2026, week 48
// of 2026, november 2026.
func periodName(x *desk.Exchange, by reports.GroupBy, period string) string {
	switch by {
	case reports.ByDay:
		if at, err := time.Parse(time.DateOnly, period); err == nil {
			return x.Say.Date(at)
		}
	case reports.ByWeek:
		if len(period) == len("2026-W48") {
			return x.Say.T("reports.week", "week", period[6:], "year", period[:4])
		}
	case reports.ByMonth:
		return desk.MonthOf(x.Say, period)
	}
	return period
}

// sorts are the columns by which a report can be ordered, the most first; without
// one the newest comes first.
func sorts() map[string]func(*reports.Outcome) float64 {
	share := func(r reports.Rate) float64 {
		if r.Value == nil {
			return -1
		}
		return *r.Value
	}
	return map[string]func(*reports.Outcome) float64{
		"audience":     func(o *reports.Outcome) float64 { return float64(o.Audience) },
		"delivered":    func(o *reports.Outcome) float64 { return float64(o.Delivered) },
		"opened":       func(o *reports.Outcome) float64 { return share(reports.NewRate(o.OpensUnique, o.Delivered)) },
		"clicks":       func(o *reports.Outcome) float64 { return float64(o.ClicksUnique) },
		"ctr":          func(o *reports.Outcome) float64 { return share(o.CTR) },
		"unsubscribes": func(o *reports.Outcome) float64 { return float64(o.Unsubscribes) },
		"complaints":   func(o *reports.Outcome) float64 { return float64(o.Complaints) },
	}
}

// arrange puts the lines in the order that the address names.
func arrange(lines []reports.Outcome, sort string) {
	of, known := sorts()[sort]
	if !known {
		slices.Reverse(lines) // the newest first
		return
	}
	slices.SortStableFunc(lines, func(a, b reports.Outcome) int {
		switch x, y := of(&a), of(&b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
}
