package affiliate

import (
	"context"
	"strconv"

	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/networks/material"
	"keur/networks/products"
)

// TakenProduct is a product that was taken into a campaign, as it was then, with the product
// as it is now, and what became of it.
type TakenProduct struct {
	products.Pick
	Was  products.Was    `json:"was"`
	Says material.Says   `json:"says"`
	Asks bool            `json:"asks"`
	Told []words.Message `json:"became"`
}

func (s *sold) taken(ctx context.Context, p products.Pick) (TakenProduct, error) {
	label, err := s.Labels.Get(ctx, p.Label)
	if err != nil {
		return TakenProduct{}, err
	}
	one := TakenProduct{Pick: p, Was: p.Was, Says: p.Says, Asks: p.Asks()}
	for _, f := range p.Findings(label.Location()) {
		one.Told = append(one.Told, f.Message)
	}
	return one, nil
}

// CampaignPath names a campaign.
type CampaignPath struct {
	Campaign campaigns.ID `path:"campaign"`
}

func (s *sold) picks(ctx context.Context, in *struct {
	CampaignPath
	rest.Paging
},
) (*rest.Answer[paging.Page[TakenProduct]], error) {
	found, err := s.Products.Picks(ctx, in.Campaign)
	all := make([]TakenProduct, 0, len(found))
	for _, p := range found {
		one, err := s.taken(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return rest.Cut(in.Paging, all, err, func(t TakenProduct) string { return strconv.FormatInt(int64(t.ID), 10) })
}

// pick takes a product. One of another label is like one that isn't there.
func (s *sold) pick(ctx context.Context, in *struct {
	CampaignPath
	Body struct {
		Product products.ProductID `json:"product_id"`
	}
},
) (*rest.Answer[products.Picked], error) {
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	p, err := s.Products.Get(ctx, in.Body.Product)
	if fault.Is(err, fault.NotFound) || err == nil && p.Label != c.LabelID {
		return nil, fault.At("product_id", "products.missing")
	}
	if err != nil {
		return nil, err
	}
	label, err := s.Labels.Get(ctx, c.LabelID)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.Picker.Pick(ctx, &p, &c, label.Name, label.Locale))
}

func (s *sold) keep(ctx context.Context, in *struct {
	Pick products.PickID `path:"product_pick"`
	Body struct {
		Says   material.Says `json:"says"`
		Reason string        `json:"reason"`
	}
},
) (*rest.Answer[TakenProduct], error) {
	if err := s.Products.Keep(ctx, in.Pick, in.Body.Says, in.Body.Reason); err != nil {
		return nil, err
	}
	p, err := s.Products.Picked(ctx, in.Pick)
	if err != nil {
		return nil, err
	}
	return rest.Answered(s.taken(ctx, p))
}
