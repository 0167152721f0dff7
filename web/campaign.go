package web

import (
	"cmp"
	"net/http"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
	"keur/reports"
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
	Form       form
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

func (v *visit) campaign() error { return v.showCampaign(http.StatusOK, "", form{}) }

func (v *visit) showCampaign(status int, which string, f form) error {
	id, err := v.id("campaign")
	if err != nil {
		return err
	}
	view := campaignView{Today: v.today0(), Plans: v.can(accounts.Planner), Form: f, Which: which}
	if view.Campaign, err = v.Campaigns.Get(v.ctx(), campaigns.ID(id)); err != nil {
		return err
	}
	if view.Advertiser, err = v.Advertisers.Get(v.ctx(), view.AdvertiserID); err != nil {
		return err
	}
	for i, p := range view.Advertiser.Programmes {
		if view.ProgrammeID != nil && p.ID == *view.ProgrammeID {
			view.Programme = &view.Advertiser.Programmes[i]
		}
	}
	if err := v.campaignResults(&view); err != nil {
		return err
	}
	if err := v.campaignMaterial(&view); err != nil {
		return err
	}
	return v.answer(status, "campaign", view)
}

// campaignResults holds what came of the mailings against the goals.
func (v *visit) campaignResults(view *campaignView) error {
	only := reports.Filter{Labels: []labels.ID{v.Label.ID}, Campaign: view.ID}
	total, err := v.Reports.Outcomes(v.ctx(), reports.ByCampaign, only)
	if err != nil {
		return err
	}
	if view.Sends, err = v.Reports.Outcomes(v.ctx(), reports.ByMailing, only); err != nil {
		return err
	}
	var sum reports.Counts
	for _, o := range total {
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

func (v *visit) campaignMaterial(view *campaignView) error {
	creatives, err := v.Creatives.List(v.ctx(), campaigns.MaterialFilter{Campaign: view.ID}, paging.Ask{Limit: exportPage})
	if err != nil {
		return err
	}
	pools, err := v.Vouchers.List(v.ctx(), campaigns.PoolFilter{Campaign: view.ID}, paging.Ask{Limit: exportPage})
	view.Creatives, view.Pools = creatives.Items, pools.Items
	return err
}
