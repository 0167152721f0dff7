package campaign

import (
	"cmp"
	"net/http"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks/programmes"
	"keur/reports"
	"keur/web/desk"
	"keur/web/desk/earned"
	"keur/web/desk/strips"
)

// Shapes are those to which images are cut.
func (campaignView) Shapes() []string { return campaigns.Shapes() }

// campaignView is one campaign: how it goes, and what there is to make mailings
// of.
type campaignView struct {
	campaigns.Campaign
	Advertiser campaigns.Advertiser
	Programme  *campaigns.Programme
	Listing    *programmes.Listing // as the network lists that programme for the label; nil: it doesn't
	Listed     []programmes.Step   // what it pays, and paid since the campaign began
	Zone       *time.Location
	Today      civil.Date
	Goals      []goal
	Sends      []reports.Outcome // per mailing
	Creatives  []campaigns.Material
	Pools      []campaigns.Pool
	Links      []campaigns.Link
	Stands     map[campaigns.LinkID]strips.Line // how they stood; of a deeplink and before its first day none
	Mailed     []strips.Line                    // links that only mailings have
	Earned     *earned.View                     // per mailing; nil: not told
	Offers     bool                             // networks offer something for it
	Products   bool                             // some of feeds were taken into it
	Plans      bool
	Approves   bool
	Form       desk.Form
	Which      string        // the form that Form was typed into
	NewUse     campaigns.Use // what the form for one more image begins with
}

// goal is one figure against what is aimed for and what was promised.
type goal struct {
	Key            string // delivered, clicks, conversions, revenue
	Result         *int64 // nil: of too few members to be told
	Aimed, Pledged *int64
	Money          bool
	Kept           bool // to finance
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
	if err := s.campaignListing(x, &view); err != nil {
		return err
	}
	if err := s.campaignResults(x, &view); err != nil {
		return err
	}
	if err := s.campaignMaterial(x, &view); err != nil {
		return err
	}
	return x.Answer(status, "campaign/campaign", view)
}

// campaignListing is what the network says of the campaign's programme now.
func (s *Screen) campaignListing(x *desk.Exchange, view *campaignView) error {
	view.Zone = x.Zone()
	if view.Programme == nil {
		return nil
	}
	l, is, err := s.Programmes.Of(x.Context(), x.Label.ID, view.Programme.ID)
	if err != nil || !is {
		return err
	}
	terms, err := s.Programmes.Terms(x.Context(), l.ID)
	began := time.Date(view.StartsOn.Year, view.StartsOn.Month, view.StartsOn.Day, 0, 0, 0, 0, view.Zone)
	view.Listing, view.Listed = &l, programmes.Steps(terms, began)
	return err
}

// campaignResults holds what came of the mailings against the goals.
func (s *Screen) campaignResults(x *desk.Exchange, view *campaignView) error {
	only := reports.Filter{Labels: []labels.ID{x.Label.ID}, Campaign: view.ID, For: &x.User}
	var err error
	if view.Sends, err = s.Reports.Outcomes.By(x.Context(), reports.ByMailing, only); err != nil {
		return err
	}
	of, err := s.Reports.Outcomes.OfCampaigns(x.Context(), x.Label.ID, []campaigns.Campaign{view.Campaign}, &x.User)
	if err != nil {
		return err
	}
	result := of[view.ID]
	view.Goals = goals(x, &view.Campaign, &result)
	view.Earned, err = s.Earned.Of(x, reports.EarnedByMailing, reports.EarningsFilter{Campaign: view.ID})
	return err
}

// goals holds what came of a campaign against what it aims for and was promised.
// Of too few members it says nothing, and of sales nothing to whom the label
// doesn't tell them.
func goals(x *desk.Exchange, c *campaigns.Campaign, r *reports.Result) []goal {
	all := []goal{
		{Key: "delivered", Result: &r.Delivered, Aimed: c.Goals.Delivered, Pledged: c.Promised.Delivered},
		{Key: "clicks", Result: &r.ClicksUnique, Aimed: c.Goals.Clicks, Pledged: c.Promised.Clicks},
		{Key: "conversions", Result: &r.Conversions, Aimed: c.Goals.Conversions, Pledged: c.Promised.Conversions},
		{Key: "revenue", Result: &r.Revenue, Aimed: c.Goals.RevenueMinor, Pledged: c.Promised.RevenueMinor, Money: true},
	}
	for i := range all {
		all[i].Kept = i >= 2 && !desk.SeesMoney(x)
		if i < 2 && r.Few || i >= 2 && r.FewSales || all[i].Kept {
			all[i].Result = nil
		}
	}
	return all
}

func (s *Screen) campaignMaterial(x *desk.Exchange, view *campaignView) error {
	creatives, err := s.Creatives.List(x.Context(), campaigns.MaterialFilter{Campaign: view.ID}, paging.Ask{Limit: desk.LongPage})
	if err != nil {
		return err
	}
	pools, err := s.Vouchers.List(x.Context(), campaigns.PoolFilter{Campaign: view.ID}, paging.Ask{Limit: desk.LongPage})
	if err != nil {
		return err
	}
	view.Creatives, view.Pools = creatives.Items, pools.Items
	if view.Links, err = s.Links.Of(x.Context(), view.ID); err != nil {
		return err
	}
	if view.Stands, view.Mailed, err = s.Strips.OfCampaign(x, &view.Campaign); err != nil {
		return err
	}
	if view.Offers, err = s.Gallery.Any(x, &view.Campaign); err != nil {
		return err
	}
	taken, err := s.Gallery.Products.Store.Picks(x.Context(), view.ID)
	view.Products = len(taken) > 0
	return err
}
