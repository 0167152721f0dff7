package scheduler

import (
	"context"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/mailings"
)

// checkOffers: on the day of the slot each campaign runs, and each picture is
// still its own and may be shown. What holds now is asked, and not what held at
// approval, since an advertiser may withdraw a price or a picture in between.
func (s *Scheduler) checkOffers(ctx context.Context, send *mailings.Send, content *mailings.Content) error {
	day, err := content.Day(send.SlotAt)
	if err != nil {
		return err
	}
	for _, p := range content.Placements {
		campaign, err := s.Campaigns.Get(ctx, campaigns.ID(p.CampaignID))
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
		use, err := s.Creatives.Use(ctx, campaign.ID, hash)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "the picture “%s” was taken out of the campaign %s", p.Alt, campaign.Name)
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
