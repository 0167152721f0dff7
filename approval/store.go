package approval

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/approval/carried"
	"keur/approval/linkcodes"
	"keur/approval/policies"
	"keur/approval/shown"
	"keur/authors"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
)

// Store keeps rounds and their reviews.
type Store struct {
	*Trail
	Policies *policies.Store

	db       *sqlx.DB
	clock    clock.Clock
	mailings *mailings.Store
	key      postgres.Key // seals that a verdict carries
}

// NewStore returns a store over db.
func NewStore(db *sqlx.DB, clock clock.Clock, mailings *mailings.Store) *Store {
	return &Store{Trail: NewTrail(db), Policies: policies.NewStore(db, clock), db: db, clock: clock, mailings: mailings}
}

const (
	roundColumns = `id, mailing_id, revision_id, digest, state, audience, waterfall, drift_percent, client_waivable,
		face_set_id, ceiling, lead_from, submitted_by, submitted_at, note, ends_at, renews, closed_at, close_reason`
	reviewColumns = `id, round_id, position, step, advertiser_id, digest, verdict, user_id, contact_id,
		coalesce('user:' || user_id, 'contact:' || contact_id) AS decided_by, deputy_for, contact_address, proven_by,
		signature, proven_weakly(approval_reviews) AS proven_weakly, waived_as, new_since, token_id, decided_at, reason, checklist, faces_seen, attachments_opened, due_at, reminded_at, coalesce(asked_again, '') AS asked_again`
)

// Round returns a round with its reviews, or a NotFound fault.
func (s *Store) Round(ctx context.Context, id RoundID) (Round, error) {
	return s.load(ctx, s.db, `SELECT `+roundColumns+` FROM approval_rounds WHERE id = $1`, words.Of("thing.approval", "id", id), id)
}

// Latest returns the newest round of a mailing, or a NotFound fault.
func (s *Store) Latest(ctx context.Context, id mailings.ID) (Round, error) {
	return s.load(ctx, s.db, `SELECT `+roundColumns+` FROM approval_rounds WHERE mailing_id = $1 ORDER BY id DESC LIMIT 1`,
		words.Of("thing.approval_of_mailing", "mailing", id), id)
}

// Standing returns the approved round that stands for exactly this revision, or
// a Conflict fault when there is none. The database is asked the whole question
// again, not only what the round says of itself.
func (s *Store) Standing(ctx context.Context, id mailings.RevisionID) (Round, error) {
	var approved bool
	if err := s.db.GetContext(ctx, &approved, `SELECT revision_is_approved($1)`, id); err != nil {
		return Round{}, postgres.Fault(err, "thing.revision", "id", id)
	}
	if !approved {
		return Round{}, fault.New(fault.Conflict, "approval.revision_not_approved", "id", id)
	}
	return s.load(ctx, s.db, `SELECT `+roundColumns+` FROM approval_rounds WHERE revision_id = $1 AND state = 'approved'`,
		words.Of("thing.approval_of_revision", "revision", id), id)
}

// Review returns a review with its round, or a NotFound fault.
func (s *Store) Review(ctx context.Context, id ReviewID) (Review, Round, error) {
	var round RoundID
	if err := s.db.GetContext(ctx, &round, `SELECT round_id FROM approval_reviews WHERE id = $1`, id); err != nil {
		return Review{}, Round{}, postgres.Fault(err, "thing.review", "id", id)
	}
	r, err := s.Round(ctx, round)
	if err != nil {
		return Review{}, r, err
	}
	v, err := r.review(id)
	if err != nil {
		return Review{}, r, err
	}
	return *v, r, nil
}

// LinkCode returns the code that the client who decided a review gave, or nil.
func (s *Store) LinkCode(ctx context.Context, id ReviewID) (*linkcodes.Given, error) {
	return linkcodes.LastGiven(ctx, s.db, int64(id))
}

func (r *Round) review(id ReviewID) (*Review, error) {
	for i := range r.Reviews {
		if r.Reviews[i].ID == id {
			return &r.Reviews[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "approval.review_missing", "id", id)
}

func (s *Store) load(ctx context.Context, q sqlx.QueryerContext, query string, what words.Message, args ...any) (Round, error) {
	var r Round
	if err := sqlx.GetContext(ctx, q, &r, query, args...); err != nil {
		return r, postgres.Fault(err, what.Key, what.Args...)
	}
	return r, s.loadParts(ctx, q, &r)
}

func (s *Store) loadParts(ctx context.Context, q sqlx.QueryerContext, r *Round) error {
	if err := sqlx.SelectContext(ctx, q, &r.Reviews, `
		SELECT `+reviewColumns+` FROM approval_reviews WHERE round_id = $1 ORDER BY position, id`, r.ID); err != nil {
		return fmt.Errorf("load the reviews of approval %d: %w", r.ID, err)
	}
	from, err := carried.Of(ctx, q, int64(r.ID))
	if err != nil {
		return err
	}
	for i := range r.Reviews {
		if f, is := from[int64(r.Reviews[i].ID)]; is {
			r.Reviews[i].Carried = &f
		}
	}
	if r.Slots, err = slotsOf(ctx, q, r.ID); err != nil {
		return err
	}
	if r.Faces, err = shown.Faces(ctx, q, r.FaceSetID); err != nil {
		return err
	}
	if r.Attachments, err = shown.Attachments(ctx, q, r.RevisionID); err != nil {
		return err
	}
	if err := sqlx.GetContext(ctx, q, &r.Unanswered, `SELECT unanswered_comments($1)`, r.RevisionID); err != nil {
		return fmt.Errorf("count the open comments of approval %d: %w", r.ID, err)
	}
	if r.New, err = authors.NewcomersTo(ctx, q, int64(r.RevisionID), r.SubmittedAt); err != nil {
		return err
	}
	err = sqlx.SelectContext(ctx, q, &r.Authors, `SELECT a FROM revision_authors($1, true, $2) a ORDER BY a`, r.RevisionID, r.ID)
	return postgres.Fault(err, "thing.approval", "id", r.ID)
}

// update locks a round (its mailing first, as every writer does, so that two
// never wait for each other), lets change apply the rules to it and its
// reviews, and saves both. Nothing is written if change returns an error.
func (s *Store) update(ctx context.Context, tx *sqlx.Tx, id RoundID, change func(*Round) error) (Round, error) {
	if _, err := tx.ExecContext(ctx, `
		SELECT FROM mailings WHERE id = (SELECT mailing_id FROM approval_rounds WHERE id = $1) FOR UPDATE`, id); err != nil {
		return Round{}, postgres.Fault(err, "thing.approval", "id", id)
	}
	r, err := s.load(ctx, tx, `SELECT `+roundColumns+` FROM approval_rounds WHERE id = $1 FOR UPDATE`, words.Of("thing.approval", "id", id), id)
	if err != nil {
		return r, err
	}
	if err := change(&r); err != nil {
		return r, err
	}
	for i := range r.Reviews {
		v := &r.Reviews[i]
		if err := tx.GetContext(ctx, &v.DecidedAt, `
			UPDATE approval_reviews
			   SET verdict = $2, user_id = $3, deputy_for = $4, contact_id = $5, decided_at = $6, reason = $7, checklist = $8, reminded_at = $9
			 WHERE id = $1 RETURNING decided_at`,
			v.ID, v.Verdict, v.UserID, v.DeputyFor, v.ContactID, v.DecidedAt, v.Reason, v.Checklist, v.RemindedAt); err != nil {
			return r, postgres.Fault(err, "thing.review", "id", v.ID)
		}
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE approval_rounds SET state = $2, closed_at = $3, close_reason = $4 WHERE id = $1`,
		id, r.State, r.ClosedAt, r.CloseReason)
	return r, postgres.Fault(err, "thing.approval", "id", id)
}

// insert writes a new round with its pending reviews.
func (s *Store) insert(ctx context.Context, tx *sqlx.Tx, r *Round) error {
	if err := tx.GetContext(ctx, r, `
		INSERT INTO approval_rounds (mailing_id, revision_id, digest, audience, waterfall, drift_percent, client_waivable, submitted_by,
		                             submitted_at, ends_at, face_set_id, ceiling, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id, renews, submitted_at`,
		r.MailingID, r.RevisionID, r.Digest, r.Audience, string(r.Waterfall), r.DriftPercent, r.ClientWaivable, r.SubmittedBy,
		r.SubmittedAt, r.EndsAt, r.FaceSetID, r.Ceiling, r.Note); err != nil {
		return postgres.Fault(err, "thing.mailing", "id", r.MailingID)
	}
	if err := insertSlots(ctx, tx, r); err != nil {
		return err
	}
	if err := insertAudience(ctx, tx, r); err != nil {
		return err
	}
	for i := range r.Reviews {
		v := &r.Reviews[i]
		v.RoundID, v.Digest = r.ID, r.Digest
		if err := mayCarry(ctx, tx, r, v); err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &v.ID, `
			INSERT INTO approval_reviews (round_id, position, step, advertiser_id, digest, due_at, asked_again)
			VALUES ($1, $2, $3, $4, $5, $6, nullif($7, '')) RETURNING id`,
			v.RoundID, v.Position, v.Step, v.AdvertiserID, v.Digest, v.DueAt, v.AskedAgain); err != nil {
			return postgres.Fault(err, "thing.step_of_approval", "step", v.Step)
		}
		if v.Carried == nil {
			continue
		}
		if err := carried.Keep(ctx, tx, s.key, int64(v.ID), r.Digest, v.Carried); err != nil {
			return err
		}
	}
	return nil
}
