package advertising

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
)

// CreativePath names an image.
type CreativePath struct {
	Hash campaigns.Hash `path:"hash"`
}

func (s *creativeResource) creativeOperations() {
	const tag = "Creatives"
	upload := rest.Create("/creatives", "Upload an image: its type and size are read from its bytes", rest.Anywhere(accounts.Planner))
	upload.BodyLimit = campaigns.MaxCreative
	rest.Register(s.Kit, tag, upload, s.uploadCreative)
	rest.Register(s.Kit, tag, rest.Read("/creatives/{hash}", "Fetch an image",
		rest.OfCreative(s.Creatives, accounts.Viewer)).As("image/png", "image/jpeg", "image/gif", "image/webp"), s.getCreative)
	rest.Register(s.Kit, tag, rest.Read("/campaigns/{campaign}/creatives", "List a campaign's images",
		rest.OfCampaign(s.Campaigns, accounts.Viewer)), s.listCreatives)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/creatives", "List the images that a label's campaigns use",
		rest.Under(accounts.Viewer)), s.listMaterial)
	rest.Register(s.Kit, tag, rest.Put("/campaigns/{campaign}/creatives/{hash}", "Use an image in a campaign, or change how",
		rest.OfCreative(s.Creatives, accounts.Planner).And(rest.OfCampaign(s.Campaigns, accounts.Planner))), s.attachCreative)
	rest.Register(s.Kit, tag, rest.Remove("/campaigns/{campaign}/creatives/{hash}", "Take an image out of a campaign",
		rest.OfCampaign(s.Campaigns, accounts.Planner)), s.detachCreative)
}

func (s *creativeResource) uploadCreative(ctx context.Context, in *struct {
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*rest.Answer[campaigns.Creative], error) {
	return rest.Answered(s.Creatives.Put(ctx, in.RawBody))
}

func (s *creativeResource) getCreative(ctx context.Context, in *CreativePath) (*rest.File, error) {
	c, err := s.Creatives.Get(ctx, in.Hash)
	return rest.FileOf(c.Type, c.Hash.String(), c.Bytes), err
}

func (s *creativeResource) listCreatives(ctx context.Context, in *struct {
	CampaignPath
	rest.Paging
	Name string `query:"name" maxLength:"200" doc:"A part of the alternative text or the source, in whatever case"`
	Sort string `query:"sort" enum:"newest,name"`
},
) (*rest.Answer[paging.Page[campaigns.Material]], error) {
	return rest.Answered(s.Creatives.List(ctx, campaigns.MaterialFilter{Campaign: in.Campaign, Name: in.Name}, in.Sorted(in.Sort)))
}

func (s *creativeResource) listMaterial(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Name       string                 `query:"name" maxLength:"200" doc:"A part of the alternative text or the source, in whatever case"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Sort       string                 `query:"sort" enum:"newest,name"`
},
) (*rest.Answer[paging.Page[campaigns.Material]], error) {
	f := campaigns.MaterialFilter{Labels: []labels.ID{in.Label}, Advertiser: in.Advertiser, Name: in.Name}
	return rest.Answered(s.Creatives.List(ctx, f, in.Sorted(in.Sort)))
}

func (s *creativeResource) attachCreative(ctx context.Context, in *struct {
	CampaignPath
	CreativePath
	Body campaigns.Use
},
) (*rest.Answer[campaigns.Use], error) {
	in.Body.Hash = in.Hash
	return rest.Answered(s.Creatives.Attach(ctx, in.Campaign, in.Body))
}

func (s *creativeResource) detachCreative(ctx context.Context, in *struct {
	CampaignPath
	CreativePath
},
) (*rest.Nothing, error) {
	return rest.Done(s.Creatives.Detach(ctx, in.Campaign, in.Hash))
}
