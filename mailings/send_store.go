package mailings

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
)

const sendColumns = `id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, held_reason, released_by,
	deadline_at, waterfall, audience, created_at, frozen_at, started_at, finished_at`

// Plan makes the send of a mailing's slot, unless there is one already: then
// it returns false. The database refuses a revision that isn't approved.
func (s *Store) Plan(ctx context.Context, tx *sqlx.Tx, m Mailing, slot LocalTime, at, deadline time.Time) (bool, error) {
	done, err := tx.ExecContext(ctx, `
		INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, deadline_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`, m.ID, m.RevisionID, m.LabelID, slot, at.UTC(), MonthOf(at), deadline.UTC(), s.clock.Now())
	if err != nil {
		return false, postgres.Fault(err, "mailing %d", m.ID)
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// Send returns the send, or a NotFound fault.
func (s *Store) Send(ctx context.Context, id SendID) (Send, error) {
	var found Send
	err := s.db.GetContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1`, id)
	return found, postgres.Fault(err, "send %d", id)
}

// SendFilter narrows a list of sends. Zero fields don't narrow.
type SendFilter struct {
	Label   labels.ID
	Mailing ID
	State   SendState
	After   SendID // those below this id
	Limit   int
}

// Sends returns sends, the newest first.
func (s *Store) Sends(ctx context.Context, f SendFilter) ([]Send, error) {
	found := []Send{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+sendColumns+`
		  FROM sends
		 WHERE ($1 = 0 OR label_id = $1) AND ($2 = 0 OR mailing_id = $2) AND ($3 = '' OR state = $3) AND ($4 = 0 OR id < $4)
		 ORDER BY id DESC
		 LIMIT $5`, f.Label, f.Mailing, f.State, f.After, f.Limit)
	return found, postgres.Fault(err, "sends")
}

// Open returns the sends that something may still happen to and whose slot is
// not after until, the earliest first.
func (s *Store) Open(ctx context.Context, until time.Time) ([]Send, error) {
	found := []Send{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+sendColumns+`
		  FROM sends
		 WHERE state NOT IN ('finished', 'missed', 'cancelled') AND slot_at <= $1
		 ORDER BY slot_at, id`, until.UTC())
	return found, postgres.Fault(err, "sends")
}

// UpdateSend locks a send, lets change apply the rules, and saves the outcome.
// Nothing is written if change returns an error.
func (s *Store) UpdateSend(ctx context.Context, id SendID, change func(*Send) error) (Send, error) {
	var found Send
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		found, err = s.UpdateSendIn(ctx, tx, id, change)
		return err
	})
	return found, err
}

// UpdateSendIn is UpdateSend within the caller's transaction.
func (s *Store) UpdateSendIn(ctx context.Context, tx *sqlx.Tx, id SendID, change func(*Send) error) (Send, error) {
	var found Send
	if err := tx.GetContext(ctx, &found, `SELECT `+sendColumns+` FROM sends WHERE id = $1 FOR UPDATE`, id); err != nil {
		return found, postgres.Fault(err, "send %d", id)
	}
	if err := change(&found); err != nil {
		return found, err
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE sends
		   SET state = $2, held_reason = $3, released_by = $4, waterfall = $5, audience = $6,
		       frozen_at = $7, started_at = $8, finished_at = $9
		 WHERE id = $1`,
		id, found.State, found.HeldReason, found.ReleasedBy, found.Waterfall, found.Audience,
		found.FrozenAt, found.StartedAt, found.FinishedAt)
	if err != nil {
		return found, postgres.Fault(err, "send %d", id)
	}
	_, err = tx.ExecContext(ctx, `SELECT pg_notify('keur', 'sends')`)
	return found, postgres.Fault(err, "send %d", id)
}
