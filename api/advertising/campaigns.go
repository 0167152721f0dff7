package advertising

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/paging"
	"keur/labels"
)

// CampaignPath names a campaign.
type CampaignPath struct {
	Campaign campaigns.ID `path:"campaign"`
}

func (s *campaignResource) campaignOperations() {
	const tag = "Campaigns"
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/campaigns", "List a label's campaigns", rest.Under(accounts.Viewer)),
		s.listCampaigns)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/campaigns", "Add a campaign", rest.Under(accounts.Planner)), s.createCampaign)
	rest.Register(s.Kit, tag, rest.Read("/campaigns/{campaign}", "Read a campaign", rest.OfCampaign(s.Campaigns, accounts.Viewer)),
		s.getCampaign)
	rest.Register(s.Kit, tag, rest.Edit("/campaigns/{campaign}", "Change a campaign", rest.OfCampaign(s.Campaigns, accounts.Planner)),
		s.updateCampaign)
}

func (s *campaignResource) listCampaigns(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	rest.Named
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	On         civil.Date             `query:"on" doc:"Only those that run on this day" example:"2026-11-24"`
	Sort       string                 `query:"sort" enum:"oldest,newest,name,ending" doc:"ending: the first to end comes first"`
},
) (*rest.Answer[paging.Page[campaigns.Campaign]], error) {
	f := campaigns.Filter{Labels: []labels.ID{in.Label}, Advertiser: in.Advertiser, Name: in.Name, On: in.On}
	return rest.Answered(s.Campaigns.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *campaignResource) createCampaign(ctx context.Context, in *struct {
	rest.LabelPath
	Body campaigns.Campaign
},
) (*rest.Answer[campaigns.Campaign], error) {
	in.Body.LabelID = in.Label
	return rest.Answered(s.Campaigns.Create(ctx, in.Body))
}

func (s *campaignResource) getCampaign(ctx context.Context, in *CampaignPath) (*rest.Answer[campaigns.Campaign], error) {
	return rest.Answered(s.Campaigns.Get(ctx, in.Campaign))
}

func (s *campaignResource) updateCampaign(ctx context.Context, in *struct {
	CampaignPath
	rest.Match
	Body campaigns.Campaign
},
) (*rest.Answer[campaigns.Campaign], error) {
	return rest.Answered(s.Campaigns.Update(ctx, in.Campaign, func(c *campaigns.Campaign) error {
		err := in.Guard(*c)
		*c = in.Body
		return err
	}))
}
