// Package product is where account managers keep feeds of what advertisers sell: they
// say what stands where in them, see how the reading of each stands, search what they
// have, and say why a product stays that isn't what it was.
package product

import (
	"embed"

	"keur/accounts"
	"keur/campaigns"
	"keur/labels"
	"keur/networks/products"
	"keur/web/desk"
	"keur/web/desk/gallery"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "product", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Advertisers *campaigns.Advertisers
	Campaigns   *campaigns.Store
	Feeds       *products.Feeds
	Products    gallery.Products
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	f, p := &feeds{s}, &sold{s}
	look, plan := []accounts.Role{accounts.Viewer}, []accounts.Role{accounts.Planner}
	return []desk.Route{
		desk.Get("/product-feeds", desk.Under(look...), f.list),
		desk.Get("/product-feeds/new", desk.Under(plan...), f.fresh),
		desk.Post("/product-feeds", desk.Under(plan...), f.add),
		desk.Get("/product-feeds/:productfeed", s.ofFeed(look...), f.one),
		desk.Get("/product-feeds/:productfeed/live", s.ofFeed(look...), f.live),
		desk.Post("/product-feeds/:productfeed", s.ofFeed(plan...), f.save),
		desk.Post("/product-feeds/:productfeed/refresh", s.ofFeed(plan...), f.refresh),
		desk.Post("/product-feeds/:productfeed/remove", s.ofFeed(plan...), f.remove),
		desk.Get("/products", desk.Under(look...), p.search),
		desk.Get("/products/:product/picture", s.ofProduct(look...), p.picture),
		desk.Get("/campaigns/:campaign/products", desk.OfCampaign(s.Campaigns, look...), p.taken),
		desk.Post("/campaigns/:campaign/products/:pick/keep",
			desk.OfCampaign(s.Campaigns, accounts.Planner, accounts.Approver), p.keep),
	}
}

// ofFeed demands one of the roles for the label of the feed in the path.
func (s *Screen) ofFeed(roles ...accounts.Role) desk.Access {
	return desk.Of("productfeed", roles, func(x *desk.Exchange, id int64) (products.Standing, labels.ID, error) {
		f, err := s.Feeds.Get(x.Context(), products.FeedID(id))
		return f, f.Label, err
	})
}
