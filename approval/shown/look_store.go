package shown

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/mailings"
)

// Look notes that a user looks at a revision, and returns the one of its
// mailing that they saw last before it; 0 for none.
func (s *Store) Look(ctx context.Context, id mailings.RevisionID, by accounts.UserID) (before mailings.RevisionID, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO review_looks (user_id, revision_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, by, id, s.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.revision", "id", id)
		}
		return postgres.Fault(tx.GetContext(ctx, &before, `
			SELECT coalesce(max(l.revision_id), 0)
			  FROM revisions r
			  JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number < r.number
			  JOIN review_looks l ON l.revision_id = o.id AND l.user_id = $2
			 WHERE r.id = $1`, id, by), "thing.revision", "id", id)
	})
	return before, err
}
