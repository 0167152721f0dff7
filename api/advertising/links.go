package advertising

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
)

// trackingLinkPath names a tracking link of a campaign.
type trackingLinkPath struct {
	CampaignPath
	Link campaigns.LinkID `path:"tracking_link"`
}

func (s *linkResource) linkOperations() {
	const tag = "Tracking links"
	rest.Register(s.Kit, tag, rest.Read("/campaigns/{campaign}/tracking-links", "List a campaign's tracking links",
		rest.OfCampaign(s.Campaigns, accounts.Viewer)), s.listLinks)
	rest.Register(s.Kit, tag, rest.Create("/campaigns/{campaign}/tracking-links", "Keep a tracking link for a campaign",
		rest.OfCampaign(s.Campaigns, accounts.Planner)), s.addLink)
	rest.Register(s.Kit, tag, rest.Remove("/campaigns/{campaign}/tracking-links/{tracking_link}", "Take a tracking link out of a campaign",
		rest.OfCampaign(s.Campaigns, accounts.Planner)), s.removeLink)
}

func (s *linkResource) listLinks(ctx context.Context, in *CampaignPath) (*rest.Answer[[]campaigns.Link], error) {
	return rest.Answered(s.Links.Of(ctx, in.Campaign))
}

func (s *linkResource) addLink(ctx context.Context, in *struct {
	CampaignPath
	Body campaigns.Link
},
) (*rest.Answer[campaigns.Link], error) {
	in.Body.CampaignID = in.Campaign
	return rest.Answered(s.Links.Add(ctx, in.Body))
}

func (s *linkResource) removeLink(ctx context.Context, in *trackingLinkPath) (*rest.Nothing, error) {
	return rest.Done(s.Links.Remove(ctx, in.Campaign, in.Link))
}
