package authors

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Store reads who wrote and approved what, and keeps approvals of parts alone.
// Who wrote a part the database notes by itself.
type Store struct{ db *sqlx.DB }

// NewStore returns a store over db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// Thing names what has a part of its own, outside of any mailing.
type Thing struct {
	Kind    Kind // Template, Segment, Deal, Voucher or Creative
	ID      int64
	Version int    // of a template or a segment
	Image   []byte // of a creative, whose campaign ID names
}

// Of returns the parts of a thing: of a segment also those that it refers to,
// of a voucher pool each lot of its codes. What nobody has written has none.
func (s *Store) Of(ctx context.Context, label labels.ID, thing Thing) ([]Part, error) {
	return partsOf(ctx, s.db, label, thing)
}

func partsOf(ctx context.Context, q sqlx.QueryerContext, label labels.ID, thing Thing) ([]Part, error) {
	switch thing.Kind {
	case Template:
		return find(ctx, q, label, `SELECT 'template', template_part($2, $3)`, thing.ID, thing.Version)
	case Segment:
		return find(ctx, q, label, `SELECT 'segment', h FROM segment_chain($2, $3) h`, thing.ID, thing.Version)
	case Deal:
		return find(ctx, q, label, `SELECT 'deal', terms_part($2)`, thing.ID)
	case Voucher:
		return find(ctx, q, label, `SELECT 'voucher', hash FROM voucher_parts WHERE pool_id = $2`, thing.ID)
	case Creative:
		return find(ctx, q, label, `
			SELECT x.kind, x.hash FROM campaign_creatives c
			 CROSS JOIN LATERAL (VALUES ('image', image_part(c.hash)), ('creative', creative_part(c.hash, c.alt))) x(kind, hash)
			 WHERE c.campaign_id = $2 AND c.hash = $3`, thing.ID, thing.Image)
	}
	return nil, fault.New(fault.Invalid, "authors.no_such_part")
}

// find reads the parts that a query names, with their writers and those who
// approved them under the label.
func find(ctx context.Context, q sqlx.QueryerContext, label labels.ID, named string, args ...any) ([]Part, error) {
	var rows []struct {
		Kind     Kind          `db:"kind"`
		Hash     Hash          `db:"hash"`
		Writers  pq.Int64Array `db:"writers"`
		Approved pq.Int64Array `db:"approved"`
	}
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT DISTINCT p.kind, p.hash,
		       ARRAY(SELECT a.user_id FROM part_authors a WHERE a.hash = p.hash ORDER BY 1) AS writers,
		       ARRAY(SELECT o.user_id FROM part_approvals o WHERE o.hash = p.hash AND o.label_id = $1 ORDER BY 1) AS approved
		  FROM (`+named+`) p(kind, hash)
		 WHERE p.hash IS NOT NULL
		 ORDER BY p.kind, p.hash`, append([]any{label}, args...)...)
	parts := make([]Part, len(rows))
	for i, r := range rows {
		parts[i] = Part{r.Kind, r.Hash, users(r.Writers), users(r.Approved)}
	}
	return parts, postgres.Fault(err, "thing.parts")
}

func users(ids []int64) []accounts.UserID {
	list := make([]accounts.UserID, len(ids))
	for i, id := range ids {
		list[i] = accounts.UserID(id)
	}
	return list
}

// Approve notes that the user approves the parts of a thing under a label, as
// they were seen. Returns a Conflict if they changed meanwhile, and Forbidden
// if the user wrote one of them. Those that the user approved before stay so.
func (s *Store) Approve(ctx context.Context, label labels.ID, thing Thing, seen []Hash, by accounts.UserID) ([]Part, error) {
	var parts []Part
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if parts, err = partsOf(ctx, tx, label, thing); err != nil {
			return err
		}
		if err := same(parts, seen); err != nil {
			return err
		}
		for _, p := range parts {
			if err := p.Refuses(by); err != nil {
				return err
			}
		}
		if err := accounts.DemandProof(ctx, tx, false, accounts.Action{}); err != nil {
			return err
		}
		for _, p := range parts {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO part_approvals (label_id, kind, hash, user_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
				label, p.Kind, p.Hash[:], by); err != nil {
				return postgres.Fault(err, "thing.parts")
			}
		}
		parts, err = partsOf(ctx, tx, label, thing)
		return err
	})
	return parts, err
}

// DemandProof returns a forbidden fault unless whoever acts in the transaction has
// just proven to be who they are, as strongly as the policy of today asks of who
// decides about a revision. The database asks the same (demand_proof_for).
func DemandProof(ctx context.Context, tx *sqlx.Tx, revision int64) error {
	var strong bool
	if err := tx.GetContext(ctx, &strong, `SELECT coalesce(bool_or(strong_proof), false) FROM policies_for($1)`, revision); err != nil {
		return postgres.Fault(err, "thing.revision", "id", revision)
	}
	return accounts.DemandProof(ctx, tx, strong, accounts.Action{})
}

// same returns a conflict unless the parts are those that were seen.
func same(parts []Part, seen []Hash) error {
	known := make(map[Hash]bool, len(seen))
	for _, h := range seen {
		known[h] = true
	}
	for _, p := range parts {
		if !known[p.Hash] {
			return fault.New(fault.Conflict, "authors.part_changed")
		}
	}
	if len(parts) == 0 || len(known) != len(parts) {
		return fault.New(fault.Conflict, "authors.part_changed")
	}
	return nil
}
