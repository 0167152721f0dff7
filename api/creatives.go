package api

import (
	"context"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
)

// CreativePath names an image.
type CreativePath struct {
	Hash campaigns.Hash `path:"hash"`
}

func (d *door) creativeOperations() {
	const tag = "Creatives"
	upload := create("/creatives", "Upload an image: its type and size are read from its bytes", anywhere(accounts.Planner))
	upload.bodyLimit = campaigns.MaxCreative
	register(d, tag, upload, d.uploadCreative)
	register(d, tag, read("/creatives/{hash}", "Fetch an image", anywhere(accounts.Viewer)), d.getCreative)
	register(d, tag, read("/campaigns/{campaign}/creatives", "List a campaign's images", ofCampaign(accounts.Viewer)), d.listCreatives)
	register(d, tag, read("/labels/{label}/creatives", "List the images that a label's campaigns use", under(accounts.Viewer)), d.listMaterial)
	register(d, tag, put("/campaigns/{campaign}/creatives/{hash}", "Use an image in a campaign, or change how", ofCampaign(accounts.Planner)), d.attachCreative)
	register(d, tag, remove("/campaigns/{campaign}/creatives/{hash}", "Take an image out of a campaign", ofCampaign(accounts.Planner)), d.detachCreative)
}

func (d *door) uploadCreative(ctx context.Context, in *struct {
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*answer[campaigns.Creative], error) {
	return answered(d.Creatives.Put(ctx, in.RawBody))
}

func (d *door) getCreative(ctx context.Context, in *CreativePath) (*file, error) {
	c, err := d.Creatives.Get(ctx, in.Hash)
	return fileOf(c.Type, c.Hash.String(), c.Bytes), err
}

func (d *door) listCreatives(ctx context.Context, in *struct {
	CampaignPath
	Paging
	Name string `query:"name" maxLength:"200" doc:"A part of the alternative text or the source, in whatever case"`
	Sort string `query:"sort" enum:"newest,name"`
},
) (*answer[paging.Page[campaigns.Material]], error) {
	return answered(d.Creatives.List(ctx, campaigns.MaterialFilter{Campaign: in.Campaign, Name: in.Name}, in.sorted(in.Sort)))
}

func (d *door) listMaterial(ctx context.Context, in *struct {
	LabelPath
	Paging
	Name       string                 `query:"name" maxLength:"200" doc:"A part of the alternative text or the source, in whatever case"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Sort       string                 `query:"sort" enum:"newest,name"`
},
) (*answer[paging.Page[campaigns.Material]], error) {
	f := campaigns.MaterialFilter{Labels: []labels.ID{in.Label}, Advertiser: in.Advertiser, Name: in.Name}
	return answered(d.Creatives.List(ctx, f, in.sorted(in.Sort)))
}

func (d *door) attachCreative(ctx context.Context, in *struct {
	CampaignPath
	CreativePath
	Body campaigns.Use
},
) (*answer[campaigns.Use], error) {
	in.Body.Hash = in.Hash
	return answered(d.Creatives.Attach(ctx, in.Campaign, in.Body))
}

func (d *door) detachCreative(ctx context.Context, in *struct {
	CampaignPath
	CreativePath
},
) (*nothing, error) {
	return done(d.Creatives.Detach(ctx, in.Campaign, in.Hash))
}
