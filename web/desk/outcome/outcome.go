// Package outcome shows what came of a mailing or of one of its sends.
package outcome

import (
	"slices"
	"strconv"
	"time"

	"keur/campaigns"
	"keur/labels"
	"keur/mailings"
	"keur/reports"
	"keur/templates"
	"keur/web/desk"
	"keur/web/desk/alarmed"
	"keur/web/desk/earned"
)

// Reader reads them.
type Reader struct {
	Campaigns *campaigns.Store
	Compiler  *templates.Compiler
	Mailings  *mailings.Store
	Reports   *reports.Store
	Earned    earned.Reader
	Alarms    alarmed.Reader
}

// outcomeView is what came of a mailing, or of one of its sends: a sentence,
// the funnel with the promise behind it, the curve, and what it consists of.
type View struct {
	reports.Outcome
	Any       bool // something has been sent
	Stages    []stage
	Usual     *reports.Rate // the label's CTR in the months before
	Hours     []hour
	Links     []Link
	Variants  []reports.Part
	Domains   []reports.Part
	Zone      *time.Location
	LabelName string
	Path      string // of the mailing
	Query     string // that narrows to one send: ?send=4
	Promises  bool
	Beside    bool         // the click map stands beside it
	Earned    *earned.View // per placement; nil: of nothing, or not told
	Alarms    []alarmed.Line
}

// stage is one step of the funnel, as a bar against the first.
type stage struct {
	Key      string
	N, Of    int64 // of the stage before
	Whole    int64
	Promised int64 // 0: nothing was
}

// hour is one point of the curve.
type hour struct {
	At            time.Time
	Opens, Clicks int64
}

// Of reads what came of the filter's sends under the page's label.
func (s Reader) Of(x *desk.Exchange, only reports.Filter) (View, error) {
	view := View{Zone: x.Zone(), LabelName: x.Label.Name}
	only.For = &x.User
	found, err := s.Reports.Outcomes.By(x.Context(), reports.ByMailing, only)
	if err != nil || len(found) == 0 {
		return view, err
	}
	view.Outcome, view.Any = found[0], found[0].Sent > 0
	if view.Alarms, err = s.Alarms.OfMailing(x, only.Mailing, only.Send); err != nil {
		return view, err
	}
	if view.Few {
		return view, nil
	}
	view.funnel()
	for by, into := range map[reports.Dimension]*[]reports.Part{
		reports.Variants: &view.Variants, reports.Domains: &view.Domains,
	} {
		if *into, err = s.Reports.Outcomes.Breakdown(x.Context(), by, only); err != nil {
			return view, err
		}
	}
	view.Domains = slices.DeleteFunc(view.Domains, func(p reports.Part) bool { return p.Sent == 0 }) // what left for nobody
	if len(view.Domains) > mostDomains {
		view.Domains = view.Domains[:mostDomains]
	}
	if err := s.links(x, &view, only); err != nil {
		return view, err
	}
	if err := s.curve(x, &view, only); err != nil {
		return view, err
	}
	if view.Earned, err = s.Earned.Of(x, reports.EarnedByPlacement, reports.EarningsFilter{
		Mailing: only.Mailing, Send: only.Send,
	}); err != nil {
		return view, err
	}
	return view, s.usual(x, &view)
}

// mostDomains is how many providers are listed; the tail is long and says little.
const mostDomains = 12

// funnel draws the stages from the audience to the click.
func (o *View) funnel() {
	whole, delivered := int64(o.Audience), "delivered"
	if o.Relayed > 0 { // of which we know no more yet
		delivered = "taken"
	}
	before := whole
	for _, stage := range []stage{
		{Key: "audience", N: whole}, {Key: "sent", N: o.Sent}, {Key: delivered, N: o.Delivered},
		{Key: "opened", N: o.OpensUnique}, {Key: "clicked", N: o.ClicksUnique},
	} {
		stage.Of, stage.Whole = before, whole
		if stage.Key == "opened" || stage.Key == "clicked" {
			stage.Of = o.Delivered
		}
		before = stage.N
		o.Stages = append(o.Stages, stage)
	}
}

// promise holds the funnel against what the advertiser was told to expect.
func (o *View) promise(figures campaigns.Figures) {
	for i := range o.Stages {
		switch {
		case (o.Stages[i].Key == "delivered" || o.Stages[i].Key == "taken") && figures.Delivered != nil:
			o.Stages[i].Promised = *figures.Delivered
		case o.Stages[i].Key == "clicked" && figures.Clicks != nil:
			o.Stages[i].Promised = *figures.Clicks
		}
		o.Promises = o.Promises || o.Stages[i].Promised > 0
	}
}

// curve reads the opens and clicks of each hour, with the quiet hours between.
func (s Reader) curve(x *desk.Exchange, view *View, only reports.Filter) error {
	parts, err := s.Reports.Outcomes.Breakdown(x.Context(), reports.Hours, only)
	if err != nil {
		return err
	}
	for _, p := range parts {
		at, err := time.Parse("2006-01-02T15:04Z", p.Key)
		if err != nil {
			return err
		}
		for n := len(view.Hours); n > 0 && n < mostHours && view.Hours[n-1].At.Add(time.Hour).Before(at); n = len(view.Hours) {
			view.Hours = append(view.Hours, hour{At: view.Hours[n-1].At.Add(time.Hour)})
		}
		if len(view.Hours) < mostHours {
			view.Hours = append(view.Hours, hour{at, p.Opens, p.Clicks})
		}
	}
	return nil
}

// mostHours is two weeks; what comes later is too little to see.
const mostHours = 14 * 24

// usual reads the label's CTR over the three months before, to hold this one
// against.
func (s Reader) usual(x *desk.Exchange, view *View) error {
	now := x.Now()
	found, err := s.Reports.Outcomes.By(
		x.Context(), reports.ByLabel,
		reports.Filter{Labels: []labels.ID{x.Label.ID}, From: now.AddDate(0, -3, 0), Until: now, For: &x.User},
	)
	if err == nil && len(found) == 1 && found[0].Sends > view.Sends {
		view.Usual = &found[0].CTR
	}
	return err
}

// OfMailing is the whole mailing's, or that of the send in the address,
// with the promise of its campaign if it carries just one.
func (s Reader) OfMailing(x *desk.Exchange, m mailings.Mailing) (View, error) {
	only := reports.Filter{Mailing: m.ID}
	if id, err := strconv.ParseInt(x.Query("send"), 10, 64); err == nil {
		only.Send = mailings.SendID(id)
	}
	view, err := s.Of(x, only)
	if err != nil {
		return view, err
	}
	view.Path = "/mailings/" + desk.Itoa(m.ID)
	if only.Send != 0 {
		view.Query = "?send=" + desk.Itoa(only.Send)
	}
	if m.RevisionID == nil {
		return view, nil
	}
	content, err := s.Mailings.Content(x.Context(), *m.RevisionID)
	if err != nil || len(content.Placements) != 1 {
		return view, err
	}
	c, err := s.Campaigns.Get(x.Context(), campaigns.ID(content.Placements[0].CampaignID))
	view.promise(c.Promised)
	if view.Earned != nil {
		view.Earned.Promised, view.Earned.Currency = c.Promised, c.Currency
	}
	return view, err
}
