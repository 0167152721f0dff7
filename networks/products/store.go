package products

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/networks/material"
)

// Store finds products, and keeps what was taken from them.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of products in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const productColumns = `
	p.id, p.feed_id, f.name AS feed, f.label_id, f.advertiser_id, f.programme_id, p.ref, p.name, p.body, p.brand, p.category, p.price,
	p.old_price, p.currency, p.stock, p.availability, p.picture, p.click, p.changed_at, p.first_seen_at,
	p.gone_at, f.active AS read, feed_unread_since(f.id) AS unread_since`

// Get returns a product.
func (s *Store) Get(ctx context.Context, id ProductID) (Product, error) {
	var p Product
	err := s.db.GetContext(ctx, &p, `
		SELECT `+productColumns+` FROM products p JOIN product_feeds f ON f.id = p.feed_id WHERE p.id = $1`, id)
	return p, postgres.Fault(err, "thing.product", "id", id)
}

// Filter narrows a search. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	Feed       FeedID
	Advertiser campaigns.AdvertiserID
	Programme  campaigns.ProgrammeID // feeds of it, and those of none
	Words      string                // each of them begins a word of its name, brand, category or number
	Category   string
	From, To   int64 // of the price, in minor units of the currency
	Currency   string
	InStock    bool // only those that aren't known to be out of stock
	Reduced    bool
}

// List returns a page of a label's products that are there, of feeds that are read, by name unless asked
// otherwise: by price, or what changed last first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Product], error) {
	id := paging.Number("p.id", func(p Product) ProductID { return p.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Product]{
		{Name: "name", Keys: []paging.Key[Product]{paging.Name("p.name", func(p Product) string { return p.Name }), id}},
		{Name: "price", Keys: []paging.Key[Product]{paging.Number("p.price", func(p Product) int64 { return p.Price }), id}},
		{Name: "newest", Down: true, Keys: []paging.Key[Product]{
			paging.Moment("p.changed_at", func(p Product) time.Time { return p.Changed }), id,
		}},
	}, ask, `
		SELECT `+productColumns+`
		  FROM products p JOIN product_feeds f ON f.id = p.feed_id
		 WHERE f.label_id = $1 AND f.active AND p.gone_at IS NULL AND ($2 = 0 OR p.feed_id = $2) AND ($3::bigint = 0 OR f.advertiser_id = $3)
		   AND ($4::bigint = 0 OR f.programme_id IS NULL OR f.programme_id = $4)
		   AND ($5 = '' OR p.words @@ to_tsquery('simple', $5)) AND ($6 = '' OR p.category = $6)
		   AND ($7::bigint = 0 OR p.price >= $7) AND ($8::bigint = 0 OR p.price <= $8) AND ($9 = '' OR p.currency = $9)
		   AND (NOT $10 OR p.availability <> 'out_of_stock') AND (NOT $11 OR p.old_price IS NOT NULL)`,
		f.Label, f.Feed, f.Advertiser, f.Programme, query(f.Words), f.Category, f.From, f.To, f.Currency, f.InStock, f.Reduced)
	return found, postgres.Fault(err, "thing.products")
}

// query writes words as PostgreSQL looks for what begins with each of them.
func query(words string) string {
	all := strings.FieldsFunc(words, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	for i, word := range all {
		all[i] = "'" + word + "':*"
	}
	return strings.Join(all, " & ")
}

// Categories returns those that the products of an advertiser have under a label,
// the most usual first.
func (s *Store) Categories(ctx context.Context, label labels.ID, advertiser campaigns.AdvertiserID, most int) ([]string, error) {
	found := []string{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT p.category FROM products p JOIN product_feeds f ON f.id = p.feed_id
		 WHERE f.label_id = $1 AND f.advertiser_id = $2 AND f.active AND p.gone_at IS NULL AND p.category <> ''
		 GROUP BY p.category ORDER BY count(*) DESC, p.category LIMIT $3`, label, advertiser, most)
	return found, postgres.Fault(err, "thing.products")
}

// Any reports whether a label has a feed of an advertiser's products that is read.
func (s *Store) Any(ctx context.Context, label labels.ID, advertiser campaigns.AdvertiserID) (any bool, err error) {
	err = s.db.GetContext(ctx, &any, `
		SELECT EXISTS (SELECT FROM product_feeds WHERE label_id = $1 AND advertiser_id = $2 AND active AND mapping IS NOT NULL)`, label, advertiser)
	return any, postgres.Fault(err, "thing.product_feeds")
}

const picked = `
	SELECT ` + productColumns + `, k.id AS pick_id, k.campaign_id, k.hash, k.name AS "was.name", k.price AS "was.price",
	       k.old_price AS "was.old_price", k.currency AS "was.currency", k.stock AS "was.stock", k.availability AS "was.availability",
	       k.picture AS "was.picture", k.click AS "was.click",
	       k.picked_by, coalesce(actor_name(k.picked_by), '') AS picked_name, k.picked_at,
	       ` + material.KeptColumns + `
	  FROM product_picks k
	  JOIN products p ON p.id = k.product_id
	  JOIN product_feeds f ON f.id = p.feed_id
	  JOIN LATERAL (SELECT pick_says(NULL, k.id) AS says) now ON true
	  LEFT JOIN LATERAL (SELECT * FROM pick_answers n WHERE n.product_pick_id = k.id ORDER BY n.id DESC LIMIT 1) w ON true`

// Picks returns what was taken into some campaigns, the newest first.
func (s *Store) Picks(ctx context.Context, of ...campaigns.ID) ([]Pick, error) {
	found := []Pick{}
	err := s.db.SelectContext(ctx, &found, picked+` WHERE k.campaign_id = ANY($1) ORDER BY k.id DESC`, pq.Array(of))
	return found, postgres.Fault(err, "thing.products")
}

// Picked returns what was taken once.
func (s *Store) Picked(ctx context.Context, id PickID) (Pick, error) {
	var p Pick
	err := s.db.GetContext(ctx, &p, picked+` WHERE k.id = $1`, id)
	return p, postgres.Fault(err, "thing.product_pick", "id", id)
}

// Touched returns the campaigns of some labels into which a product was taken that
// isn't what it was.
func (s *Store) Touched(ctx context.Context, of []labels.ID) (map[int64]bool, error) {
	var found []int64
	err := s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT k.campaign_id
		  FROM product_picks k
		  JOIN products p ON p.id = k.product_id
		  JOIN product_feeds f ON f.id = p.feed_id
		 WHERE f.label_id = ANY($1) AND (p.gone_at IS NOT NULL OR NOT f.active OR feed_unread_since(f.id) IS NOT NULL
		        OR (p.name, p.price, p.old_price, p.currency, p.availability, p.picture, p.click)
		           IS DISTINCT FROM (k.name, k.price, k.old_price, k.currency, k.availability, k.picture, k.click))`, pq.Array(of))
	touched := make(map[int64]bool, len(found))
	for _, id := range found {
		touched[id] = true
	}
	return touched, postgres.Fault(err, "thing.products")
}
