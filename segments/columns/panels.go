package columns

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/each"
	"keur/internal/postgres"
	"keur/labels"
	"keur/segments"
)

// Panels keeps the columns that segments are counted from. They are a copy of
// memberships, and may lag: counts add what changed since.
type Panels struct{ db *sqlx.DB }

// NewPanels returns the keeper of panels in db.
func NewPanels(db *sqlx.DB) *Panels { return &Panels{db: db} }

// thisServer is whose transactions the snapshots of panels speak of.
const thisServer = "(SELECT system_identifier FROM pg_control_system())"

// refreshAbove is how many members of a block have to change until its panels are
// made anew. Looking up as many takes less than a millisecond.
const refreshAbove = 64

// Refresh makes the panels anew of which many members changed, that lack an
// attribute declared since, or that another server made. Returns how many
// blocks it made.
func (p *Panels) Refresh(ctx context.Context) (int, error) {
	var stale []staleBlock
	if err := p.db.SelectContext(ctx, &stale, `
		SELECT label_id, block FROM panel_changes
		 GROUP BY label_id, block
		HAVING sum(last - first + 1) > $1
		 UNION
		SELECT p.label_id, p.block FROM panels p JOIN attributes a ON a.label_id = p.label_id
		 WHERE p.field = $2
		   AND NOT EXISTS (SELECT FROM panels x WHERE x.label_id = p.label_id AND x.field = a.slot AND x.block = p.block)
		 UNION
		SELECT label_id, block FROM panels WHERE system <> `+thisServer+`
		 ORDER BY label_id, block`, refreshAbove, presence); err != nil {
		return 0, postgres.Fault(err, "thing.stale_panels")
	}
	return each.Try(ctx, 1, stale, func(ctx context.Context, s staleBlock) error {
		err := postgres.InTx(ctx, postgres.OneSnapshot(p.db), func(tx *sqlx.Tx) error { return p.refresh(ctx, tx, s.Label, s.Block) })
		if err != nil {
			return fmt.Errorf("panels of block %d of label %d: %w", s.Block, s.Label, err)
		}
		return nil
	})
}

// staleBlock is a block of a label's members of which the panels are to be made anew.
type staleBlock struct {
	Label labels.ID `db:"label_id"`
	Block int64     `db:"block"`
}

// refresh makes the panels of one block, and forgets the changes that they
// hold. The snapshot is the transaction's only one: of two who do the same,
// one fails and starts over.
func (p *Panels) refresh(ctx context.Context, tx *sqlx.Tx, label labels.ID, block int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM panel_changes WHERE label_id = $1 AND block = $2`, label, block); err != nil {
		return err
	}
	declared, err := segments.FieldsOf(ctx, tx, label)
	if err != nil {
		return err
	}
	b := newPanelBuilder(declared)
	if err := b.read(ctx, tx, label, block); err != nil {
		return err
	}
	if len(b.whole.places) == 0 {
		_, err := tx.ExecContext(ctx, `DELETE FROM panels WHERE label_id = $1 AND block = $2`, label, block)
		return err
	}
	for i, f := range b.fields {
		content, err := b.whole.encode(i, f.Type)
		if err != nil {
			return err
		}
		sample, err := b.sample.encode(i, f.Type)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO panels (label_id, field, block, system, snapshot, content, sample)
			VALUES ($1, $2, $3, `+thisServer+`, pg_current_snapshot(), $4, $5)
			ON CONFLICT (label_id, field, block) DO UPDATE
			   SET system = excluded.system, snapshot = excluded.snapshot, content = excluded.content, sample = excluded.sample`,
			label, f.Slot, block, content, sample); err != nil {
			return err
		}
	}
	return nil
}

// presence is the field that every member has: its panel tells who is there.
const presence = "mail_consent"
