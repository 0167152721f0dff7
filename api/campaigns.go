package api

import (
	"context"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
)

// CampaignPath names a campaign.
type CampaignPath struct {
	Campaign campaigns.ID `path:"campaign"`
}

func (d *door) campaignOperations() {
	const tag = "Campaigns"
	register(d, tag, read("/labels/{label}/campaigns", "List a label's campaigns", under(accounts.Viewer)), d.listCampaigns)
	register(d, tag, create("/labels/{label}/campaigns", "Add a campaign", under(accounts.Planner)), d.createCampaign)
	register(d, tag, read("/campaigns/{campaign}", "Read a campaign", ofCampaign(accounts.Viewer)), d.getCampaign)
	register(d, tag, edit("/campaigns/{campaign}", "Change a campaign", ofCampaign(accounts.Planner)), d.updateCampaign)
}

func (d *door) listCampaigns(ctx context.Context, in *struct {
	LabelPath
	Paging
	Named
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	On         civil.Date             `query:"on" doc:"Only those that run on this day" example:"2026-11-24"`
	Sort       string                 `query:"sort" enum:"oldest,newest,name,ending" doc:"ending: the first to end comes first"`
},
) (*answer[paging.Page[campaigns.Campaign]], error) {
	f := campaigns.Filter{Labels: []labels.ID{in.Label}, Advertiser: in.Advertiser, Name: in.Name, On: in.On}
	return answered(d.Campaigns.List(ctx, f, in.sorted(in.Sort)))
}

func (d *door) createCampaign(ctx context.Context, in *struct {
	LabelPath
	Body campaigns.Campaign
},
) (*answer[campaigns.Campaign], error) {
	in.Body.LabelID = in.Label
	return answered(d.Campaigns.Create(ctx, in.Body))
}

func (d *door) getCampaign(ctx context.Context, in *CampaignPath) (*answer[campaigns.Campaign], error) {
	return answered(d.Campaigns.Get(ctx, in.Campaign))
}

func (d *door) updateCampaign(ctx context.Context, in *struct {
	CampaignPath
	Match
	Body campaigns.Campaign
},
) (*answer[campaigns.Campaign], error) {
	return answered(d.Campaigns.Update(ctx, in.Campaign, func(c *campaigns.Campaign) error {
		err := in.guard(*c)
		*c = in.Body
		return err
	}))
}
