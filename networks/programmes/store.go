package programmes

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/networks"
)

// Store keeps listings, and what people say of them.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of listings in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// An advertiser's programme is that of its network and number; of several that
// share one, the first.
const listed = `
	SELECT l.id, l.connection_id, c.label_id, c.network, c.name AS account, l.ref, l.name, l.relation, l.live, l.live_from, l.live_until,
	       l.email, l.cashback, l.codes, l.sub_ids, l.validation_days, l.currency, l.earnings_per_100, l.approval_points, l.listed_at, l.read_at,
	       coalesce(a.id, 0) AS advertiser_id, coalesce(a.name, '') AS advertiser
	  FROM network_listings l
	  JOIN network_connections c ON c.id = l.connection_id
	  LEFT JOIN LATERAL (SELECT a.id, a.name FROM programmes p JOIN advertisers a ON a.id = p.advertiser_id
	                      WHERE p.network = c.network AND p.ref = l.ref ORDER BY p.id LIMIT 1) a ON true`

// Get returns a listing.
func (s *Store) Get(ctx context.Context, id ListingID) (Listing, error) {
	var l Listing
	err := s.db.GetContext(ctx, &l, listed+` WHERE l.id = $1`, id)
	return l, postgres.Fault(err, "thing.listing", "id", id)
}

// Filter narrows a list of listings. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	Connection networks.ConnectionID
	Advertiser campaigns.AdvertiserID
	Network    string
	Relation   networks.Relation
	Ours       bool   // only those of advertisers of ours
	Text       string // a part of the programme's or advertiser's name, or the network's number
}

// List returns a page of a label's listings, by name.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Listing], error) {
	id := paging.Number("id", func(l Listing) ListingID { return l.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Listing]{
		{Name: "name", Keys: []paging.Key[Listing]{paging.Name("name", func(l Listing) string { return l.Name }), id}},
		{Name: "oldest", Keys: []paging.Key[Listing]{id}},
	}, ask, `
		SELECT * FROM (`+listed+`) l
		 WHERE label_id = $1 AND ($2 = 0 OR connection_id = $2) AND ($3::bigint = 0 OR EXISTS (
		         SELECT FROM programmes p WHERE p.advertiser_id = $3 AND p.network = l.network AND p.ref = l.ref))
		   AND ($4 = '' OR network = $4) AND ($5 = '' OR relation = $5) AND (NOT $6 OR advertiser_id <> 0)
		   AND ($7 = '' OR ref = $7 OR position(lower($7) IN lower(name)) > 0 OR position(lower($7) IN lower(advertiser)) > 0)`,
		f.Label, f.Connection, f.Advertiser, f.Network, f.Relation, f.Ours, f.Text)
	return found, postgres.Fault(err, "thing.listings")
}

// Connections returns a label's connections of which programmes are read, with
// when that was done last.
func (s *Store) Connections(ctx context.Context, label labels.ID) ([]Source, error) {
	found := []Source{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT c.id AS connection_id, c.name, w.covered_until, w.due_at, w.problem
		  FROM network_connections c JOIN network_sweeps w ON w.connection_id = c.id AND w.sweep = 'programmes'
		 WHERE c.label_id = $1 ORDER BY c.name COLLATE names`, label)
	return found, postgres.Fault(err, "thing.connections")
}

// Answers returns what people said of a listing, the newest first.
func (s *Store) Answers(ctx context.Context, id ListingID) ([]Answer, error) {
	found := []Answer{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT topic, said, may, reason, answered_by, coalesce(actor_name(answered_by), '') AS answered_name, answered_at
		  FROM network_answers WHERE listing_id = $1 ORDER BY id DESC`, id)
	return found, postgres.Fault(err, "thing.listing", "id", id)
}

// Answer keeps what a person says of a topic, for as long as the network says of
// it what it does now.
func (s *Store) Answer(ctx context.Context, id ListingID, a Answer) error {
	l, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := a.Validate(&l); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO network_answers (listing_id, topic, said, may, reason) VALUES ($1, $2, $3, $4, $5)`,
			id, a.Topic, a.Said, a.May, a.Reason)
		return postgres.Fault(err, "thing.listing", "id", id)
	})
}
