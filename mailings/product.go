package mailings

import (
	"context"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/networks/products"
)

// Product is what a placement shows of a feed: a product as it was when it was taken
// into the campaign. With it stands what the mail's price and stock rest on, and it is
// held against the feed at Check, at Submit and at each slot.
type Product struct {
	Pick         products.PickID       `json:"product_pick_id"`
	Ref          string                `json:"ref"`
	Name         string                `json:"name"`
	Price        int64                 `json:"price_minor"`
	OldPrice     *int64                `json:"old_price_minor,omitempty"`
	Currency     string                `json:"currency"`
	Stock        *int                  `json:"stock,omitempty"`
	Availability products.Availability `json:"availability" enum:"in_stock,out_of_stock,unknown"`
}

// pick returns what the product was taken by, 0 of none.
func (p *Product) pick() int64 {
	if p == nil {
		return 0
	}
	return int64(p.Pick)
}

// line says the product in a line, empty for none.
func (p *Product) line() string {
	if p == nil {
		return ""
	}
	return p.Name + " " + words.Exact(p.Price, p.Currency)
}

// ProductPicks returns what products the content shows were taken by, in the order of
// its placements.
func (c *Content) ProductPicks() (all []products.PickID) {
	for _, p := range c.Placements {
		if p.Product != nil {
			all = append(all, p.Product.Pick)
		}
	}
	return all
}

// product returns the product of a placement if it was taken into its campaign. Of what
// was taken into another one, which may be of another label, nothing is looked at.
func (c *Composer) product(
	ctx context.Context, campaign *campaigns.Campaign, d BriefPlacement, path string, wrong *fault.List,
) (*Product, error) {
	if d.ProductPick == 0 {
		return nil, nil
	}
	pick, err := c.products.Picked(ctx, products.PickID(d.ProductPick))
	if fault.Is(err, fault.NotFound) || (err == nil && pick.Campaign != campaign.ID) {
		wrong.Add(path+".product_pick_id", "mailings.not_a_product")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	was := pick.Was
	return &Product{
		Pick: pick.ID, Ref: pick.Ref, Name: was.Name, Price: was.Price, OldPrice: was.OldPrice, Currency: was.Currency,
		Stock: was.Stock, Availability: was.Availability,
	}, nil
}
