package mailing

import (
	"slices"
	"strings"

	"keur/campaigns"
	"keur/mailings"
	"keur/web/desk"
	"keur/web/desk/gallery"
)

// placementMaterial finds what networks offer for the campaign of a placement.
func (s *content) placementMaterial(x *desk.Exchange) error {
	key := x.Query("for")
	c, err := s.campaignOf(x, key)
	if err != nil {
		return err
	}
	view, err := s.Gallery.Of(x, &c, "material:"+key+":")
	if err != nil {
		return err
	}
	return x.Part("mailing/content", "content-gallery", view)
}

// campaignOf returns the campaign of a placement in the working copy.
func (s *content) campaignOf(x *desk.Exchange, key string) (campaigns.Campaign, error) {
	m := desk.Found[mailings.Mailing](x)
	work, err := s.Workbench.Open(x.Context(), &m)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	at := slices.IndexFunc(work.Brief.Placements, func(p mailings.BriefPlacement) bool { return p.Key == key })
	if at < 0 {
		return campaigns.Campaign{}, desk.NotHere()
	}
	c, err := s.Campaigns.Get(x.Context(), campaigns.ID(work.Brief.Placements[at].CampaignID))
	if err != nil || c.LabelID != x.Label.ID {
		return c, desk.NotHere()
	}
	return c, nil
}

// takeMaterial returns what puts an item of a network into a placement: p1:12.
func (s *content) takeMaterial(x *desk.Exchange, about string) (func(*mailings.Brief) error, error) {
	key, number, _ := strings.Cut(about, ":")
	c, err := s.campaignOf(x, key)
	if err != nil {
		return nil, err
	}
	got, err := s.Gallery.Take(x, &c, number)
	return func(d *mailings.Brief) error {
		for n := range d.Placements {
			if p := &d.Placements[n]; p.Key == key && p.CampaignID == int64(c.ID) {
				gallery.Fill(p, got)
			}
		}
		return nil
	}, err
}

// placeLink returns what gives a placement the address of one of its campaign's
// tracking links: p1:12.
func (s *content) placeLink(x *desk.Exchange, f *desk.Form, about string) (func(*mailings.Brief) error, error) {
	key, number, _ := strings.Cut(about, ":")
	c, err := s.campaignOf(x, key)
	if err != nil {
		return nil, err
	}
	address, err := s.Gallery.Link(x, f, &c, number, "page:"+key)
	return func(d *mailings.Brief) error {
		for n := range d.Placements {
			if p := &d.Placements[n]; p.Key == key && p.CampaignID == int64(c.ID) && address != "" {
				p.URL = address
			}
		}
		return nil
	}, err
}
