package affiliate

import (
	"context"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/labels"
	"keur/networks/products"
)

// sold is what feeds have of what advertisers sell, and what of it was taken.
type sold struct{ *Resources }

func (s *sold) register() {
	const tag = "Products"
	looks, plans := []accounts.Role{accounts.Viewer}, []accounts.Role{accounts.Planner}
	feed := func(roles ...accounts.Role) rest.Access {
		return rest.Of("product_feed", roles, func(ctx context.Context, id int64) (labels.ID, error) {
			f, err := s.Feeds.Get(ctx, products.FeedID(id))
			return f.Label, err
		})
	}
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/product-feeds", "List a label's feeds of products", rest.Under(looks...)), s.feeds)
	rest.Register(s.Kit, tag, rest.Create("/labels/{label}/product-feeds",
		"Add a feed by its address, which is sealed and never shown again", rest.Under(plans...)), s.addFeed)
	rest.Register(s.Kit, tag, rest.Read("/product-feeds/{product_feed}", "Read a feed", feed(looks...)), s.feed)
	rest.Register(s.Kit, tag, rest.Read("/product-feeds/{product_feed}/refresh", "Read how the refreshing of a feed stands",
		feed(looks...)), s.refreshing)
	rest.Register(s.Kit, tag, rest.Edit("/product-feeds/{product_feed}",
		"Change a feed: its name, what its columns are, whether it is refreshed daily", feed(plans...)), s.changeFeed)
	rest.Register(s.Kit, tag, rest.Remove("/product-feeds/{product_feed}",
		"Remove a feed; what was taken of it stays, and is asked about", feed(plans...)), s.removeFeed)
	rest.Register(s.Kit, tag, rest.Ask("/product-feeds/{product_feed}/preview",
		"Read the beginning of a feed by a mapping, or by a guessed one", feed(plans...)), s.preview)
	rest.Register(s.Kit, tag, rest.Act("/product-feeds/{product_feed}/refresh", "Let a feed be read at once", feed(plans...)), s.refresh)
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/products", "Search the products of a label's feeds", rest.Under(looks...)), s.list)
	rest.Register(s.Kit, tag, rest.Read("/products/{product}", "Read a product",
		rest.Of("product", looks, func(ctx context.Context, id int64) (labels.ID, error) {
			p, err := s.Products.Get(ctx, products.ProductID(id))
			return p.Label, err
		})), s.get)
	rest.Register(s.Kit, tag, rest.Read("/campaigns/{campaign}/products", "List the products that were taken into a campaign",
		rest.OfCampaign(s.Campaigns, looks...)), s.picks)
	rest.Register(s.Kit, tag, rest.Create("/campaigns/{campaign}/products",
		"Take a product into a campaign, with a copy of its picture, to be set in a placement",
		rest.OfCampaign(s.Campaigns, plans...)), s.pick)
	rest.Register(s.Kit, tag, rest.Act("/product-picks/{product_pick}/keep",
		"Say why a product stays although its feed says something else of it now",
		s.ofPick(accounts.Planner, accounts.Approver)), s.keep)
}

// ofPick demands one of the roles for the label of what was taken.
func (s *sold) ofPick(roles ...accounts.Role) rest.Access {
	return rest.Of("product_pick", roles, func(ctx context.Context, id int64) (labels.ID, error) {
		p, err := s.Products.Picked(ctx, products.PickID(id))
		return p.Label, err
	})
}

// FeedPath names a feed of products.
type FeedPath struct {
	Feed products.FeedID `path:"product_feed"`
}

func (s *sold) feeds(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Sort       string                 `query:"sort" enum:"name"`
},
) (*rest.Answer[paging.Page[products.Standing]], error) {
	return rest.Answered(s.Feeds.List(ctx, products.FeedFilter{
		Labels: []labels.ID{in.Label}, Advertiser: in.Advertiser,
	}, in.Sorted(in.Sort)))
}

// NewFeed is a feed that is to be added.
type NewFeed struct {
	Advertiser campaigns.AdvertiserID `json:"advertiser_id"`
	Programme  *campaigns.ProgrammeID `json:"programme_id,omitempty"`
	Name       string                 `json:"name"`
	Address    string                 `json:"feed_url"`
}

func (s *sold) addFeed(ctx context.Context, in *struct {
	rest.LabelPath
	Body NewFeed
},
) (*rest.Answer[products.Feed], error) {
	f, err := s.Feeds.Add(ctx, products.Feed{
		Label: in.Label, Advertiser: in.Body.Advertiser, ProgrammeID: in.Body.Programme, Name: in.Body.Name,
	}, in.Body.Address)
	if err != nil {
		return nil, rest.Renamed(err, "address", "feed_url")
	}
	return s.feed(ctx, &FeedPath{f.ID})
}

func (s *sold) feed(ctx context.Context, in *FeedPath) (*rest.Answer[products.Feed], error) {
	f, err := s.Feeds.Get(ctx, in.Feed)
	return rest.Answered(f.Feed, err)
}

func (s *sold) refreshing(ctx context.Context, in *FeedPath) (*rest.Answer[products.Refresh], error) {
	f, err := s.Feeds.Get(ctx, in.Feed)
	return rest.Answered(f.Refresh, err)
}

// ChangedFeed is what a feed becomes.
type ChangedFeed struct {
	Programme *campaigns.ProgrammeID `json:"programme_id,omitempty"`
	Name      string                 `json:"name"`
	Address   string                 `json:"feed_url,omitempty"`
	Active    bool                   `json:"active"`
	Mapping   *products.Mapping      `json:"mapping,omitempty"`
}

func (s *sold) changeFeed(ctx context.Context, in *struct {
	FeedPath
	rest.Match
	Body ChangedFeed
},
) (*rest.Answer[products.Feed], error) {
	_, err := s.Feeds.Update(ctx, in.Feed, in.Body.Address, func(f *products.Feed) error {
		b, err := in.Body, in.Guard(*f)
		f.ProgrammeID, f.Name, f.Active, f.Mapping = b.Programme, b.Name, b.Active, b.Mapping
		return err
	})
	if err != nil {
		return nil, rest.Renamed(err, "address", "feed_url")
	}
	return s.feed(ctx, &in.FeedPath)
}

func (s *sold) removeFeed(ctx context.Context, in *FeedPath) (*rest.Nothing, error) {
	return rest.Done(s.Feeds.Remove(ctx, in.Feed))
}

// FeedPreview is the beginning of a feed, as a mapping reads it.
type FeedPreview struct {
	Mapping products.Mapping `json:"mapping"`
	Names   []string         `json:"column_names"`
	Rows    []FeedRow        `json:"rows"`
}

// FeedRow is one record of it: a product, or why it is none.
type FeedRow struct {
	products.Offer
	Wrong words.Message `json:"wrong,omitzero"`
}

func (s *sold) preview(ctx context.Context, in *struct {
	FeedPath
	Body struct {
		Mapping *products.Mapping `json:"mapping,omitempty"`
	}
},
) (*rest.Answer[FeedPreview], error) {
	found, err := s.Feeds.Preview(ctx, in.Feed, in.Body.Mapping)
	if err != nil {
		return nil, rest.Within("mapping", err)
	}
	seen := FeedPreview{Mapping: found.Mapping, Names: found.Names}
	for _, r := range found.Rows {
		row := FeedRow{Offer: r.Offer}
		if r.Wrong != nil {
			row.Wrong = words.OfError(r.Wrong)
		}
		seen.Rows = append(seen.Rows, row)
	}
	return rest.Answered(seen, nil)
}

func (s *sold) refresh(ctx context.Context, in *struct {
	FeedPath
	Body struct {
		Anyway bool `json:"anyway,omitempty"`
	}
},
) (*rest.Answer[products.Refresh], error) {
	if err := s.Feeds.RefreshNow(ctx, in.Feed, in.Body.Anyway); err != nil {
		return nil, err
	}
	return s.refreshing(ctx, &in.FeedPath)
}

func (s *sold) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Feed       products.FeedID        `query:"product_feed" minimum:"0" maximum:"2147483647" doc:"Only this feed's"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Words      string                 `query:"words" maxLength:"120" doc:"Beginnings of words of its name, brand, category or number"`
	Category   string                 `query:"category" maxLength:"200"`
	From       int64                  `query:"price_from" minimum:"0" doc:"In minor units"`
	To         int64                  `query:"price_to" minimum:"0" doc:"In minor units"`
	Currency   string                 `query:"currency" maxLength:"3"`
	InStock    bool                   `query:"in_stock" doc:"Only those that aren't known to be sold out"`
	Reduced    bool                   `query:"reduced" doc:"Only those that cost more before"`
	Sort       string                 `query:"sort" enum:"name,price,newest"`
},
) (*rest.Answer[paging.Page[products.Product]], error) {
	return rest.Answered(s.Products.List(ctx, products.Filter{
		Label: in.Label, Feed: in.Feed, Advertiser: in.Advertiser, Words: in.Words, Category: in.Category, From: in.From, To: in.To,
		Currency: in.Currency, InStock: in.InStock, Reduced: in.Reduced,
	}, in.Sorted(in.Sort)))
}

func (s *sold) get(ctx context.Context, in *struct {
	Product products.ProductID `path:"product"`
},
) (*rest.Answer[products.Product], error) {
	return rest.Answered(s.Products.Get(ctx, in.Product))
}
