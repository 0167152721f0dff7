package products

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/campaigns"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
)

// Feeds keeps feeds.
type Feeds struct {
	DB    *sqlx.DB
	Box   *seal.Box
	Clock clock.Clock
	Open  Open // goes out only to where members come
}

const feedColumns = `
	f.id, f.label_id, f.advertiser_id, a.name AS advertiser, f.programme_id, f.name, f.host, f.mapping, f.active, f.version, f.created_at`

const feedTables = `product_feeds f JOIN advertisers a ON a.id = f.advertiser_id`

const refreshColumns = `
	coalesce(r.due_at, f.created_at) AS due_at, coalesce(r.turn, 0) AS turn, coalesce(r.anyway, false) AS anyway, r.began_at,
	coalesce(r.arrived, 0) AS arrived, r.ran_at, r.covered_at, coalesce(r.products, 0) AS products, coalesce(r.unread, 0) AS unread,
	coalesce(r.unread_ref, '') AS unread_ref, r.unread_reason, coalesce(r.failures, 0) AS failures, r.problem`

// Get returns a feed with how its refreshing stands.
func (s *Feeds) Get(ctx context.Context, id FeedID) (Standing, error) {
	var f Standing
	err := s.DB.GetContext(ctx, &f, `
		SELECT `+feedColumns+`, `+refreshColumns+`
		  FROM `+feedTables+` LEFT JOIN product_refreshes r ON r.feed_id = f.id
		 WHERE f.id = $1 AND f.removed_at IS NULL`, id)
	return f, postgres.Fault(err, "thing.product_feed", "id", id)
}

// FeedFilter narrows a list of feeds. Zero fields don't narrow.
type FeedFilter struct {
	Labels     []labels.ID
	Advertiser campaigns.AdvertiserID
}

// List returns a page of the labels' feeds by name.
func (s *Feeds) List(ctx context.Context, f FeedFilter, ask paging.Ask) (paging.Page[Standing], error) {
	found, err := paging.Select(ctx, s.DB, []paging.Order[Standing]{{Name: "name", Keys: []paging.Key[Standing]{
		paging.Name("f.name", func(f Standing) string { return f.Name }), paging.Number("f.id", func(f Standing) FeedID { return f.ID }),
	}}}, ask, `
		SELECT `+feedColumns+`, `+refreshColumns+`
		  FROM `+feedTables+` LEFT JOIN product_refreshes r ON r.feed_id = f.id
		 WHERE f.label_id = ANY($1) AND f.removed_at IS NULL AND ($2 = 0 OR f.advertiser_id = $2)`, pq.Array(f.Labels), f.Advertiser)
	return found, postgres.Fault(err, "thing.product_feeds")
}

// Add keeps a feed that stands at an address. Nothing is read of it until a person
// says what its columns are.
func (s *Feeds) Add(ctx context.Context, f Feed, address string) (Feed, error) {
	if err := f.Validate(); err != nil {
		return f, err
	}
	if links.HostOf(address) == "" {
		return f, fault.At("address", "networks.address")
	}
	f.Active, f.Mapping, f.Host = true, nil, links.HostOf(address)
	ref := uuid.New()
	err := postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &f.ID, `
			INSERT INTO product_feeds (ref, label_id, advertiser_id, programme_id, name, host, url_sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			ref, f.Label, f.Advertiser, f.ProgrammeID, f.Name, f.Host, s.Box.Seal([]byte(address), beside(ref)...)),
			"thing.product_feed_named", "name", f.Name)
	})
	return f, err
}

// beside names what a feed's address is sealed beside.
func beside(ref uuid.UUID) []string { return []string{"product_feeds", ref.String()} }

// Update locks a feed, lets change alter it, and saves it, with another address
// unless that is empty. It is refreshed at once where it may be.
func (s *Feeds) Update(ctx context.Context, id FeedID, address string, change func(*Feed) error) (Feed, error) {
	if address != "" && links.HostOf(address) == "" {
		return Feed{}, fault.At("address", "networks.address")
	}
	var f Feed
	err := postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &f, `SELECT `+feedColumns+` FROM `+feedTables+` WHERE f.id = $1 AND f.removed_at IS NULL FOR UPDATE OF f`, id); err != nil {
			return postgres.Fault(err, "thing.product_feed", "id", id)
		}
		if err := change(&f); err != nil {
			return err
		}
		if err := f.Validate(); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &f.Version, `
			UPDATE product_feeds SET name = $2, programme_id = $3, mapping = $4, active = $5, version = version + 1 WHERE id = $1
			RETURNING version`, id, f.Name, f.ProgrammeID, f.Mapping, f.Active); err != nil {
			return postgres.Fault(err, "thing.product_feed_named", "name", f.Name)
		}
		if address == "" {
			return nil
		}
		return s.move(ctx, tx, &f, address)
	})
	if err != nil || f.Mapping == nil || !f.Active {
		return f, err
	}
	return f, s.RefreshNow(ctx, id, false)
}

// Remove takes a feed away: it isn't read any more, its address is forgotten, and none
// of its products can be taken. What was taken stays, and is asked about.
func (s *Feeds) Remove(ctx context.Context, id FeedID) error {
	return postgres.InTx(ctx, s.DB, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &id, `
			UPDATE product_feeds SET active = false, removed_at = $2, url_sealed = '', version = version + 1
			 WHERE id = $1 AND removed_at IS NULL RETURNING id`, id, s.Clock.Now()), "thing.product_feed", "id", id)
	})
}

// move sets where a feed stands.
func (s *Feeds) move(ctx context.Context, tx *sqlx.Tx, f *Feed, address string) error {
	var ref uuid.UUID
	f.Host = links.HostOf(address)
	err := tx.GetContext(ctx, &ref, `SELECT ref FROM product_feeds WHERE id = $1`, f.ID)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE product_feeds SET host = $2, url_sealed = $3 WHERE id = $1`,
			f.ID, f.Host, s.Box.Seal([]byte(address), beside(ref)...))
	}
	return postgres.Fault(err, "thing.product_feed", "id", f.ID)
}

// RefreshNow lets a feed be refreshed at once; anyway takes it however few products
// it has. Returns a conflict unless it can be.
func (s *Feeds) RefreshNow(ctx context.Context, id FeedID, anyway bool) error {
	f, err := s.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case f.Mapping == nil:
		return fault.New(fault.Conflict, "products.unmapped")
	case !f.Active:
		return fault.New(fault.Conflict, "products.stopped")
	}
	_, err = postgres.Exec(ctx, s.DB, `
		INSERT INTO product_refreshes (feed_id, due_at, anyway) VALUES ($1, $2, $3)
		ON CONFLICT (feed_id) DO UPDATE SET due_at = excluded.due_at, anyway = excluded.anyway, failures = 0`, id, s.Clock.Now(), anyway)
	return postgres.Fault(err, "thing.product_feed", "id", id)
}

// address returns where a feed stands.
func (s *Feeds) address(ctx context.Context, id FeedID) (string, error) {
	var kept struct {
		Ref    uuid.UUID `db:"ref"`
		Sealed []byte    `db:"url_sealed"`
	}
	if err := s.DB.GetContext(ctx, &kept, `SELECT ref, url_sealed FROM product_feeds WHERE id = $1`, id); err != nil {
		return "", postgres.Fault(err, "thing.product_feed", "id", id)
	}
	address, err := s.Box.Open(kept.Sealed, beside(kept.Ref)...)
	return string(address), err
}

// Preview returns the beginning of a feed, read by a mapping, or by a guessed one.
func (s *Feeds) Preview(ctx context.Context, id FeedID, by *Mapping) (Preview, error) {
	if by != nil {
		if err := by.Validate(); err != nil {
			return Preview{}, err
		}
	}
	address, err := s.address(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	begin, err := beginning(ctx, s.Open, address)
	if err != nil {
		return Preview{}, err
	}
	return preview(begin, by)
}
