package mailing

import (
	"slices"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/web/desk"
)

// picksView is what the search for a campaign found.
type picksView struct {
	For   string // what the button says: place, or campaign:p1 for another one
	Items []pick
}

// pick is a campaign with its advertiser.
type pick struct {
	campaigns.Campaign
	Advertiser string
}

// campaignPicks finds campaigns to place: those that run today, or those whose
// name or advertiser fits.
func (s *content) campaignPicks(x *desk.Exchange) error {
	ask := x.Query("q")
	f := campaigns.Filter{Labels: []labels.ID{x.Label.ID}, Name: ask}
	if ask == "" {
		f.On = desk.Today(x)
	}
	found, err := s.Campaigns.List(x.Context(), f, paging.Ask{Limit: 12, Sort: "newest"})
	if err != nil {
		return err
	}
	items := found.Items
	if ask != "" {
		if items, err = s.addAdvertisers(x, items, ask); err != nil {
			return err
		}
	}
	view := picksView{For: "place"}
	if x.Query("for") != "" {
		view.For = "campaign:" + x.Query("for")
	}
	of, err := desk.AdvertisersOf(x, s.Advertisers, items)
	if err != nil {
		return err
	}
	for _, c := range items {
		view.Items = append(view.Items, pick{c, of[c.AdvertiserID].Name})
	}
	return x.Part("mailing/content", "content-picks", view)
}

// addAdvertisers adds the campaigns of advertisers whose name fits.
func (s *content) addAdvertisers(x *desk.Exchange, items []campaigns.Campaign, name string) ([]campaigns.Campaign, error) {
	advertisers, err := s.Advertisers.List(x.Context(), campaigns.AdvertiserFilter{Name: name}, paging.Ask{Limit: 6, Sort: "name"})
	if err != nil {
		return items, err
	}
	for _, a := range advertisers.Items {
		more, err := s.Campaigns.List(
			x.Context(), campaigns.Filter{Labels: []labels.ID{x.Label.ID}, Advertiser: a.ID}, paging.Ask{Limit: 6, Sort: "newest"},
		)
		if err != nil {
			return items, err
		}
		for _, c := range more.Items {
			if !slices.ContainsFunc(items, func(item campaigns.Campaign) bool { return item.ID == c.ID }) {
				items = append(items, c)
			}
		}
	}
	return items, nil
}
