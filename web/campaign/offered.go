package campaign

import (
	"net/http"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/labels"
	"keur/networks/material"
	"keur/web/desk"
	"keur/web/desk/gallery"
)

// offeredView is what networks offer for a campaign, and what was taken of it.
type offeredView struct {
	campaigns.Campaign
	gallery.View
	Advertiser campaigns.Advertiser
	Taken      []gallery.Taken
	Plans      bool
	Form       desk.Form
	Which      string // the form that Form was typed into
}

func (s *offers) offered(x *desk.Exchange) error {
	return s.showOffered(x, http.StatusOK, "", desk.Form{})
}

func (s *offers) showOffered(x *desk.Exchange, status int, which string, f desk.Form) error {
	c := desk.Found[campaigns.Campaign](x)
	view := offeredView{Campaign: c, Plans: x.Can(accounts.Planner), Form: f, Which: which}
	var err error
	if view.Advertiser, err = s.Advertisers.Get(x.Context(), c.AdvertiserID); err != nil {
		return err
	}
	if view.View, err = s.Gallery.Of(x, &c, ""); err != nil {
		return err
	}
	if view.Plans {
		view.View.Do = "take:"
	}
	if view.Taken, err = s.Gallery.TakenInto(x, &c); err != nil {
		return err
	}
	return x.Answer(status, "campaign/offered", view)
}

// take copies an item into the campaign.
func (s *offers) take(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	if _, err = s.Gallery.Take(x, &c, strings.TrimPrefix(f.Get("do"), "take:")); err == nil {
		return x.GoTo(gallery.Path(c.ID) + "#taken")
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showOffered(x, http.StatusUnprocessableEntity, "take", f)
}

// keep notes that something stays although the network withdrew it.
func (s *offers) keep(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	id, err := x.ID("pick")
	if err != nil {
		return err
	}
	p, err := s.Gallery.Material.Picked(x.Context(), material.PickID(id))
	if err != nil || p.Campaign != c.ID {
		return desk.NotHere()
	}
	if err = s.Gallery.Material.Keep(x.Context(), p.ID, material.Says(f.Get("says")), f.Field("reason")); err == nil {
		return x.GoTo(gallery.Path(c.ID) + "#pick-" + desk.Itoa(p.ID))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showOffered(x, http.StatusUnprocessableEntity, "pick-"+desk.Itoa(p.ID), f)
}

// ofItem demands one of the roles for the label of an item.
func (s *offers) ofItem(roles ...accounts.Role) desk.Access {
	return desk.Of("item", roles, func(x *desk.Exchange, id int64) (material.Item, labels.ID, error) {
		i, err := s.Gallery.Material.Get(x.Context(), material.ItemID(id))
		return i, i.Label, err
	})
}

// picture shows what a banner looks like.
func (s *offers) picture(x *desk.Exchange) error {
	i := desk.Found[material.Item](x)
	return gallery.Picture(x, i.Picture, func() (campaigns.Creative, error) { return s.Gallery.Picker.Picture(x.Context(), &i) })
}
