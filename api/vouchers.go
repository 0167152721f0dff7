package api

import (
	"bytes"
	"context"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
)

// maxCodes is the size of a file of voucher codes: about a million of them.
const maxCodes = 32 << 20

// PoolPath names a voucher pool.
type PoolPath struct {
	Pool campaigns.PoolID `path:"pool"`
}

func (d *door) voucherOperations() {
	const tag = "Vouchers"
	register(d, tag, read("/campaigns/{campaign}/voucher-pools", "List a campaign's voucher pools with their stock", ofCampaign(accounts.Viewer)), d.listPools)
	register(d, tag, create("/campaigns/{campaign}/voucher-pools", "Add a voucher pool", ofCampaign(accounts.Planner)), d.createPool)
	register(d, tag, read("/voucher-pools/{pool}", "Read a voucher pool with its stock", ofPool(accounts.Viewer)), d.getPool)
	codes := act("/voucher-pools/{pool}/codes", "Add codes: one a line, or the first column of a CSV", ofPool(accounts.Planner))
	codes.bodyLimit = maxCodes
	register(d, tag, codes, d.importCodes)
}

func (d *door) listPools(ctx context.Context, in *struct {
	CampaignPath
	Paging
	Named
	Sort string `query:"sort" enum:"oldest,name"`
},
) (*answer[paging.Page[campaigns.Pool]], error) {
	return answered(d.Vouchers.List(ctx, campaigns.PoolFilter{Campaign: in.Campaign, Name: in.Name}, in.sorted(in.Sort)))
}

func (d *door) createPool(ctx context.Context, in *struct {
	CampaignPath
	Body campaigns.Pool
},
) (*answer[campaigns.Pool], error) {
	in.Body.CampaignID = in.Campaign
	return answered(d.Vouchers.Create(ctx, in.Body))
}

func (d *door) getPool(ctx context.Context, in *PoolPath) (*answer[campaigns.Pool], error) {
	return answered(d.Vouchers.Get(ctx, in.Pool))
}

// imported says what came of a file of codes.
type imported struct {
	Read  int `json:"read"`
	Added int `json:"added" doc:"Those that weren't there before"`
}

func (d *door) importCodes(ctx context.Context, in *struct {
	PoolPath
	RawBody []byte `contentType:"text/csv"`
},
) (*answer[imported], error) {
	codes, err := campaigns.ReadCodes(bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, err
	}
	added, err := d.Vouchers.Import(ctx, in.Pool, codes)
	return answered(imported{Read: len(codes), Added: added}, err)
}
