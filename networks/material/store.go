package material

import (
	"context"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/networks"
)

// Store keeps items, and what was taken from them.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of items in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// An advertiser's programme is that of its network and number; of several that
// share one, the first.
const itemColumns = `
	i.id, i.connection_id, c.label_id, c.network, c.name AS account, i.programme_ref, coalesce(l.name, '') AS programme,
	coalesce(a.id, 0) AS advertiser_id, coalesce(a.name, '') AS advertiser, i.kind, i.ref, i.name, i.body, i.conditions, i.width, i.height,
	i.valid_from, i.valid_until, i.code, i.exclusive, i.picture, i.click, i.modified_at, i.changed_at, i.first_seen_at, i.seen_at, i.withdrawn_at`

const itemTables = `network_items i` + itemJoins

const itemJoins = `
	  JOIN network_connections c ON c.id = i.connection_id
	  LEFT JOIN network_listings l ON l.connection_id = i.connection_id AND l.ref = i.programme_ref
	  LEFT JOIN LATERAL (SELECT a.id, a.name FROM programmes p JOIN advertisers a ON a.id = p.advertiser_id
	                      WHERE p.network = c.network AND p.ref = i.programme_ref ORDER BY p.id LIMIT 1) a ON true`

// Get returns an item.
func (s *Store) Get(ctx context.Context, id ItemID) (Item, error) {
	var i Item
	err := s.db.GetContext(ctx, &i, `SELECT `+itemColumns+` FROM `+itemTables+` WHERE i.id = $1`, id)
	return i, postgres.Fault(err, "thing.item", "id", id)
}

// Filter narrows a list of items. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	Connection networks.ConnectionID
	Advertiser campaigns.AdvertiserID
	Programme  campaigns.ProgrammeID
	Kind       networks.ItemKind
	Words      string // each of them stands in its name, text, conditions, code or number
	Width      int
	Height     int
	At         time.Time // only those that may be shown then
	Offered    bool      // only those that the network still offers
	Exclusive  bool
}

// List returns a page of a label's items, what changed last first unless asked
// otherwise: by name, or by which of them ends first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Item], error) {
	id := paging.Number("i.id", func(i Item) ItemID { return i.ID })
	endless := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	found, err := paging.Select(ctx, s.db, []paging.Order[Item]{
		{Name: "newest", Down: true, Keys: []paging.Key[Item]{
			paging.Moment("i.changed_at", func(i Item) time.Time { return i.Changed }), id,
		}},
		{Name: "name", Keys: []paging.Key[Item]{paging.Name("i.name", func(i Item) string { return i.Name }), id}},
		{Name: "ends", Keys: []paging.Key[Item]{
			paging.Moment("coalesce(i.valid_until, '9999-01-01T00:00:00Z')", func(i Item) time.Time {
				if i.Until == nil {
					return endless
				}
				return *i.Until
			}), id,
		}},
	}, ask, `
		SELECT `+itemColumns+` FROM `+itemTables+`
		 WHERE c.label_id = $1 AND ($2 = 0 OR i.connection_id = $2)
		   AND ($3::bigint = 0 OR EXISTS (
		         SELECT FROM programmes p WHERE p.advertiser_id = $3 AND p.network = c.network AND p.ref = i.programme_ref))
		   AND ($4::bigint = 0 OR EXISTS (SELECT FROM programmes p WHERE p.id = $4 AND p.network = c.network AND p.ref = i.programme_ref))
		   AND ($5 = '' OR i.kind = $5) AND ($6 = 0 OR i.width = $6) AND ($7 = 0 OR i.height = $7)
		   AND NOT EXISTS (SELECT FROM unnest($8::text[]) word
		                    WHERE position(word IN lower(concat_ws(' ', i.name, i.body, i.conditions, i.code, i.ref))) = 0)
		   AND ($9::timestamptz IS NULL OR (i.valid_from IS NULL OR i.valid_from <= $9) AND (i.valid_until IS NULL OR $9 < i.valid_until))
		   AND (NOT $10 OR i.withdrawn_at IS NULL) AND (NOT $11 OR i.exclusive)`,
		f.Label, f.Connection, f.Advertiser, f.Programme, f.Kind, f.Width, f.Height, pq.Array(strings.Fields(strings.ToLower(f.Words))),
		moment(f.At), f.Offered, f.Exclusive)
	return found, postgres.Fault(err, "thing.items")
}

func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// Size is one that banners have.
type Size struct {
	Width  int `db:"width"`
	Height int `db:"height"`
	N      int `db:"n"` // that have it
}

// Choice is what there is to choose from of an advertiser's items.
type Choice struct {
	Kinds []networks.ItemKind // that its networks give
	Sizes []Size              // of the banners that they offer, the most usual first
}

// Choices returns what a label's networks offer of an advertiser.
func (s *Store) Choices(ctx context.Context, label labels.ID, advertiser campaigns.AdvertiserID) (Choice, error) {
	var rows []struct {
		Kind networks.ItemKind `db:"kind"`
		Size
	}
	err := s.db.SelectContext(ctx, &rows, `
		SELECT i.kind, i.width, i.height, count(*) AS n
		  FROM network_items i JOIN network_connections c ON c.id = i.connection_id
		 WHERE c.label_id = $1 AND i.withdrawn_at IS NULL AND EXISTS (
		         SELECT FROM programmes p WHERE p.advertiser_id = $2 AND p.network = c.network AND p.ref = i.programme_ref)
		 GROUP BY i.kind, i.width, i.height ORDER BY n DESC, i.width, i.height`, label, advertiser)
	if err != nil {
		return Choice{}, postgres.Fault(err, "thing.items")
	}
	var all Choice
	has := map[networks.ItemKind]bool{}
	for _, r := range rows {
		if has[r.Kind] = true; r.Kind == networks.Banner && r.Width > 0 {
			all.Sizes = append(all.Sizes, r.Size)
		}
	}
	for _, kind := range networks.ItemKinds() {
		if has[kind] {
			all.Kinds = append(all.Kinds, kind)
		}
	}
	return all, nil
}

// Source is a connection whose material is read.
type Source struct {
	Connection networks.ConnectionID `db:"connection_id" json:"connection_id"`
	Name       string                `db:"name" json:"name"`
	Read       *time.Time            `db:"covered_until" json:"read_at,omitempty"`
	Problem    words.Message         `db:"problem" json:"problem,omitzero"`
}

// Sources returns a label's connections of which material is read, with when that
// was done last.
func (s *Store) Sources(ctx context.Context, label labels.ID) ([]Source, error) {
	found := []Source{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT c.id AS connection_id, c.name, w.covered_until, w.problem
		  FROM network_connections c JOIN network_sweeps w ON w.connection_id = c.id AND w.sweep = 'material'
		 WHERE c.label_id = $1 ORDER BY c.name COLLATE names`, label)
	return found, postgres.Fault(err, "thing.connections")
}

const picked = `
	SELECT ` + itemColumns + `, k.id AS pick_id, k.campaign_id, k.hash, k.pool_id, k.picture AS "was.picture", k.click AS "was.click",
	       k.code AS "was.code", k.conditions AS "was.conditions", k.modified_at AS "was.modified_at",
	       k.picked_by, coalesce(actor_name(k.picked_by), '') AS picked_name, k.picked_at,
	       ` + KeptColumns + `, (SELECT covered_until FROM network_sweeps
	         WHERE connection_id = i.connection_id AND sweep = 'material') AS last_read_at
	  FROM network_picks k
	  JOIN network_items i ON i.id = k.item_id` + itemJoins + `
	  JOIN LATERAL (SELECT pick_says(k.id, NULL) AS says) now ON true
	  LEFT JOIN LATERAL (SELECT * FROM pick_answers n WHERE n.network_pick_id = k.id ORDER BY n.id DESC LIMIT 1) w ON true`

// Picks returns what was taken into some campaigns, the newest first.
func (s *Store) Picks(ctx context.Context, of ...campaigns.ID) ([]Pick, error) {
	ids := make([]int64, len(of))
	for i, id := range of {
		ids[i] = int64(id)
	}
	found := []Pick{}
	err := s.db.SelectContext(ctx, &found, picked+` WHERE k.campaign_id = ANY($1) ORDER BY k.id DESC`, pq.Array(ids))
	return found, postgres.Fault(err, "thing.items")
}

// Picked returns what was taken once.
func (s *Store) Picked(ctx context.Context, id PickID) (Pick, error) {
	var p Pick
	err := s.db.GetContext(ctx, &p, picked+` WHERE k.id = $1`, id)
	return p, postgres.Fault(err, "thing.item", "id", id)
}

// Touched returns the campaigns of some labels into which something was taken that
// isn't what it was, or has a last day.
func (s *Store) Touched(ctx context.Context, of []labels.ID) (map[int64]bool, error) {
	var found []int64
	err := s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT k.campaign_id
		  FROM network_picks k
		  JOIN network_items i ON i.id = k.item_id
		  JOIN campaigns c ON c.id = k.campaign_id
		  LEFT JOIN network_sweeps w ON w.connection_id = i.connection_id AND w.sweep = 'material'
		 WHERE c.label_id = ANY($1)
		   AND (i.withdrawn_at IS NOT NULL OR i.valid_until IS NOT NULL OR i.valid_from IS NOT NULL OR i.seen_at < w.covered_until
		        OR (i.picture, i.click, i.code, i.conditions, i.modified_at)
		           IS DISTINCT FROM (k.picture, k.click, k.code, k.conditions, k.modified_at))`, pq.Array(of))
	touched := make(map[int64]bool, len(found))
	for _, id := range found {
		touched[id] = true
	}
	return touched, postgres.Fault(err, "thing.items")
}

// Check returns what became at their networks of that which placements show, and
// which was taken from there.
func (s *Store) Check(ctx context.Context, uses []Use, at time.Time, zone *time.Location) ([]Finding, error) {
	of := make([]campaigns.ID, len(uses))
	for i, u := range uses {
		of[i] = u.Campaign
	}
	picks, err := s.Picks(ctx, of...)
	if err != nil || len(picks) == 0 {
		return nil, err
	}
	return Find(picks, uses, at, zone), nil
}

// Keep notes that what was taken stays although the network withdrew it. seen is what
// the person was shown of it.
func (s *Store) Keep(ctx context.Context, id PickID, seen Says, reason string) error {
	p, err := s.Picked(ctx, id)
	if err != nil {
		return err
	}
	return Stays{Network: &p.ID, Says: p.Says, Seen: seen, Asks: p.Asks()}.Keep(ctx, s.db, reason)
}
