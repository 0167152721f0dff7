package web

import (
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
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
func (v *visit) campaignPicks() error {
	ask := v.Query("q")
	f := campaigns.Filter{Labels: []labels.ID{v.Label.ID}, Name: ask}
	if ask == "" {
		f.On = v.today0()
	}
	found, err := v.Campaigns.List(v.ctx(), f, paging.Ask{Limit: 12, Sort: "newest"})
	if err != nil {
		return err
	}
	items := found.Items
	if ask != "" {
		if items, err = v.addAdvertisers(items, ask); err != nil {
			return err
		}
	}
	view := picksView{For: "place"}
	if v.Query("for") != "" {
		view.For = "campaign:" + v.Query("for")
	}
	of, err := v.advertisersOf(items)
	if err != nil {
		return err
	}
	for _, c := range items {
		view.Items = append(view.Items, pick{c, of[c.AdvertiserID].Name})
	}
	return v.part("mailing_content", "content-picks", view)
}

// addAdvertisers adds the campaigns of advertisers whose name fits.
func (v *visit) addAdvertisers(items []campaigns.Campaign, name string) ([]campaigns.Campaign, error) {
	advertisers, err := v.Advertisers.List(v.ctx(), campaigns.AdvertiserFilter{Name: name}, paging.Ask{Limit: 6, Sort: "name"})
	if err != nil {
		return items, err
	}
	for _, a := range advertisers.Items {
		more, err := v.Campaigns.List(v.ctx(), campaigns.Filter{Labels: []labels.ID{v.Label.ID}, Advertiser: a.ID}, paging.Ask{Limit: 6, Sort: "newest"})
		if err != nil {
			return items, err
		}
		for _, c := range more.Items {
			if !holdsCampaign(items, c.ID) {
				items = append(items, c)
			}
		}
	}
	return items, nil
}

func holdsCampaign(items []campaigns.Campaign, id campaigns.ID) bool {
	for _, c := range items {
		if c.ID == id {
			return true
		}
	}
	return false
}
