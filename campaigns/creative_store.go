package campaigns

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
)

// Creatives keeps banners and images by their content.
type Creatives struct{ db *sqlx.DB }

// NewCreatives returns the store of creatives in db.
func NewCreatives(db *sqlx.DB) *Creatives { return &Creatives{db: db} }

// Put keeps an image and returns what its bytes say about it. The same image
// twice is kept once.
func (s *Creatives) Put(ctx context.Context, data []byte) (Creative, error) {
	c, err := ReadCreative(data)
	if err != nil {
		return Creative{}, err
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO creatives (hash, bytes, type, width, height) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (hash) DO NOTHING`, c.Hash, c.Bytes, c.Type, c.Width, c.Height); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO creative_uploads (hash) VALUES ($1) ON CONFLICT DO NOTHING`, c.Hash); err != nil {
			return err
		}
		return tx.GetContext(ctx, &c.CreatedAt, `SELECT created_at FROM creatives WHERE hash = $1`, c.Hash)
	})
	return c, postgres.Fault(err, "thing.creative", "hash", c.Hash)
}

// Get returns an image with its bytes.
func (s *Creatives) Get(ctx context.Context, hash Hash) (Creative, error) {
	var c Creative
	err := s.db.GetContext(ctx, &c, `
		SELECT hash, type, width, height, length(bytes) AS size, created_at, bytes FROM creatives WHERE hash = $1`, hash)
	return c, postgres.Fault(err, "thing.this_creative")
}

// SeenBy returns the labels whose users may see an image: those that ever used
// it. Who acts and brought its bytes sees it whatever their label. Not found,
// where neither is so.
func (s *Creatives) SeenBy(ctx context.Context, hash Hash) (by []labels.ID, own bool, err error) {
	var found []struct {
		Label *labels.ID `db:"label_id"` // nil: the actor's own
	}
	err = s.db.SelectContext(ctx, &found, `
		SELECT label_id FROM creative_labels WHERE hash = $1
		UNION ALL SELECT NULL FROM creative_uploads WHERE hash = $1 AND uploaded_by = $2`, hash, postgres.Actor(ctx))
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	for _, f := range found {
		if f.Label == nil {
			own = true
		} else {
			by = append(by, *f.Label)
		}
	}
	return by, own, postgres.Fault(err, "thing.this_creative")
}

// Attach takes an image into a campaign, or changes how it is used there.
func (s *Creatives) Attach(ctx context.Context, campaign ID, u Use) (Use, error) {
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		u, err = s.AttachIn(ctx, tx, campaign, u)
		return err
	})
	return u, err
}

// AttachIn is Attach within the caller's transaction.
func (s *Creatives) AttachIn(ctx context.Context, tx *sqlx.Tx, campaign ID, u Use) (Use, error) {
	if err := u.Validate(); err != nil {
		return Use{}, err
	}
	err := tx.GetContext(ctx, &u, `
		INSERT INTO campaign_creatives (campaign_id, hash, alt, source, valid_from, valid_until)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (campaign_id, hash) DO UPDATE
		   SET alt = excluded.alt, source = excluded.source,
		       valid_from = excluded.valid_from, valid_until = excluded.valid_until
		RETURNING hash, alt, source, valid_from, valid_until`,
		campaign, u.Hash, u.Alt, u.Source, u.ValidFrom, u.ValidUntil)
	return u, postgres.Fault(err, "thing.creative_in_campaign", "hash", u.Hash, "campaign", campaign)
}

// Detach takes an image out of a campaign. Its bytes stay: mail that was sent
// shows it. Not found, if the campaign doesn't use it.
func (s *Creatives) Detach(ctx context.Context, campaign ID, hash Hash) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		gone, err := tx.ExecContext(ctx, `DELETE FROM campaign_creatives WHERE campaign_id = $1 AND hash = $2`, campaign, hash)
		if err != nil {
			return postgres.Fault(err, "thing.this_creative")
		}
		if n, err := gone.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return postgres.Fault(sql.ErrNoRows, "thing.this_creative")
	})
}

// Use returns how a campaign uses an image, or not found if it doesn't.
func (s *Creatives) Use(ctx context.Context, campaign ID, hash Hash) (Use, error) {
	var u Use
	err := s.db.GetContext(ctx, &u, `
		SELECT hash, alt, source, valid_from, valid_until
		  FROM campaign_creatives WHERE campaign_id = $1 AND hash = $2`, campaign, hash)
	return u, postgres.Fault(err, "thing.this_creative")
}

// Uses returns the images of a campaign.
func (s *Creatives) Uses(ctx context.Context, campaign ID) ([]Use, error) {
	found := []Use{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT hash, alt, source, valid_from, valid_until
		  FROM campaign_creatives WHERE campaign_id = $1 ORDER BY hash`, campaign)
	return found, postgres.Fault(err, "thing.creatives")
}
