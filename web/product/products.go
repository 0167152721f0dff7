package product

import (
	"net/http"
	"strconv"
	"time"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks/material"
	"keur/networks/products"
	"keur/web/desk"
	"keur/web/desk/gallery"
)

// sold are the pages of products: what a label's feeds have, and what of it was taken
// into a campaign.
type sold struct{ *Screen }

// searchView is a page of the products that a label's feeds have.
type searchView struct {
	gallery.ProductView
	Advertisers []desk.Choice
	Advertiser  string
}

// search finds products of the label's feeds, of one advertiser or of all.
func (s *sold) search(x *desk.Exchange) error {
	f := products.Filter{Label: x.Label.ID}
	if id, err := strconv.ParseInt(x.Query("advertiser"), 10, 64); err == nil {
		f.Advertiser = campaigns.AdvertiserID(id)
	}
	found, err := s.Products.Of(x, f, "EUR")
	if err != nil {
		return err
	}
	view := searchView{ProductView: found, Advertiser: x.Query("advertiser")}
	view.Advertisers, err = s.advertisers(x)
	view.Narrowed = view.Narrowed || f.Advertiser != 0
	if err != nil {
		return err
	}
	return x.Show("product/search", view)
}

// advertisers are those of whom the label has a feed.
func (s *sold) advertisers(x *desk.Exchange) ([]desk.Choice, error) {
	feeds, err := s.Feeds.List(x.Context(), products.FeedFilter{Labels: []labels.ID{x.Label.ID}}, paging.Ask{Limit: paging.Most})
	all := []desk.Choice{{Word: x.Say.T("list.all")}}
	known := map[campaigns.AdvertiserID]bool{}
	for _, f := range feeds.Items {
		if !known[f.Advertiser] {
			known[f.Advertiser] = true
			all = append(all, desk.Choice{Value: desk.Itoa(f.Advertiser), Word: f.Of})
		}
	}
	return all, err
}

// ofProduct demands one of the roles for the label of a product.
func (s *Screen) ofProduct(roles ...accounts.Role) desk.Access {
	return desk.Of("product", roles, func(x *desk.Exchange, id int64) (products.Product, labels.ID, error) {
		p, err := s.Products.Store.Get(x.Context(), products.ProductID(id))
		return p, p.Label, err
	})
}

// picture shows what a product looks like.
func (s *sold) picture(x *desk.Exchange) error {
	p := desk.Found[products.Product](x)
	return gallery.Picture(x, p.Picture, func() (campaigns.Creative, error) { return s.Products.Picker.Picture(x.Context(), &p) })
}

// takenView is what was taken into a campaign.
type takenView struct {
	campaigns.Campaign
	Taken []gallery.TakenProduct
	Plans bool
	Zone  *time.Location
	Form  desk.Form
	Which string // the form that Form was typed into
}

func (s *sold) taken(x *desk.Exchange) error {
	return s.showTaken(x, http.StatusOK, "", desk.Form{})
}

func (s *sold) showTaken(x *desk.Exchange, status int, which string, f desk.Form) error {
	c := desk.Found[campaigns.Campaign](x)
	view := takenView{
		Campaign: c, Plans: x.Can(accounts.Planner) || x.Can(accounts.Approver), Zone: x.Zone(), Form: f, Which: which,
	}
	var err error
	if view.Taken, err = s.Products.TakenInto(x, &c); err != nil {
		return err
	}
	return x.Answer(status, "product/taken", view)
}

// keep notes that a product stays although its feed says something else of it now.
func (s *sold) keep(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	id, err := x.ID("pick")
	if err != nil {
		return err
	}
	p, err := s.Products.Store.Picked(x.Context(), products.PickID(id))
	if err != nil || p.Campaign != c.ID {
		return desk.NotHere()
	}
	at := "pick-" + desk.Itoa(p.ID)
	if err = s.Products.Store.Keep(x.Context(), p.ID, material.Says(f.Get("says")), f.Field("reason")); err == nil {
		return x.GoTo(gallery.ProductsPath(c.ID) + "#" + at)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showTaken(x, http.StatusUnprocessableEntity, at, f)
}
