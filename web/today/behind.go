package today

import (
	"cmp"
	"slices"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

// behindView is a campaign that has less than it should by now.
type behindView struct {
	campaigns.Campaign
	Short []shortfall // the furthest behind first
	Of    labels.Label
	Ends  time.Time
	Zone  *time.Location
}

// shortfall is a goal of which less is reached than should be by now.
type shortfall struct {
	Measure  string
	Goal     int64
	Result   int64
	Expected int64 // by now
}

// Rate is the result as a share of what is expected by now.
func (s shortfall) Rate() float64 { return float64(s.Result) / float64(s.Expected) }

// behind lists what is behind its goal, the furthest first. It counts outcomes,
// so the page asks for it once it stands.
func (s *Screen) behind(x *desk.Exchange) error {
	all := []behindView{}
	for _, l := range x.Sees {
		if !x.User.Can(l.ID, accounts.Viewer) {
			continue
		}
		found, err := s.behindUnder(x, &l)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b behindView) int { return cmp.Compare(a.Short[0].Rate(), b.Short[0].Rate()) })
	back, err := s.cameBack(x)
	if err != nil {
		return err
	}
	return x.Part("today/today", "behind", behindPart{all, back})
}

// behindPart is what is behind, and what came back.
type behindPart struct {
	Behind []behindView
	Back   []backView
}

// aim is a goal, and what there is of it.
type aim struct {
	measure string
	goal    *int64
	result  int64
}

// earnedBy reads what networks report of the campaigns that aim for it, where
// the user is told.
func (s *Screen) earnedBy(x *desk.Exchange, l *labels.Label, all []campaigns.Campaign) (map[campaigns.ID]*reports.Earned, error) {
	var ids []campaigns.ID
	for _, c := range all {
		if c.Goals.Conversions != nil || c.Goals.RevenueMinor != nil {
			ids = append(ids, c.ID)
		}
	}
	if ids == nil {
		return nil, nil
	}
	view, err := s.Earned.Under(x, *l, reports.EarnedByCampaign, reports.EarningsFilter{AnyOf: ids})
	if err != nil || view == nil {
		return nil, err
	}
	lines := map[campaigns.ID][]reports.Earning{}
	for _, e := range view.Lines {
		lines[e.Of.Campaign] = append(lines[e.Of.Campaign], e)
	}
	found := map[campaigns.ID]*reports.Earned{}
	for _, id := range ids {
		sum := reports.SumOf(lines[id])
		found[id] = &sum
	}
	return found, nil
}

func (s *Screen) behindUnder(x *desk.Exchange, l *labels.Label) ([]behindView, error) {
	today := civil.DateOf(x.Now().In(l.Location()))
	running, err := s.Campaigns.List(x.Context(), campaigns.Filter{Labels: []labels.ID{l.ID}, On: today}, paging.Ask{Limit: paging.Most})
	if err != nil {
		return nil, err
	}
	aiming := slices.DeleteFunc(running.Items, func(c campaigns.Campaign) bool { return c.Goals == campaigns.Figures{} })
	if len(aiming) == 0 {
		return nil, nil
	}
	earned, err := s.earnedBy(x, l, aiming)
	if err != nil {
		return nil, err
	}
	first := slices.MinFunc(aiming, func(a, b campaigns.Campaign) int { return a.StartsOn.Compare(b.StartsOn) }).StartsOn
	outcomes, err := s.Reports.Outcomes.By(
		x.Context(), reports.ByCampaign, reports.Filter{Labels: []labels.ID{l.ID}, From: first.At(0, l.Location()), For: &x.User},
	)
	if err != nil {
		return nil, err
	}
	reached := map[campaigns.ID]reports.Counts{}
	for _, o := range outcomes {
		reached[o.Of.Campaign] = o.Counts
	}
	var found []behindView
	for _, c := range aiming {
		counts := reached[c.ID]
		aims := []aim{{"delivered", c.Goals.Delivered, counts.Delivered}, {"clicks", c.Goals.Clicks, counts.ClicksUnique}}
		if came := earned[c.ID]; came != nil && !came.TooEarly { // else most of the sales can't be in yet
			sum := came.In(c.Currency)
			aims = append(aims, aim{"conversions", c.Goals.Conversions, sum.Conversions}, aim{"revenue", c.Goals.RevenueMinor, sum.Gross})
		}
		if short := shortOf(&c, aims, today); len(short) > 0 {
			found = append(found, behindView{c, short, *l, c.EndsOn.At(0, l.Location()), l.Location()})
		}
	}
	return found, nil
}

// shortOf returns the aims of which less is reached than should be today.
func shortOf(c *campaigns.Campaign, aims []aim, today civil.Date) (short []shortfall) {
	for _, a := range aims {
		if a.goal == nil {
			continue
		}
		if expected := c.Expected(*a.goal, today); a.result < expected {
			short = append(short, shortfall{a.measure, *a.goal, a.result, expected})
		}
	}
	slices.SortStableFunc(short, func(a, b shortfall) int { return cmp.Compare(a.Rate(), b.Rate()) })
	return short
}
