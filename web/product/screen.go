// Package product is where account managers keep feeds of what advertisers sell: they
// say what stands where in them, and see how the reading of each stands.
package product

import (
	"embed"

	"keur/accounts"
	"keur/campaigns"
	"keur/labels"
	"keur/networks/products"
	"keur/web/desk"
)

//go:embed *.html messages.toml
var files embed.FS

// Folder holds the screen's pages and messages.
func Folder() desk.Folder { return desk.Folder{Name: "product", Files: files} }

// Screen holds what its pages read and change.
type Screen struct {
	Advertisers *campaigns.Advertisers
	Feeds       *products.Feeds
}

// Routes returns what the screen answers, with who may ask.
func (s *Screen) Routes() []desk.Route {
	f := &feeds{s}
	look, plan := []accounts.Role{accounts.Viewer}, []accounts.Role{accounts.Planner}
	return []desk.Route{
		desk.Get("/product-feeds", desk.Under(look...), f.list),
		desk.Get("/product-feeds/new", desk.Under(plan...), f.fresh),
		desk.Post("/product-feeds", desk.Under(plan...), f.add),
		desk.Get("/product-feeds/:productfeed", s.ofFeed(look...), f.one),
		desk.Get("/product-feeds/:productfeed/live", s.ofFeed(look...), f.live),
		desk.Post("/product-feeds/:productfeed", s.ofFeed(plan...), f.save),
		desk.Post("/product-feeds/:productfeed/refresh", s.ofFeed(plan...), f.refresh),
	}
}

// ofFeed demands one of the roles for the label of the feed in the path.
func (s *Screen) ofFeed(roles ...accounts.Role) desk.Access {
	return desk.Of("productfeed", roles, func(x *desk.Exchange, id int64) (products.Standing, labels.ID, error) {
		f, err := s.Feeds.Get(x.Context(), products.FeedID(id))
		return f, f.Label, err
	})
}
