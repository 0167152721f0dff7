package products

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/form"
	"keur/internal/links"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/networks/material"
)

// PickID names a pick.
type PickID = material.ProductPickID

// Pick is what was taken from a product into a campaign, with the product as it was
// then, beside the product as it is now.
type Pick struct {
	Product  `json:"product"`
	ID       PickID          `db:"pick_id" json:"id"`
	Campaign campaigns.ID    `db:"campaign_id" json:"campaign_id"`
	Hash     *campaigns.Hash `db:"hash" json:"hash,omitempty"` // the copy of its picture
	Was      Was             `db:"was" json:"-"`
	By       string          `db:"picked_by" json:"picked_by"`
	ByName   string          `db:"picked_name" json:"picked_name"`
	At       time.Time       `db:"picked_at" json:"picked_at"`
	Says     material.Says   `db:"says" json:"-"`
	Kept     material.Kept   `db:"kept" json:"-"`
}

// Was is what a product was when it was taken.
type Was struct {
	Name         string       `db:"name" json:"name"`
	Price        int64        `db:"price" json:"price_minor"`
	OldPrice     *int64       `db:"old_price" json:"old_price_minor,omitempty"`
	Currency     string       `db:"currency" json:"currency"`
	Stock        *int         `db:"stock" json:"stock,omitempty"`
	Availability Availability `db:"availability" json:"availability" enum:"in_stock,out_of_stock,unknown"`
	Picture      string       `db:"picture" json:"picture_url,omitempty"`
	Click        string       `db:"click" json:"click_url"`
}

// Fetch returns what stands at an address, of at most so many bytes.
type Fetch func(ctx context.Context, address string, most int) ([]byte, error)

// Picker copies products into campaigns.
type Picker struct {
	DB        *sqlx.DB
	Creatives *campaigns.Creatives
	Links     *campaigns.Links
	Fetch     Fetch // goes out only to where members come
}

// Picked is what of a product goes into a placement.
type Picked struct {
	ID       PickID          `json:"product_pick_id"`
	Creative *campaigns.Hash `json:"creative,omitempty"` // the copy of its picture; nil: it has none
	URL      string          `json:"url"`
	Heading  string          `json:"heading"`
	Text     string          `json:"text,omitempty"` // what is said of it, but of its price
	Price    string          `json:"price"`          // what it costs, in the label's language
}

// Picture returns the bytes of a product's picture and what they say of it, checked
// as uploaded images are.
func (p *Picker) Picture(ctx context.Context, of *Product) (campaigns.Creative, error) {
	data, err := p.Fetch(ctx, of.Picture, campaigns.MaxCreative)
	if err != nil {
		return campaigns.Creative{}, err
	}
	return campaigns.ReadCreative(data)
}

// Pick takes a product into a campaign of the label so called: the bytes of its
// picture, and its words. Its price is written in the locale; its address goes by
// the campaign's tracking link. Returns a conflict that says why it can't be taken.
func (p *Picker) Pick(ctx context.Context, of *Product, c *campaigns.Campaign, label, locale string) (Picked, error) {
	if err := of.Fits(c); err != nil {
		return Picked{}, err
	}
	tracking, err := p.Links.Of(ctx, c.ID)
	if err != nil {
		return Picked{}, err
	}
	got := Picked{Heading: of.Name, Text: of.Text, Price: of.PriceIn(words.In(locale)), URL: of.tracked(tracking, label, c.Name)}
	if of.Picture != "" { // before the transaction: the shop may be slow
		data, err := p.Fetch(ctx, of.Picture, campaigns.MaxCreative)
		if err != nil {
			return Picked{}, err
		}
		made, err := p.Creatives.Put(ctx, data)
		if err != nil {
			return Picked{}, err
		}
		got.Creative = &made.Hash
	}
	err = postgres.InTx(ctx, p.DB, func(tx *sqlx.Tx) error {
		if got.Creative != nil {
			source := form.Fit(strings.Join([]string{of.FeedName, of.Ref}, " · "), 500)
			if _, err := p.Creatives.AttachIn(ctx, tx, c.ID, campaigns.Use{Hash: *got.Creative, Alt: of.Name, Source: source}); err != nil {
				return err
			}
		}
		return postgres.Fault(tx.GetContext(ctx, &got.ID, `
			INSERT INTO product_picks (product_id, campaign_id, hash, name, price, currency, availability, picture, click)
			VALUES ($1, $2, $3, '', 0, '', '', '', '') RETURNING id`, of.ID, c.ID, got.Creative), "thing.product", "id", of.ID)
	})
	return got, err
}

// PriceIn says what the product costs, and what it cost where it is reduced.
func (o *Offer) PriceIn(say words.Speaker) string {
	return priceIn(say, o.Price, o.OldPrice, o.Currency)
}

func priceIn(say words.Speaker, price int64, old *int64, currency string) string {
	if old == nil {
		return say.Money(price, currency)
	}
	return say.T("product_price.reduced", "price", say.Money(price, currency), "old", say.Money(*old, currency))
}

// tracked returns the address by which the product is reached from a campaign: by
// its deeplink, unless the feed's own leads over the host of one of its tracking
// links already.
func (p *Product) tracked(all []campaigns.Link, label, campaign string) string {
	for _, l := range all {
		if links.HostOf(strings.ReplaceAll(l.URL, campaigns.DeepMark, "x")) == links.HostOf(p.Click) {
			return p.Click
		}
	}
	for _, l := range all {
		if !l.Deep() {
			continue
		}
		if address, err := l.To(p.Click, label, campaign); err == nil {
			return address
		}
	}
	return p.Click
}
