package comments

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/mailings"
)

// Store keeps comments.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, clock clock.Clock) *Store { return &Store{db: db, clock: clock} }

// On returns the threads about a mailing's revision and about those
// before it, the first first.
func (s *Store) On(ctx context.Context, id mailings.RevisionID) ([]Thread, error) {
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

// Add adds a comment in the name of who acts. An answer goes to the thread
// of what it answers, which is one of the same mailing.
func (s *Store) Add(ctx context.Context, c Comment) (ID, error) {
	if err := c.Validate(); err != nil {
		return 0, err
	}
	var id ID
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
func (s *Store) Resolve(ctx context.Context, mailing mailings.ID, id ID, resolved bool) error {
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
