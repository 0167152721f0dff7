package blocks

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/networks/material"
	"keur/networks/products"
)

// Checker asks what still holds of blocks.
type Checker struct {
	Campaigns *campaigns.Store
	Creatives *campaigns.Creatives
	Vouchers  *campaigns.Vouchers
	Material  *material.Store
	Products  *products.Store
}

// Stale returns what of a block holds no longer, or not yet, at a moment in the
// label's zone: its campaign doesn't run, its picture or code is past its days or
// was taken out of the campaign, its network withdrew what was taken from there, or its
// product isn't in the feed what it was.
func (c Checker) Stale(ctx context.Context, b *Block, at time.Time, zone *time.Location) ([]words.Message, error) {
	day := civil.DateOf(at.In(zone))
	campaign, err := c.Campaigns.Get(ctx, campaigns.ID(b.Says.CampaignID))
	if err != nil {
		return nil, err
	}
	var all []words.Message
	for _, ask := range []func() error{
		func() error { return campaign.RunsOn(day) },
		func() error { return c.picture(ctx, b, campaign.Name, day) },
		func() error { return c.code(ctx, b, day) },
	} {
		switch err := ask(); {
		case err == nil:
		case fault.Is(err, fault.Conflict):
			all = append(all, words.OfError(err))
		default:
			return nil, err
		}
	}
	picks, err := c.Material.Picks(ctx, campaign.ID)
	for _, found := range material.Find(picks, []material.Use{{
		Campaign: campaign.ID, Creative: b.Says.Creative, Pool: campaigns.PoolID(b.Says.VoucherPoolID), URL: b.Says.URL,
	}}, at, zone) {
		all = append(all, found.Message)
	}
	if err != nil || b.Says.ProductPick == 0 {
		return all, err
	}
	became, err := c.Products.Check(ctx, []products.PickID{products.PickID(b.Says.ProductPick)}, zone)
	for _, found := range became {
		all = append(all, found.Message)
	}
	return all, err
}

func (c Checker) picture(ctx context.Context, b *Block, campaign string, day civil.Date) error {
	if b.Says.Creative == "" {
		return nil
	}
	var use campaigns.Use
	hash, err := campaigns.ParseHash(b.Says.Creative)
	if err == nil {
		use, err = c.Creatives.Use(ctx, campaigns.ID(b.Says.CampaignID), hash)
	}
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Conflict, "blocks.picture_removed", "campaign", campaign)
	}
	if err != nil {
		return err
	}
	return use.ShownOn(day)
}

func (c Checker) code(ctx context.Context, b *Block, day civil.Date) error {
	if b.Says.VoucherPoolID == 0 {
		return nil
	}
	pool, err := c.Vouchers.Get(ctx, campaigns.PoolID(b.Says.VoucherPoolID))
	switch {
	case err != nil:
		return err
	case pool.ValidFrom != nil && day.Compare(*pool.ValidFrom) < 0:
		return fault.New(fault.Conflict, "blocks.code_early", "pool", pool.Name, "from", *pool.ValidFrom)
	case pool.ValidUntil != nil && day.Compare(*pool.ValidUntil) > 0:
		return fault.New(fault.Conflict, "blocks.code_late", "pool", pool.Name, "until", *pool.ValidUntil)
	case pool.SharedCode == nil && pool.Free == 0:
		return fault.New(fault.Conflict, "blocks.codes_out", "pool", pool.Name)
	}
	return nil
}
