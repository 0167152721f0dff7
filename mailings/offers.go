package mailings

import (
	"context"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
)

// Offered returns a conflict unless, on the day of the slot, each campaign of
// the content runs, and each picture is still its own and may be shown. What
// holds now is asked, and not what held when the revision was made, since an
// advertiser may withdraw a price or a picture in between.
func (c *Content) Offered(
	ctx context.Context, store *campaigns.Store, creatives *campaigns.Creatives, slot time.Time,
) error {
	day, err := c.Day(slot)
	if err != nil {
		return err
	}
	for _, p := range c.Placements {
		campaign, err := store.Get(ctx, campaigns.ID(p.CampaignID))
		if err != nil {
			return err
		}
		if err := campaign.RunsOn(day); err != nil {
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
