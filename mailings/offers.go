package mailings

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
)

// Offered returns a conflict unless, on the day of the slot, each campaign of
// the content runs, offers what Gmail is told, and each picture is still its own
// and may be shown. What
// holds now is asked, and not what held when the revision was made, since an
// advertiser may withdraw a price or a picture in between.
func (c *Content) Offered(
	ctx context.Context, store *campaigns.Store, creatives *campaigns.Creatives, vouchers *campaigns.Vouchers, slot time.Time,
) error {
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	day := civil.DateOf(slot.In(zone))
	for _, p := range c.Placements {
		campaign, err := store.Get(ctx, campaigns.ID(p.CampaignID))
		if err != nil {
			return err
		}
		if err := campaign.RunsOn(day); err != nil {
			return err
		}
		if err := p.gmailHolds(ctx, vouchers, &campaign, zone); err != nil {
			return err
		}
		if p.Creative == "" {
			continue
		}
		hash, err := campaigns.ParseHash(p.Creative)
		if err != nil {
			return err
		}
		use, err := creatives.Use(ctx, campaign.ID, hash)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "approval.picture_removed", "picture", p.Alt, "campaign", campaign.Name)
		}
		if err != nil {
			return err
		}
		if err := use.ShownOn(day); err != nil {
			return err
		}
	}
	return nil
}
