package mailings

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/internal/trace"
)

// Act is what somebody does on the way of a revision to members.
type Act string

// The acts.
const (
	PutUp     Act = "put_up"
	Approving Act = "approved"
	LetGo     Act = "let_go" // a send of it that was held, paused or missed
)

// Causes keeps the requests that send revisions on their way, where spans are told.
type Causes struct{ db *sqlx.DB }

// NewCauses returns the causes in db.
func NewCauses(db *sqlx.DB) Causes { return Causes{db} }

// Note notes the request in which the revision was put up, approved or let go,
// the last of each, so that the spans of its sends name it. Where no spans are told
// it asks the base nothing.
func (Causes) Note(ctx context.Context, tx *sqlx.Tx, id RevisionID, act Act) error {
	cause := trace.Cause(ctx)
	if cause == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO revision_causes (revision_id, act, traceparent) VALUES ($1, $2, $3)
		ON CONFLICT (revision_id, act) DO UPDATE SET traceparent = EXCLUDED.traceparent`, id, act, cause)
	return postgres.Fault(err, "thing.revision", "id", id)
}

// Of returns the traceparents that were noted of the revision.
func (s Causes) Of(ctx context.Context, id RevisionID) ([]string, error) {
	var found []string
	err := s.db.SelectContext(ctx, &found, `SELECT traceparent FROM revision_causes WHERE revision_id = $1 ORDER BY act`, id)
	return found, postgres.Fault(err, "thing.revision", "id", id)
}
