package carried

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/shown"
	"keur/campaigns"
	"keur/internal/postgres"
	"keur/mailings"
)

// From is the verdict that a client really gave, about an earlier round.
type From struct {
	ReviewID  int64           `db:"earlier_id" json:"review_id"`
	RoundID   int64           `db:"round_id" json:"round_id"`
	Number    int             `db:"number" json:"revision" doc:"Number of the revision that the client approved"`
	Digest    mailings.Digest `db:"digest" json:"digest" doc:"Of that revision"`
	By        string          `db:"decided_by" json:"decided_by"`
	Name      string          `db:"name" json:"-"`
	Address   string          `db:"contact_address" json:"contact_address" doc:"That the contact's link was mailed to"`
	DecidedAt time.Time       `db:"decided_at" json:"decided_at"`
	Stands    bool            `db:"stands" json:"stands" doc:"It still counts: nothing took it back, and the policy asks for no more"`

	Kept       int64               `db:"kept" json:"-"` // number of what says that it carries, as the trail names it; 0: nothing does yet
	RevisionID mailings.RevisionID `db:"revision_id" json:"-"`
	Faces      *shown.SetID        `db:"face_set_id" json:"-"` // the mails that the client was shown
}

const fromColumns = `e.id AS earlier_id, e.round_id, o.number, o.id AS revision_id, r.face_set_id, e.digest, 'contact:' || e.contact_id AS decided_by,
	coalesce(actor_name('contact:' || e.contact_id), '') AS name, e.contact_address, e.decided_at`

// Last returns what a client approved last of a mailing, or a NotFound fault.
func Last(ctx context.Context, q sqlx.QueryerContext, id mailings.ID, client campaigns.AdvertiserID) (From, error) {
	var f From
	err := sqlx.GetContext(ctx, q, &f, `
		SELECT `+fromColumns+`
		  FROM approval_reviews e
		  JOIN approval_rounds r ON r.id = e.round_id
		  JOIN revisions o ON o.id = r.revision_id
		 WHERE r.mailing_id = $1 AND e.advertiser_id = $2 AND e.step = 'client' AND e.verdict = 'approved'
		 ORDER BY e.id DESC LIMIT 1`, id, client)
	return f, postgres.Fault(err, "thing.approval_of_mailing", "mailing", id)
}

// Approved reports whether any client approved a mailing before.
func Approved(ctx context.Context, q sqlx.QueryerContext, id mailings.ID) (yes bool, err error) {
	err = sqlx.GetContext(ctx, q, &yes, `
		SELECT EXISTS (SELECT FROM approval_reviews e JOIN approval_rounds r ON r.id = e.round_id
		                WHERE r.mailing_id = $1 AND e.step = 'client' AND e.verdict = 'approved')`, id)
	return yes, postgres.Fault(err, "thing.approval_of_mailing", "mailing", id)
}

// Of returns from where the verdicts of a round carry, by review.
func Of(ctx context.Context, q sqlx.QueryerContext, round int64) (map[int64]From, error) {
	var found []struct {
		Review int64 `db:"review_id"`
		From
	}
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT k.review_id, k.id AS kept, `+fromColumns+`, carry_stands(k.review_id) AS stands
		  FROM approval_reviews v
		  JOIN carried_verdicts k ON k.review_id = v.id
		  JOIN approval_reviews e ON e.id = k.earlier_id
		  JOIN approval_rounds r ON r.id = e.round_id
		  JOIN revisions o ON o.id = r.revision_id
		 WHERE v.round_id = $1`, round)
	all := make(map[int64]From, len(found))
	for _, f := range found {
		all[f.Review] = f.From
	}
	return all, postgres.Fault(err, "thing.approval", "id", round)
}

// Refused returns why the verdict doesn't carry to a round that is being put up, as
// the database finds; "" if it may.
func Refused(ctx context.Context, tx *sqlx.Tx, round int64, f *From) (why Reason, err error) {
	err = tx.GetContext(ctx, &why, `SELECT coalesce(carry_refusal($1, $2), '')`, round, f.ReviewID)
	return why, postgres.Fault(err, "thing.approval", "id", round)
}

// Keep writes down, under the program's seal, that the verdict carries to a review of
// a revision that is being put up: Refusal had nothing against it.
func Keep(ctx context.Context, tx *sqlx.Tx, key postgres.Key, review int64, digest mailings.Digest, f *From) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO carried_verdicts (review_id, earlier_id, digest, earlier_digest, mac) VALUES ($1, $2, $3, $4, $5)`,
		review, f.ReviewID, digest, f.Digest, key.Mint("carried_verdicts", review, f.ReviewID, digest[:], f.Digest[:]))
	return postgres.Fault(err, "thing.review", "id", review)
}
