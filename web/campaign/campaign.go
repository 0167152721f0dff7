package campaign

import (
	"cmp"
	"net/http"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
	"keur/reports"
	"keur/web/desk"
)

// campaignView is one campaign: how it goes, and what there is to make mailings
// of.
type campaignView struct {
	campaigns.Campaign
	Advertiser campaigns.Advertiser
	Programme  *campaigns.Programme
	Today      civil.Date
	Goals      []goal
	Sends      []reports.Outcome // per mailing
	Creatives  []campaigns.Material
	Pools      []campaigns.Pool
	Plans      bool
	Approves   bool
	Form       desk.Form
	Which      string        // the form that Form was typed into
	NewUse     campaigns.Use // what the form for one more image begins with
}

// goal is one figure against what is aimed for and what was promised.
type goal struct {
	Key            string // delivered, clicks, conversions, revenue
	Result         *int64 // nil: not measured here yet
	Aimed, Pledged *int64
	Money          bool
}

// Of is what the bar of the goal is measured against.
func (g goal) Of() *int64 { return cmp.Or(g.Aimed, g.Pledged) }

func (s *Screen) campaign(x *desk.Exchange) error {
	return s.showCampaign(x, http.StatusOK, "", desk.Form{})
}

func (s *Screen) showCampaign(x *desk.Exchange, status int, which string, f desk.Form) error {
	view := campaignView{
		Campaign: desk.Found[campaigns.Campaign](x), Today: desk.Today(x), Plans: x.Can(accounts.Planner),
		Approves: x.Can(accounts.Approver), Form: f, Which: which,
	}
	var err error
	if view.Advertiser, err = s.Advertisers.Get(x.Context(), view.AdvertiserID); err != nil {
		return err
	}
	for i, p := range view.Advertiser.Programmes {
		if view.ProgrammeID != nil && p.ID == *view.ProgrammeID {
			view.Programme = &view.Advertiser.Programmes[i]
		}
	}
	if err := s.campaignResults(x, &view); err != nil {
		return err
	}
	if err := s.campaignMaterial(x, &view); err != nil {
		return err
	}
	return x.Answer(status, "campaign/campaign", view)
}

// campaignResults holds what came of the mailings against the goals.
func (s *Screen) campaignResults(x *desk.Exchange, view *campaignView) error {
	only := reports.Filter{Labels: []labels.ID{x.Label.ID}, Campaign: view.ID}
	total, err := s.Reports.Outcomes(x.Context(), reports.ByCampaign, only)
	if err != nil {
		return err
	}
	if view.Sends, err = s.Reports.Outcomes(x.Context(), reports.ByMailing, only); err != nil {
		return err
	}
	for i := range view.Sends {
		desk.Kept(x, &view.Sends[i])
	}
	var sum reports.Counts
	for _, o := range total {
		desk.Kept(x, &o)
		if o.Of.Campaign == view.ID {
			sum = o.Counts
		}
	}
	view.Goals = []goal{
		{Key: "delivered", Result: &sum.Delivered, Aimed: view.Campaign.Goals.Delivered, Pledged: view.Promised.Delivered},
		{Key: "clicks", Result: &sum.ClicksUnique, Aimed: view.Campaign.Goals.Clicks, Pledged: view.Promised.Clicks},
		{Key: "conversions", Aimed: view.Campaign.Goals.Conversions, Pledged: view.Promised.Conversions},
		{Key: "revenue", Aimed: view.Campaign.Goals.RevenueMinor, Pledged: view.Promised.RevenueMinor, Money: true},
	}
	return nil
}

func (s *Screen) campaignMaterial(x *desk.Exchange, view *campaignView) error {
	creatives, err := s.Creatives.List(x.Context(), campaigns.MaterialFilter{Campaign: view.ID}, paging.Ask{Limit: desk.LongPage})
	if err != nil {
		return err
	}
	pools, err := s.Vouchers.List(x.Context(), campaigns.PoolFilter{Campaign: view.ID}, paging.Ask{Limit: desk.LongPage})
	view.Creatives, view.Pools = creatives.Items, pools.Items
	return err
}
