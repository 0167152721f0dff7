package advertising

import (
	"bytes"
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/paging"
)

// maxCodes is the size of a file of voucher codes: about a million of them.
const maxCodes = 32 << 20

// PoolPath names a voucher pool.
type PoolPath struct {
	Pool campaigns.PoolID `path:"pool"`
}

func (s *voucherResource) voucherOperations() {
	const tag = "Vouchers"
	rest.Register(s.Kit, tag, rest.Read("/campaigns/{campaign}/voucher-pools", "List a campaign's voucher pools with their stock",
		rest.OfCampaign(s.Campaigns, accounts.Viewer)), s.listPools)
	rest.Register(s.Kit, tag, rest.Create("/campaigns/{campaign}/voucher-pools", "Add a voucher pool",
		rest.OfCampaign(s.Campaigns, accounts.Planner)), s.createPool)
	rest.Register(s.Kit, tag, rest.Read("/voucher-pools/{pool}", "Read a voucher pool with its stock",
		rest.OfPool(s.Vouchers, s.Campaigns, accounts.Viewer)), s.getPool)
	codes := rest.Act("/voucher-pools/{pool}/codes", "Add codes: one a line, or the first column of a CSV",
		rest.OfPool(s.Vouchers, s.Campaigns, accounts.Planner))
	codes.BodyLimit = maxCodes
	rest.Register(s.Kit, tag, codes, s.importCodes)
}

func (s *voucherResource) listPools(ctx context.Context, in *struct {
	CampaignPath
	rest.Paging
	rest.Named
	Sort string `query:"sort" enum:"oldest,name"`
},
) (*rest.Answer[paging.Page[campaigns.Pool]], error) {
	return rest.Answered(s.Vouchers.List(ctx, campaigns.PoolFilter{Campaign: in.Campaign, Name: in.Name}, in.Sorted(in.Sort)))
}

func (s *voucherResource) createPool(ctx context.Context, in *struct {
	CampaignPath
	Body campaigns.Pool
},
) (*rest.Answer[campaigns.Pool], error) {
	in.Body.CampaignID = in.Campaign
	return rest.Answered(s.Vouchers.Create(ctx, in.Body))
}

func (s *voucherResource) getPool(ctx context.Context, in *PoolPath) (*rest.Answer[campaigns.Pool], error) {
	return rest.Answered(s.Vouchers.Get(ctx, in.Pool))
}

// imported says what came of a file of codes.
type imported struct {
	Read  int `json:"read"`
	Added int `json:"added" doc:"Those that weren't there before"`
}

func (s *voucherResource) importCodes(ctx context.Context, in *struct {
	PoolPath
	RawBody []byte `contentType:"text/csv"`
},
) (*rest.Answer[imported], error) {
	codes, err := campaigns.ReadCodes(bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, err
	}
	added, err := s.Vouchers.Import(ctx, in.Pool, codes)
	return rest.Answered(imported{Read: len(codes), Added: added}, err)
}
