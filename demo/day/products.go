package day

import (
	"context"
	"errors"
	"fmt"

	"keur/demo"
	"keur/internal/paging"
	"keur/networks/products"
)

// feeds are those of the day's shops.
type feeds struct{ *day }

// take has the feeds read, and takes what they have into their shops' campaigns. Then
// one product becomes dearer: it is asked about, and stays by the word of who makes the
// mailing.
func (d feeds) take(ctx context.Context) (string, error) {
	taken, stay := 0, ""
	for _, m := range d.Markets {
		for _, o := range m.Today {
			if len(o.Products) == 0 {
				continue
			}
			s := sold{d.day, m, o, ""}
			if err := s.open(ctx); err != nil {
				return "", err
			}
			if err := s.take(ctx); err != nil {
				return "", err
			}
			d.Shop.Raise()
			name, err := s.keep(ctx)
			if err != nil {
				return "", err
			}
			taken, stay = taken+len(o.Taken), name
		}
	}
	return fmt.Sprintf("%d products of a feed, for the newsletter; %q became dearer, was asked about, and stays", taken, stay), nil
}

// sold is what the shop of an offer sells.
type sold struct {
	*day
	m    *demo.Market
	o    *demo.Offer
	path string // of its feed, in the API
}

// open adds the feed, unless an earlier demo has, and has it read by a guess of what
// its columns are.
func (s *sold) open(ctx context.Context) error {
	base := fmt.Sprintf("/labels/%d/product-feeds", s.m.Label.ID)
	var feed products.Feed
	var there paging.Page[products.Standing]
	if err := s.Get(ctx, s.m.Maker, base+fmt.Sprintf("?advertiser=%d", s.o.ID), &there); err != nil {
		return err
	}
	address := s.Shop.Feed(s.m, s.o)
	if len(there.Items) > 0 {
		feed = there.Items[0].Feed
	} else if err := s.Create(ctx, s.m.Maker, base, map[string]any{
		"advertiser_id": s.o.ID, "name": s.o.Advertiser, "feed_url": address,
	}, &feed); err != nil {
		return err
	}
	s.path = fmt.Sprintf("/product-feeds/%d", feed.ID)
	var seen struct{ Mapping products.Mapping }
	if feed.Mapping != nil {
		seen.Mapping = *feed.Mapping
	} else if err := s.Create(ctx, s.m.Maker, s.path+"/preview", map[string]any{}, &seen); err != nil {
		return err
	}
	if err := s.Put(ctx, s.m.Maker, s.path, map[string]any{
		"name": feed.Name, "feed_url": address, "active": true, "mapping": seen.Mapping,
	}, nil); err != nil {
		return err
	}
	return demo.Until(ctx, "the products of "+feed.Name, func() (bool, error) {
		var now products.Refresh
		err := s.Get(ctx, s.m.Maker, s.path+"/refresh", &now)
		return now.Products == len(s.o.Products) && now.Covered != nil && now.Covered.After(s.Began), err
	})
}

// take takes all that is in stock into the campaign.
func (s *sold) take(ctx context.Context) error {
	var found paging.Page[products.Product]
	path := fmt.Sprintf("/labels/%d/products?in_stock=true&advertiser=%d", s.m.Label.ID, s.o.ID)
	if err := s.Get(ctx, s.m.Maker, path, &found); err != nil {
		return err
	}
	for _, p := range found.Items {
		var got products.Picked
		if err := s.Create(ctx, s.m.Maker, fmt.Sprintf("/campaigns/%d/products", s.o.Promos[0].ID),
			map[string]any{"product_id": p.ID}, &got); err != nil {
			return err
		}
		s.o.Taken = append(s.o.Taken, got)
	}
	return nil
}

// keep has the feed read again, and says why the product stays that is dearer by then.
func (s *sold) keep(ctx context.Context) (name string, err error) {
	if err := s.Create(ctx, s.m.Maker, s.path+"/refresh", map[string]any{}, nil); err != nil {
		return "", err
	}
	err = demo.Until(ctx, "a dearer product", func() (bool, error) {
		var found paging.Page[struct {
			ID   products.PickID
			Was  products.Was
			Says string // its feed, now: what stays is what was shown
			Asks bool
		}]
		if err := s.Get(ctx, s.m.Maker, fmt.Sprintf("/campaigns/%d/products", s.o.Promos[0].ID), &found); err != nil {
			return false, err
		}
		for _, p := range found.Items {
			if p.Asks {
				name = p.Was.Name
				return true, s.Create(ctx, s.m.Maker, fmt.Sprintf("/product-picks/%d/keep", p.ID),
					map[string]any{"says": p.Says, "reason": s.m.Kept}, nil)
			}
		}
		return false, nil
	})
	if err == nil && name == "" {
		err = errors.New("no product became dearer")
	}
	return name, err
}
