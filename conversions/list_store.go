package conversions

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/networks"
)

// Get returns a conversion.
func (s *Store) Get(ctx context.Context, id ID) (Conversion, error) { return one(ctx, s.db, id, "") }

// Filter narrows a list of conversions. Zero fields don't narrow.
type Filter struct {
	Label      labels.ID
	Connection networks.ConnectionID
	Advertiser campaigns.AdvertiserID
	Campaign   campaigns.ID
	Mailing    mailings.ID
	Status     networks.Status
	Basis      Basis
	Unknown    bool   // only those whose status nobody knows
	Ref        string // the network's number, or the order's
}

// List returns a page of a label's conversions, the newest first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Conversion], error) {
	id := paging.Number("id", func(c Conversion) ID { return c.ID })
	occurred := paging.Moment("occurred_at", func(c Conversion) time.Time { return c.Occurred })
	found, err := paging.Select(ctx, s.db, []paging.Order[Conversion]{
		{Name: "newest", Down: true, Keys: []paging.Key[Conversion]{occurred, id}},
		{Name: "oldest", Keys: []paging.Key[Conversion]{occurred, id}},
	}, ask, `
		SELECT `+columns+`
		  FROM conversions
		 WHERE label_id = $1 AND ($2 = 0 OR connection_id = $2) AND ($3::bigint = 0 OR advertiser_id = $3)
		   AND ($4::bigint = 0 OR campaign_id = $4) AND ($5::bigint = 0 OR mailing_id = $5) AND ($6 = '' OR status = $6)
		   AND ($7 = '' OR basis = $7) AND (NOT $8 OR unknown_status <> '') AND ($9 = '' OR $9 IN (transaction_ref, order_ref))`,
		f.Label, f.Connection, f.Advertiser, f.Campaign, f.Mailing, f.Status, f.Basis, f.Unknown, f.Ref)
	return found, postgres.Fault(err, "thing.conversions")
}

// Said is a report of a conversion as it was kept.
type Said struct {
	ReportedAt time.Time       `db:"reported_at" json:"reported_at"`
	SeenAt     time.Time       `db:"seen_at" json:"seen_at"`
	Source     Source          `db:"source" json:"source"`
	Status     networks.Status `db:"status" json:"status"`
	Unknown    string          `db:"unknown_status" json:"unknown_status"`
	Paid       *bool           `db:"paid" json:"paid,omitempty"`
	Sale       int64           `db:"sale_minor" json:"sale_minor"`
	Commission int64           `db:"commission_minor" json:"commission_minor"`
	Currency   string          `db:"currency" json:"currency"`
	Reason     string          `db:"reason" json:"reason"`
	Raw        json.RawMessage `db:"raw" json:"raw"`
}

// IsPaid reports whether it says that the publisher was paid.
func (s Said) IsPaid() bool { return s.Paid != nil && *s.Paid }

// historyShown bounds how many reports of a conversion are shown.
const historyShown = 200

// History returns what was reported of a conversion, in the order in which it
// was so, the newest first.
func (s *Store) History(ctx context.Context, id ID) ([]Said, error) {
	found := []Said{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT reported_at, seen_at, source, status, unknown_status, paid, sale_minor, commission_minor, currency, reason, raw
		  FROM conversion_reports WHERE conversion_id = $1 ORDER BY reported_at DESC, seen_at DESC LIMIT $2`, id, historyShown)
	return found, postgres.Fault(err, "thing.conversion", "id", id)
}

// foldAtOnce is how many deltas one step folds.
const foldAtOnce = 20_000

// Fold sums what statements appended up into the counts, and returns how much
// it took. One statement, so that a reader who adds both is right at any
// moment. Call it until it takes none; several processes may.
func (s *Store) Fold(ctx context.Context) (int, error) {
	var taken int
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &taken, `
			WITH taken AS (
			  DELETE FROM conversion_deltas
			   WHERE id = ANY (ARRAY(SELECT id FROM conversion_deltas ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
			  RETURNING *),
			folded AS (
			  INSERT INTO conversion_counts AS c (`+dimensions+`, n, sale_minor, commission_minor)
			  SELECT `+dimensions+`, sum(n), sum(sale_minor), sum(commission_minor) FROM taken
			   GROUP BY `+dimensions+` ORDER BY `+dimensions+`
			  ON CONFLICT (`+dimensions+`) DO UPDATE
			     SET n = c.n + excluded.n, sale_minor = c.sale_minor + excluded.sale_minor,
			         commission_minor = c.commission_minor + excluded.commission_minor)
			SELECT count(*) FROM taken`, foldAtOnce)
	})
	return taken, postgres.Fault(err, "thing.conversions")
}

// dimensions are what conversions are summed by.
const dimensions = `label_id, campaign_id, mailing_id, send_id, placement_key, advertiser_id, connection_id, month, currency, status, paid`
