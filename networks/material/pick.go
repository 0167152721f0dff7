package material

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/form"
	"keur/internal/postgres"
	"keur/networks"
)

// Fetch returns what stands at an address, of at most so many bytes.
type Fetch func(ctx context.Context, address string, most int) ([]byte, error)

// Picker copies what networks offer into campaigns.
type Picker struct {
	DB          *sqlx.DB
	Clock       clock.Clock
	Advertisers *campaigns.Advertisers
	Creatives   *campaigns.Creatives
	Vouchers    *campaigns.Vouchers
	Fetch       Fetch // goes out only to where members come
}

// Picked is what of an item goes into a placement.
type Picked struct {
	ID       PickID
	Creative *campaigns.Hash   // the copy of its picture
	Pool     *campaigns.PoolID // of its code
	Click    string
	Name     string
	Text     string
}

// Picture returns the bytes of an item's picture and what they say of it, checked
// as uploaded images are. Returns a Conflict if the item has none.
func (p *Picker) Picture(ctx context.Context, i *Item) (campaigns.Creative, error) {
	data, err := p.Fetch(ctx, i.Picture, campaigns.MaxCreative)
	if err != nil {
		return campaigns.Creative{}, err
	}
	return campaigns.ReadCreative(data)
}

// Pick takes an item into a campaign: of a banner the bytes of its picture, of a
// code a pool that all share, with the days on which it may be shown in the zone.
// Nothing else of what the network wrote is taken but the address of its link. The
// same again takes what the item is by now. Returns a conflict that says why it
// can't be taken.
func (p *Picker) Pick(ctx context.Context, i *Item, c *campaigns.Campaign, zone *time.Location) (Picked, error) {
	if err := i.Usable(p.Clock.Now()); err != nil {
		return Picked{}, err
	}
	of, err := p.Advertisers.Get(ctx, c.AdvertiserID)
	if err != nil {
		return Picked{}, err
	}
	if err := i.Fits(c, of.Programmes); err != nil {
		return Picked{}, err
	}
	got := Picked{Click: i.Click, Name: i.Name, Text: i.Text}
	if i.Kind == networks.Banner { // before the transaction: the network may be slow
		data, err := p.Fetch(ctx, i.Picture, campaigns.MaxCreative)
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
		if err := p.take(ctx, tx, i, c, zone, &got); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &got.ID, `
			INSERT INTO network_picks (item_id, campaign_id, hash, pool_id) VALUES ($1, $2, $3, $4) RETURNING id`,
			i.ID, c.ID, got.Creative, got.Pool), "thing.item", "id", i.ID)
	})
	return got, err
}

// take makes what the campaign has of the item.
func (p *Picker) take(ctx context.Context, tx *sqlx.Tx, i *Item, c *campaigns.Campaign, zone *time.Location, got *Picked) error {
	from, until := i.Days(zone)
	switch i.Kind {
	case networks.Banner:
		_, err := p.Creatives.AttachIn(ctx, tx, c.ID, campaigns.Use{
			Hash: *got.Creative, Alt: i.Name, Source: i.Origin(), ValidFrom: from, ValidUntil: until,
		})
		return err
	case networks.Code:
		pool, err := p.Vouchers.Share(ctx, tx, campaigns.Pool{
			CampaignID: c.ID, Name: i.Name, SharedCode: &i.Code, Exclusive: i.Exclusive, ValidFrom: from, ValidUntil: until,
		})
		got.Pool = &pool.ID
		return err
	}
	return nil
}

// Origin says where the item is from, in a line.
func (i *Item) Origin() string {
	programme := i.ProgrammeName
	if programme == "" {
		programme = i.Programme
	}
	return form.Fit(strings.Join([]string{i.Account, programme, i.Ref}, " · "), 500)
}
