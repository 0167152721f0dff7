package day

import (
	"context"
	"fmt"
	"strings"
	"time"

	"keur/campaigns"
	"keur/demo"
	"keur/internal/civil"
)

// planCampaigns opens the campaigns of the day, with a voucher code for each
// member where an offer has any.
func (d *day) planCampaigns(ctx context.Context) (string, error) {
	began := time.Now()
	defer func() { d.planning = time.Since(began) }()
	clicks, opened, advertisers, vouchers := int64(100), 0, map[string]bool{}, 0
	for _, m := range d.Markets {
		for _, o := range m.Today {
			programme, err := d.Meet(ctx, m, o, 2)
			if err != nil {
				return "", err
			}
			if err := d.Open(ctx, m, o, o.Promos[0], campaigns.Campaign{
				ProgrammeID: &programme, Promised: campaigns.Figures{Clicks: &clicks},
				StartsOn: civil.DateOf(d.Began.AddDate(0, 0, -1)), EndsOn: civil.DateOf(d.Began.AddDate(0, 1, 0)),
			}); err != nil {
				return "", err
			}
			n, err := d.stock(ctx, m, o)
			if err != nil {
				return "", err
			}
			opened++
			advertisers[o.Advertiser] = true
			vouchers += n
		}
	}
	return fmt.Sprintf("%d campaigns of %d advertisers, %[1]d banners drawn, %[3]s voucher codes", opened, len(advertisers),
		demo.Grouped(vouchers)), nil
}

// stock gives an offer with vouchers a code for each member that it may reach,
// and returns how many that are.
func (d *day) stock(ctx context.Context, m *demo.Market, o *demo.Offer) (int, error) {
	if o.Vouchers == "" {
		return 0, nil
	}
	n, err := d.CountMembers(ctx, m)
	if err != nil {
		return 0, err
	}
	var pool struct{ ID int64 }
	if err := d.Create(ctx, m.Maker, fmt.Sprintf("/campaigns/%d/voucher-pools", o.Promos[0].ID), map[string]any{"name": o.Vouchers},
		&pool); err != nil {
		return 0, err
	}
	o.Pool = pool.ID
	var codes strings.Builder
	for i := range n {
		fmt.Fprintf(&codes, "RIT%d-%06d\n", o.Promos[0].ID, i*7919%1_000_003)
	}
	return n, d.Create(ctx, m.Maker, fmt.Sprintf("/voucher-pools/%d/codes", pool.ID), []byte(codes.String()), nil)
}
