package campaigns

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/internal/civil"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Filter narrows a list of campaigns. Zero fields don't narrow.
type Filter struct {
	Labels     []labels.ID // nil: of all labels; empty: of none
	Advertiser AdvertiserID
	Name       string     // a part of it, in whatever case
	On         civil.Date // those that run on this day
}

// orders are the ways to sort campaigns: oldest, newest, name, ending (the
// first to end first).
func orders() []paging.Order[Campaign] {
	id := paging.Number("id", func(c Campaign) ID { return c.ID })
	return []paging.Order[Campaign]{
		{Name: "oldest", Keys: []paging.Key[Campaign]{id}},
		{Name: "newest", Down: true, Keys: []paging.Key[Campaign]{id}},
		{Name: "name", Keys: []paging.Key[Campaign]{paging.Name("name", func(c Campaign) string { return c.Name }), id}},
		{Name: "ending", Keys: []paging.Key[Campaign]{paging.Day("ends_on", func(c Campaign) civil.Date { return c.EndsOn }), id}},
	}
}

// List returns a page of campaigns, the oldest first unless asked otherwise.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Campaign], error) {
	found, err := paging.Select(ctx, s.db, orders(), ask, `
		SELECT `+columns+`
		  FROM campaigns
		 WHERE ($1::int[] IS NULL OR label_id = ANY($1))
		   AND ($2::bigint = 0 OR advertiser_id = $2)
		   AND ($3 = '' OR position(lower($3) IN lower(name)) > 0)
		   AND ($4::date IS NULL OR $4 BETWEEN starts_on AND ends_on)`,
		pq.Array(f.Labels), f.Advertiser, f.Name, f.On)
	if err != nil {
		return found, postgres.Fault(err, "thing.campaigns")
	}
	return found, s.loadDeals(ctx, s.db, found.Items)
}

// AdvertiserFilter narrows a list of advertisers. Zero fields don't narrow.
type AdvertiserFilter struct {
	Name     string // a part of it, in whatever case
	Category string
	Stopped  bool // only those whose stop switch is on
}

// List returns a page of advertisers with their programmes and contacts, the
// oldest first unless asked otherwise: by newest or name.
func (s *Advertisers) List(ctx context.Context, f AdvertiserFilter, ask paging.Ask) (paging.Page[Advertiser], error) {
	id := paging.Number("id", func(a Advertiser) AdvertiserID { return a.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Advertiser]{
		{Name: "oldest", Keys: []paging.Key[Advertiser]{id}},
		{Name: "newest", Down: true, Keys: []paging.Key[Advertiser]{id}},
		{Name: "name", Keys: []paging.Key[Advertiser]{paging.Name("name", func(a Advertiser) string { return a.Name }), id}},
	}, ask, `
		SELECT `+advertiserColumns+`
		  FROM advertisers
		 WHERE ($1 = '' OR position(lower($1) IN lower(name)) > 0) AND ($2 = '' OR category = $2)
		   AND (NOT $3 OR stopped_at IS NOT NULL)`, f.Name, f.Category, f.Stopped)
	if err != nil {
		return found, postgres.Fault(err, "thing.advertisers")
	}
	return found, loadProgrammesAndContacts(ctx, s.db, found.Items)
}

// ContactFilter narrows a list of contacts. Zero fields don't narrow.
type ContactFilter struct {
	Advertiser AdvertiserID
	Name       string      // a part of the name or the address, in whatever case
	Sees       []labels.ID // only those of advertisers that one of these runs, or none at all; nil: all
}

// Contacts returns a page of contacts by their names.
func (s *Advertisers) Contacts(ctx context.Context, f ContactFilter, ask paging.Ask) (paging.Page[Contact], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Contact]{{Name: "name", Keys: []paging.Key[Contact]{
		paging.Name("name", func(c Contact) string { return c.Name }),
		paging.Number("id", func(c Contact) ContactID { return c.ID }),
	}}}, ask, `
		SELECT `+contactColumns+`
		  FROM contacts
		 WHERE ($1::bigint = 0 OR advertiser_id = $1)
		   AND ($2 = '' OR position(lower($2) IN lower(name || ' ' || email)) > 0)
		   AND ($3::int[] IS NULL
		        OR EXISTS (SELECT FROM campaigns r WHERE r.advertiser_id = contacts.advertiser_id AND r.label_id = ANY($3))
		        OR NOT EXISTS (SELECT FROM campaigns r WHERE r.advertiser_id = contacts.advertiser_id))`,
		f.Advertiser, f.Name, pq.Array(f.Sees))
	return found, postgres.Fault(err, "thing.contacts")
}

// PoolFilter narrows a list of voucher pools. Zero fields don't narrow.
type PoolFilter struct {
	Campaign ID
	Name     string // a part of it, in whatever case
}

// List returns a page of voucher pools with their stock, the oldest first
// unless asked otherwise: by name.
func (s *Vouchers) List(ctx context.Context, f PoolFilter, ask paging.Ask) (paging.Page[Pool], error) {
	id := paging.Number("p.id", func(p Pool) PoolID { return p.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Pool]{
		{Name: "oldest", Keys: []paging.Key[Pool]{id}},
		{Name: "name", Keys: []paging.Key[Pool]{paging.Name("p.name", func(p Pool) string { return p.Name }), id}},
	}, ask, poolQuery+`
		 WHERE ($1::bigint = 0 OR p.campaign_id = $1)
		   AND ($2 = '' OR position(lower($2) IN lower(p.name)) > 0)`, f.Campaign, f.Name)
	return found, postgres.Fault(err, "thing.voucher_pools")
}

// Material is a creative as a campaign uses it, with what its bytes say.
type Material struct {
	CampaignID ID `db:"campaign_id" json:"campaign_id"`
	Use
	Type      string    `db:"type" json:"type"`
	Width     int       `db:"width" json:"width" doc:"Pixels"`
	Height    int       `db:"height" json:"height"`
	Size      int       `db:"size" json:"size" doc:"Bytes"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
}

// MaterialFilter narrows a list of creatives in use. Zero fields don't narrow.
type MaterialFilter struct {
	Labels     []labels.ID // nil: of all labels; empty: of none
	Campaign   ID
	Advertiser AdvertiserID
	Name       string // a part of the alternative text or the source, in whatever case
}

// List returns a page of the creatives that campaigns use, the newest first
// unless asked otherwise: by name, which is what is read instead of them.
func (s *Creatives) List(ctx context.Context, f MaterialFilter, ask paging.Ask) (paging.Page[Material], error) {
	campaign := paging.Number("u.campaign_id", func(m Material) ID { return m.CampaignID })
	hash := paging.Text("encode(u.hash, 'hex')", func(m Material) string { return m.Hash.String() })
	found, err := paging.Select(ctx, s.db, []paging.Order[Material]{
		{Name: "newest", Down: true, Keys: []paging.Key[Material]{
			paging.Moment("c.created_at", func(m Material) time.Time { return m.CreatedAt }), campaign, hash,
		}},
		{Name: "name", Keys: []paging.Key[Material]{paging.Name("u.alt", func(m Material) string { return m.Alt }), campaign, hash}},
	}, ask, `
		SELECT u.campaign_id, u.hash, u.alt, u.source, u.valid_from, u.valid_until,
		       c.type, c.width, c.height, length(c.bytes) AS size, c.created_at
		  FROM campaign_creatives u
		  JOIN creatives c ON c.hash = u.hash
		  JOIN campaigns g ON g.id = u.campaign_id
		 WHERE ($1::int[] IS NULL OR g.label_id = ANY($1))
		   AND ($2::bigint = 0 OR u.campaign_id = $2) AND ($3::bigint = 0 OR g.advertiser_id = $3)
		   AND ($4 = '' OR position(lower($4) IN lower(u.alt || ' ' || u.source)) > 0)`,
		pq.Array(f.Labels), f.Campaign, f.Advertiser, f.Name)
	return found, postgres.Fault(err, "thing.creatives")
}
