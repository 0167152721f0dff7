package alarms

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/accounts"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
)

// Store keeps alarms, and the limits that raise them.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns the store of alarms in db.
func NewStore(db *sqlx.DB, clock clock.Clock) *Store { return &Store{db, clock} }

const raisedSQL = `
	SELECT a.id, a.kind, a.provider, a.domain, a.span, a.send_id, a.level, a.mails, a.events, a.raised_at,
	       a.mails_now AS "now.mails", a.events_now AS "now.events", a.looked_at, a.ended_at, a.acknowledged_by, a.acknowledged_at, a.reason
	  FROM mail_alarms a`

// Get returns an alarm, and the label of its send; 0: it is of no one send.
func (s *Store) Get(ctx context.Context, id int64) (r Raised, label labels.ID, err error) {
	if err = s.db.GetContext(ctx, &r, raisedSQL+` WHERE a.id = $1`, id); err == nil && r.Send != nil {
		err = s.db.GetContext(ctx, &label, `SELECT label_id FROM sends WHERE id = $1`, *r.Send)
	}
	return r, label, postgres.Fault(err, "thing.mail_alarm", "id", id)
}

// mostShown is how many alarms of a provider or a mailing are shown, the newest.
const mostShown = 50

// Of returns the alarms of a provider, open ones first, then the newest.
func (s *Store) Of(ctx context.Context, provider string) ([]Raised, error) {
	return s.list(ctx, `WHERE a.provider = $1 ORDER BY a.ended_at IS NOT NULL, a.id DESC LIMIT $2`, provider, mostShown)
}

// OfMailing returns the alarms of a mailing's sends, open ones first, then the newest.
func (s *Store) OfMailing(ctx context.Context, id mailings.ID) ([]Raised, error) {
	return s.list(ctx, `
		WHERE a.send_id = ANY (ARRAY(SELECT id FROM sends WHERE mailing_id = $1)) ORDER BY a.ended_at IS NOT NULL, a.id DESC LIMIT $2`,
		id, mostShown)
}

// OfSend returns the alarms of a send.
func (s *Store) OfSend(ctx context.Context, id mailings.SendID) ([]Raised, error) {
	return s.list(ctx, `WHERE a.send_id = $1 ORDER BY a.ended_at IS NOT NULL, a.id DESC LIMIT $2`, id, mostShown)
}

// Waiting returns the open alarms that nobody acknowledged, the gravest first.
func (s *Store) Waiting(ctx context.Context) ([]Raised, error) {
	return s.list(ctx, `WHERE a.ended_at IS NULL AND a.acknowledged_at IS NULL ORDER BY a.level, a.id LIMIT $1`, mostShown)
}

// WaitingOf returns those of sends of what a user wrote, under some labels.
func (s *Store) WaitingOf(ctx context.Context, author accounts.UserID, under []labels.ID) ([]Raised, error) {
	all := make(pq.Int64Array, len(under))
	for i, id := range under {
		all[i] = int64(id)
	}
	return s.list(ctx, `
		WHERE a.ended_at IS NULL AND a.acknowledged_at IS NULL AND EXISTS (
		  SELECT FROM sends s WHERE s.id = a.send_id AND s.label_id = ANY ($2) AND $1 IN (SELECT revision_authors(s.revision_id))) ORDER BY a.level, a.id LIMIT $3`, author, all, mostShown)
}

func (s *Store) list(ctx context.Context, which string, args ...any) ([]Raised, error) {
	found := []Raised{}
	err := s.db.SelectContext(ctx, &found, raisedSQL+` `+which, args...)
	return found, postgres.Fault(err, "thing.mail_alarms")
}

// mostReason is of how many characters a reason is at most.
const mostReason = 500

// Acknowledge notes that a person saw the alarm, and why nothing more is needed or
// what is done. Takes a person, once.
func (s *Store) Acknowledge(ctx context.Context, id int64, reason string) error {
	if n := len([]rune(reason)); n == 0 || n > mostReason {
		return fault.At("reason", "alarms.reason")
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var done bool
		if err := tx.GetContext(ctx, &done, `SELECT acknowledged_at IS NOT NULL FROM mail_alarms WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.mail_alarm", "id", id)
		}
		if done {
			return fault.New(fault.Conflict, "alarms.acknowledged")
		}
		_, err := tx.ExecContext(ctx, `UPDATE mail_alarms SET acknowledged_by = '', acknowledged_at = $2, reason = $3 WHERE id = $1`,
			id, s.clock.Now(), reason)
		return postgres.Fault(err, "thing.mail_alarm", "id", id)
	})
}
