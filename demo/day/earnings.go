package day

import (
	"context"
	"fmt"
	"time"

	"keur/campaigns"
	"keur/demo"
	"keur/internal/paging"
	"keur/reports"
)

// bookSales asks the networks what members bought. Keur must know of every sale,
// those of the months before too, what its network knows.
func (d *day) bookSales(ctx context.Context) (string, error) {
	bought := time.Now()
	if err := d.Connect(ctx); err != nil {
		return "", err
	}
	if err := d.Asked(ctx, bought); err != nil {
		return "", err
	}
	if err := d.Compare(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s sales came from Awin, Daisycon and TradeTracker, %s of them today; each as its network has it, to the cent",
		demo.Grouped(len(d.Trade.Sold(0))), demo.Grouped(len(d.Trade.Sold(d.soldBefore)))), nil
}

// sum is what a campaign of the day brought, in cents.
type sum struct{ sales, value, commission int64 }

// addSales adds what a mailing's campaigns brought to a table. Keur's sums must
// be the networks'.
func (d *day) addSales(ctx context.Context, m *demo.Mailing, t *table) error {
	theirs := map[campaigns.ID]sum{}
	for _, s := range d.Trade.Sold(d.soldBefore) {
		sale, of := s.Sale(), s.Offer.Promos[0].ID
		theirs[of] = sum{theirs[of].sales + 1, theirs[of].value + sale.Sale, theirs[of].commission + sale.Commission}
	}
	var found paging.Page[reports.Earning]
	if err := d.Get(ctx, m.Maker, fmt.Sprintf("/labels/%d/earnings?mailing=%d&by=campaign", m.LabelID, m.ID), &found); err != nil {
		return err
	}
	ours := map[campaigns.ID]sum{}
	for _, e := range found.Items {
		ours[e.Of.Campaign] = sum{e.Conversions, e.Sale, e.Open}
	}
	for _, o := range m.Offers {
		promo := o.Promos[0]
		of := ours[promo.ID]
		if of != theirs[promo.ID] {
			return fmt.Errorf("%s brought %+v by its network, %+v by Keur", promo.Name, theirs[promo.ID], of)
		}
		t.add(promo.Name, o.Network, demo.Grouped(of.sales), euros(of.value), euros(of.commission))
	}
	return nil
}

// euros writes cents.
func euros(cents int64) string { return fmt.Sprintf("%s.%02d", demo.Grouped(cents/100), cents%100) }
