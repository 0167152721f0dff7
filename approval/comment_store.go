package approval

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Comments returns the threads about a mailing's revision and about those
// before it, the first first.
func (s *Store) Comments(ctx context.Context, id mailings.RevisionID) ([]Thread, error) {
	var found []Comment
	err := s.db.SelectContext(ctx, &found, `
		SELECT c.id, c.revision_id, o.number, c.answers_id, c.element, c.x, c.y, c.body, coalesce(actor_name(c.created_by), c.created_by) AS by,
		       c.created_at, coalesce(actor_name(c.resolved_by), c.resolved_by, '') AS resolver, c.resolved_at
		  FROM revisions r
		  JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number <= r.number
		  JOIN review_comments c ON c.revision_id = o.id
		 WHERE r.id = $1
		 ORDER BY c.id`, id)
	return threads(found), postgres.Fault(err, "thing.comments_on_revision", "revision", id)
}

// Comment adds a comment in the name of who acts. An answer goes to the thread
// of what it answers, which is one of the same mailing.
func (s *Store) Comment(ctx context.Context, c Comment) (CommentID, error) {
	if err := c.Validate(); err != nil {
		return 0, err
	}
	var id CommentID
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if c.AnswersID != nil {
			if err := tx.GetContext(ctx, &c, `
				SELECT coalesce(answers_id, id) AS answers_id, revision_id, NULL AS x, NULL AS y, '' AS element
				  FROM review_comments
				 WHERE id = $1 AND revision_id IN (SELECT o.id FROM revisions r JOIN revisions o USING (mailing_id) WHERE r.id = $2)`,
				*c.AnswersID, c.RevisionID); err != nil {
				return postgres.Fault(err, "thing.comment", "id", *c.AnswersID)
			}
		}
		err := tx.GetContext(ctx, &id, `
			INSERT INTO review_comments (revision_id, answers_id, element, x, y, body, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			c.RevisionID, c.AnswersID, c.Element, c.X, c.Y, c.Body, s.clock.Now())
		return postgres.Fault(err, "thing.revision", "id", c.RevisionID)
	})
	return id, err
}

// Resolve notes that nothing more has to be done about a thread of a mailing,
// or that something has after all.
func (s *Store) Resolve(ctx context.Context, mailing mailings.ID, id CommentID, resolved bool) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE review_comments c SET resolved_at = CASE WHEN $3 THEN coalesce(resolved_at, $4) END
			  FROM revisions r
			 WHERE c.id = $1 AND r.id = c.revision_id AND r.mailing_id = $2 AND c.answers_id IS NULL`,
			id, mailing, resolved, s.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.comment", "id", id)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "approval.comment_missing", "id", id)
		}
		return nil
	})
}

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

// ApprovedBefore returns the newest revision before this one that everyone
// approved; 0 for none.
func (s *Store) ApprovedBefore(ctx context.Context, id mailings.RevisionID) (before mailings.RevisionID, err error) {
	err = s.db.GetContext(ctx, &before, `
		SELECT coalesce(max(o.id), 0)
		  FROM revisions r
		  JOIN revisions o ON o.mailing_id = r.mailing_id AND o.number < r.number
		  JOIN approval_rounds a ON a.revision_id = o.id
		 WHERE r.id = $1 AND round_is_complete(a.id)`, id)
	return before, postgres.Fault(err, "thing.revision", "id", id)
}
