package demo

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"keur/campaigns"
	"keur/internal/paging"
)

// BannerWidth is how wide the picture above a placement is shown, in pixels.
const BannerWidth = 600

// Meet finds or makes an offer's advertiser with its contact and programme, and
// draws its picture, so many times as fine as it is shown.
func (p *Publisher) Meet(ctx context.Context, m *Market, o *Offer, fine int) (campaigns.ProgrammeID, error) {
	advertiser, err := ensure(ctx, p.Servers, m.Maker, "/advertisers", most,
		func(a campaigns.Advertiser) bool { return a.Name == o.Advertiser },
		map[string]any{"name": o.Advertiser, "category": o.Category})
	if err != nil {
		return 0, err
	}
	o.ID = advertiser.ID
	var programme campaigns.Programme
	path := fmt.Sprintf("/advertisers/%d", o.ID)
	if len(advertiser.Programmes) > 0 {
		programme = advertiser.Programmes[0]
	} else {
		// One proposes who approves for it, another confirms.
		var asked campaigns.Contact
		if err := p.Create(ctx, m.Maker, path+"/contacts", map[string]any{
			"name": o.Contact, "email": o.Email, "locale": o.Locale, "may_approve": true,
		}, &asked); err != nil {
			return 0, err
		}
		if err := p.Create(ctx, p.Colleague, fmt.Sprintf("%s/contact-changes/%d/confirm", path, asked.Change.ID), nil, nil); err != nil {
			return 0, err
		}
		if err := p.Create(ctx, m.Maker, path+"/programmes", map[string]any{
			"network": o.Network, "ref": cmp.Or(o.Ref, fmt.Sprint(40000+o.ID)), "live": true, "email_allowed": true,
		}, &programme); err != nil {
			return 0, err
		}
	}
	o.Ref = programme.Ref
	file, err := o.Scene.PNG(fine*BannerWidth, o.Sky, o.Land)
	if err != nil {
		return 0, err
	}
	var picture struct{ Hash string }
	err = p.Create(ctx, m.Maker, "/creatives", file, &picture)
	o.Picture = picture.Hash
	return programme.ID, err
}

// Open makes the campaign of an offer's promo, keeps its tracking link, and puts
// the picture to use in it. One of an earlier demo keeps its name.
func (p *Publisher) Open(ctx context.Context, m *Market, o *Offer, promo *Promo, c campaigns.Campaign) error {
	base := fmt.Sprintf("/labels/%d/campaigns", m.Label.ID)
	var there paging.Page[campaigns.Campaign]
	if err := p.Get(ctx, m.Maker, base+"?limit=200&name="+strings.ReplaceAll(promo.Name, " ", "+"), &there); err != nil {
		return err
	}
	if n := len(there.Items); n > 0 {
		promo.Name = fmt.Sprintf("%s %d", promo.Name, n+1)
	}
	c.LabelID, c.AdvertiserID, c.Name, c.Currency, c.Deals = m.Label.ID, o.ID, promo.Name, "EUR", o.Deals
	if err := p.Create(ctx, m.Maker, base, c, &c); err != nil {
		return err
	}
	promo.ID = c.ID
	link := campaigns.Link{Name: o.Advertiser, URL: p.Shop.link(m, o)}
	if err := p.Create(ctx, m.Maker, fmt.Sprintf("/campaigns/%d/tracking-links", c.ID), link, nil); err != nil {
		return err
	}
	if o == m.Offers[0] {
		link = campaigns.Link{Name: "Outlet", URL: p.Shop.link(m, o) + "?page=" + outlet}
		if err := p.Create(ctx, m.Maker, fmt.Sprintf("/campaigns/%d/tracking-links", c.ID), link, nil); err != nil {
			return err
		}
	}
	return p.Put(ctx, m.Maker, fmt.Sprintf("/campaigns/%d/creatives/%s", c.ID, o.Picture), map[string]string{
		"hash": o.Picture, "alt": cmp.Or(o.Alt, promo.Heading), "source": origins[m.Label.Locale],
	}, nil)
}

// origins say where the offers' pictures come from, as who makes a mailing reads it.
var origins = map[string]string{"nl": "getekend voor de demo", "de": "für die Demo gezeichnet"}
