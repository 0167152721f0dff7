// Package products keeps what advertisers sell, as their feeds have it: it reads
// them anew each day, finds products in them, copies them into campaigns, and says
// what became of those since.
package products

import (
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/words"
	"keur/labels"
)

// FeedID names a feed.
type FeedID int

// Feed is a file of products that an advertiser or a network keeps at an address.
// The address is a secret, and never part of it.
type Feed struct {
	ID          FeedID                 `db:"id" json:"id"`
	Label       labels.ID              `db:"label_id" json:"label_id"`
	Advertiser  campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	Of          string                 `db:"advertiser" json:"advertiser_name"`
	ProgrammeID *campaigns.ProgrammeID `db:"programme_id" json:"programme_id,omitempty"`
	Name        string                 `db:"name" json:"name"`
	Host        string                 `db:"host" json:"host"`
	Mapping     *Mapping               `db:"mapping" json:"mapping,omitempty"` // nil: nobody said yet what its columns are
	Active      bool                   `db:"active" json:"active"`
	Version     int                    `db:"version" json:"version"`
	CreatedAt   time.Time              `db:"created_at" json:"created_at"`
}

// Validate returns everything that is wrong with the feed.
func (f *Feed) Validate() error {
	var wrong fault.List
	if !form.Name(f.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	if f.Advertiser == 0 {
		wrong.Add("advertiser_id", "products.advertiser_missing")
	}
	if f.Mapping != nil {
		if told, is := f.Mapping.Validate().(*fault.Error); is { //nolint:errorlint // it is of this package
			for _, d := range told.Details {
				wrong.Note("mapping."+d.Path, d.Message)
			}
		}
	}
	return wrong.Err()
}

// Refresh is how the refreshing of a feed stands.
type Refresh struct {
	Due      time.Time     `db:"due_at" json:"due_at"`
	Began    *time.Time    `db:"began_at" json:"began_at,omitempty"` // one is under way
	Arrived  int           `db:"arrived" json:"arrived"`
	Ran      *time.Time    `db:"ran_at" json:"ran_at,omitempty"`
	Covered  *time.Time    `db:"covered_at" json:"covered_at,omitempty"` // what the products are of; nil: there are none
	Products int           `db:"products" json:"products"`
	Unread   int           `db:"unread" json:"unread"`
	Ref      string        `db:"unread_ref" json:"unread_ref,omitempty"`
	Reason   words.Message `db:"unread_reason" json:"unread_reason,omitzero"`
	Failures int           `db:"failures" json:"failures"`
	Problem  words.Message `db:"problem" json:"problem,omitzero"`

	Turn   int64 `db:"turn" json:"-"`
	Anyway bool  `db:"anyway" json:"-"` // however few products it has
}

// Standing is a feed with how its refreshing stands.
type Standing struct {
	Feed
	Refresh `json:"refresh"`
}

// Availability says whether a product can be bought.
type Availability string

// What a feed may say of it.
const (
	InStock    Availability = "in_stock"
	OutOfStock Availability = "out_of_stock"
	Unknown    Availability = "unknown" // the feed doesn't say
)

// ProductID names a product.
type ProductID int64

// Offer is what a feed says of a product.
type Offer struct {
	Ref          string       `db:"ref" json:"ref"`
	Name         string       `db:"name" json:"name"`
	Text         string       `db:"body" json:"text,omitempty"`
	Brand        string       `db:"brand" json:"brand,omitempty"`
	Category     string       `db:"category" json:"category,omitempty"`
	Price        int64        `db:"price" json:"price_minor"`
	OldPrice     *int64       `db:"old_price" json:"old_price_minor,omitempty"` // nil: it isn't reduced
	Currency     string       `db:"currency" json:"currency"`
	Stock        *int         `db:"stock" json:"stock,omitempty"` // nil: the feed doesn't say how many
	Availability Availability `db:"availability" json:"availability" enum:"in_stock,out_of_stock,unknown"`
	Picture      string       `db:"picture" json:"picture_url,omitempty"`
	Click        string       `db:"click" json:"click_url"`
}

// Product is an offer of a feed, as the newest whole reading has it.
type Product struct {
	ID         ProductID              `db:"id" json:"id"`
	Feed       FeedID                 `db:"feed_id" json:"feed_id"`
	FeedName   string                 `db:"feed" json:"feed_name"`
	Label      labels.ID              `db:"label_id" json:"label_id"`
	Advertiser campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id"`
	Programme  *campaigns.ProgrammeID `db:"programme_id" json:"programme_id,omitempty"`
	Offer
	Changed   time.Time  `db:"changed_at" json:"changed_at"`
	FirstSeen time.Time  `db:"first_seen_at" json:"first_seen_at"`
	Gone      *time.Time `db:"gone_at" json:"gone_at,omitempty"`
	Read      bool       `db:"read" json:"-"` // its feed is, every day
	// UnreadSince is when it was as it is here, where its feed couldn't be read for two days since.
	UnreadSince *time.Time `db:"unread_since" json:"-"`
}

// Fits returns a conflict unless the product is of the campaign's advertiser, and of
// its programme where both name one, is still there, and somebody reads its feed.
func (p *Product) Fits(c *campaigns.Campaign) error {
	switch {
	case p.Label != c.LabelID || p.Advertiser != c.AdvertiserID,
		p.Programme != nil && c.ProgrammeID != nil && *p.Programme != *c.ProgrammeID:
		return fault.New(fault.Conflict, "products.other_campaign")
	case p.Gone != nil:
		return fault.New(fault.Conflict, "products.gone_already")
	case !p.Read:
		return fault.New(fault.Conflict, "products.stopped")
	}
	return nil
}
