package blocks

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps saved blocks.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of saved blocks in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const query = `
	SELECT b.id, b.label_id, b.mailing_id, b.name, b.says, c.name AS campaign, a.name AS advertiser, a.id AS advertiser_id,
	       b.created_by, coalesce(actor_name(b.created_by), b.created_by) AS by_name, b.created_at
	  FROM saved_blocks b JOIN campaigns c ON c.id = b.campaign_id JOIN advertisers a ON a.id = c.advertiser_id
	 WHERE b.removed_at IS NULL`

// orders are the ways to sort blocks: newest, name.
func orders() []paging.Order[Block] {
	id := paging.Number("b.id", func(b Block) ID { return b.ID })
	return []paging.Order[Block]{
		{Name: "newest", Down: true, Keys: []paging.Key[Block]{paging.Moment("b.created_at",
			func(b Block) time.Time { return b.CreatedAt }), id}},
		{Name: "name", Keys: []paging.Key[Block]{paging.Name("b.name", func(b Block) string { return b.Name }), id}},
	}
}

// List returns a page of a label's blocks whose name, campaign, advertiser or
// heading holds a text, the newest first unless asked otherwise.
func (s *Store) List(ctx context.Context, label labels.ID, text string, ask paging.Ask) (paging.Page[Block], error) {
	found, err := paging.Select(ctx, s.db, orders(), ask, query+` AND b.label_id = $1 AND ($2 = '' OR position(lower($2)
		IN lower(concat_ws(E'\n', b.name, c.name, a.name, b.says->>'heading'))) > 0)`, label, text)
	return found, postgres.Fault(err, "thing.saved_blocks")
}

// Get returns a block, or a NotFound fault, also of one that was removed.
func (s *Store) Get(ctx context.Context, id ID) (Block, error) { return get(ctx, s.db, id) }

func get(ctx context.Context, q sqlx.QueryerContext, id ID) (b Block, err error) {
	err = sqlx.GetContext(ctx, q, &b, query+` AND b.id = $1`, id)
	return b, postgres.Fault(err, "thing.saved_block", "id", id)
}

// Keep keeps a block of its label. Returns a conflict if the label has one of that
// name.
func (s *Store) Keep(ctx context.Context, b Block) (Block, error) {
	if err := b.Validate(); err != nil {
		return b, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if err := tx.GetContext(ctx, &b.ID, `
			INSERT INTO saved_blocks (label_id, mailing_id, name, says) VALUES ($1, $2, $3, $4) RETURNING id`,
			b.LabelID, b.MailingID, b.Name, b.Says); err != nil {
			return postgres.Fault(err, "thing.saved_block_named", "name", b.Name)
		}
		b, err = get(ctx, tx, b.ID)
		return err
	})
	return b, err
}

// Rename gives a block another name, once check finds the block as it stands right.
func (s *Store) Rename(ctx context.Context, id ID, name string, check func(Block) error) (Block, error) {
	var b Block
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if _, err := tx.ExecContext(ctx, `SELECT FROM saved_blocks WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.saved_block", "id", id)
		}
		if b, err = get(ctx, tx, id); err != nil {
			return err
		}
		if err := check(b); err != nil {
			return err
		}
		b.Name = name
		if err := b.Validate(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE saved_blocks SET name = $2 WHERE id = $1`, id, name)
		return postgres.Fault(err, "thing.saved_block_named", "name", name)
	})
	return b, err
}

// Remove takes a block off the label's list. Mailings that have a copy keep it, and
// the row stays, with who removed it on the trail.
func (s *Store) Remove(ctx context.Context, id ID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var gone ID
		err := tx.GetContext(ctx, &gone, `UPDATE saved_blocks SET removed_at = now() WHERE id = $1 AND removed_at IS NULL RETURNING id`, id)
		return postgres.Fault(err, "thing.saved_block", "id", id)
	})
}
