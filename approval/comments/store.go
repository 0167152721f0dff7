package comments

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/form"
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
	return on(ctx, s.db, id)
}

func on(ctx context.Context, q sqlx.QueryerContext, id mailings.RevisionID) ([]Thread, error) {
	var found []Comment
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT c.id, c.revision_id, o.number, c.answers_id, c.element, c.x, c.y, c.field, coalesce(c.outcome, '') AS outcome, c.body,
		       c.created_by, coalesce(actor_name(c.created_by), c.created_by) AS by, c.created_at, coalesce(actor_name(c.resolved_by), c.resolved_by, '') AS resolver,
		       coalesce(c.resolved_by, '') AS resolved_by, c.resolved_at
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
	c.Body = form.Tidy(c.Body)
	var id ID
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if c.AnswersID != nil {
			if err := tx.GetContext(ctx, &c, `
				SELECT coalesce(answers_id, id) AS answers_id, revision_id, NULL AS x, NULL AS y, '' AS element, '' AS field
				  FROM review_comments
				 WHERE id = $1 AND revision_id IN (SELECT o.id FROM revisions r JOIN revisions o USING (mailing_id) WHERE r.id = $2)`,
				*c.AnswersID, c.RevisionID); err != nil {
				return postgres.Fault(err, "thing.comment", "id", *c.AnswersID)
			}
		}
		err := tx.GetContext(ctx, &id, `
			INSERT INTO review_comments (revision_id, answers_id, element, x, y, field, body, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
			c.RevisionID, c.AnswersID, c.Element, c.X, c.Y, c.Field, c.Body, s.clock.Now())
		return postgres.Fault(err, "thing.revision", "id", c.RevisionID)
	})
	return id, err
}

// Due returns the threads about a revision and those before it of which its maker
// has to say what became of them.
func (s *Store) Due(ctx context.Context, id mailings.RevisionID) ([]Thread, error) {
	return due(ctx, s.db, id)
}

func due(ctx context.Context, q sqlx.QueryerContext, id mailings.RevisionID) ([]Thread, error) {
	all, err := on(ctx, q, id)
	return slices.DeleteFunc(all, func(t Thread) bool { return !t.Due() }), err
}

// Path is where a fault about the reply to a thread stands.
func (id ID) Path() string { return fmt.Sprintf("change:%d", id) }

// Reply says, as a revision is put up, of each change that was asked for whether
// it was done. Returns an Invalid fault that names each of which nothing is said,
// or a Conflict if there are no replies at all; what nobody asked is left out.
func (s *Store) Reply(ctx context.Context, tx *sqlx.Tx, id mailings.RevisionID, replies map[ID]Reply) error {
	asked, err := due(ctx, tx, id)
	if err != nil {
		return err
	}
	if len(asked) > 0 && replies == nil {
		return fault.New(fault.Conflict, "approval.changes_unanswered")
	}
	var wrong fault.List
	for _, t := range asked {
		if problem, ok := errors.AsType[*fault.Error](replies[t.ID].Validate(t.ID.Path())); ok {
			for _, d := range problem.Details {
				wrong.Note(d.Path, d.Message)
			}
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	for _, t := range asked {
		r := replies[t.ID]
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO review_comments (revision_id, answers_id, outcome, body, created_at) VALUES ($1, $2, $3, $4, $5)`,
			id, t.ID, r.Outcome, form.Tidy(r.Body), s.clock.Now()); err != nil {
			return postgres.Fault(err, "thing.comment", "id", t.ID)
		}
	}
	return nil
}

// Resolve notes that nothing more has to be done about a thread of a mailing,
// or that something has after all. Forbidden, if it asks for a change and somebody
// else asked.
func (s *Store) Resolve(ctx context.Context, mailing mailings.ID, id ID, resolved bool) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var c Comment
		err := tx.GetContext(ctx, &c, `
			SELECT c.x, c.field, c.created_by
			  FROM review_comments c JOIN revisions r ON r.id = c.revision_id
			 WHERE c.id = $1 AND r.mailing_id = $2 AND c.answers_id IS NULL
			   FOR UPDATE OF c`, id, mailing)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "approval.comment_missing", "id", id)
		}
		if err != nil {
			return postgres.Fault(err, "thing.comment", "id", id)
		}
		if err := c.MayResolve(postgres.Actor(ctx)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE review_comments SET resolved_at = CASE WHEN $2 THEN coalesce(resolved_at, $3) END WHERE id = $1`,
			id, resolved, s.clock.Now())
		return postgres.Fault(err, "thing.comment", "id", id)
	})
}
