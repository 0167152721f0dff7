package members

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// ErrBarred is what keeps a member from coming back by themselves: their address
// bounced, they complained, or a person here suppressed them.
var ErrBarred = fault.New(fault.Conflict, "members.return_barred")

// CanReturn returns ErrBarred unless a member with these suppressions may agree to
// mail of the label again by themselves: who unsubscribed may, and nobody else.
func CanReturn(list []Suppression, label labels.ID) error {
	for _, s := range list {
		if (s.Label == label || s.Label == EveryLabel) && s.Reason != Unsubscribe {
			return ErrBarred
		}
	}
	return nil
}

// Return records that the member agrees to mail anew and ends that they
// unsubscribed from the consent's label; from the others, if they had left all of
// them, they stay unsubscribed, also from those that they weren't members of: a file
// that is imported there later brings nobody back. Returns ErrBarred, a conflict, for whom something
// else keeps from being mailed, and what Record does. If tx is nil the method has a
// transaction of its own.
func (s *Consents) Return(ctx context.Context, tx *sqlx.Tx, id ID, c Consent) error {
	return s.members.within(ctx, tx, func(tx *sqlx.Tx) error { return comeBack(ctx, tx, s.members.clock.Now(), id, c) })
}

func comeBack(ctx context.Context, tx *sqlx.Tx, now time.Time, id ID, c Consent) error {
	if err := lockMembership(ctx, tx, c.Label, id); err != nil {
		return err
	}
	var list []Suppression
	if err := tx.SelectContext(ctx, &list, `
		SELECT label_id, reason FROM suppressions WHERE member_id = $1`, id); err != nil {
		return postgres.Fault(err, "thing.suppressions_of_member", "member", id)
	}
	if err := CanReturn(list, c.Label); err != nil {
		return err
	}
	if err := recordConsent(ctx, tx, now, id, c); err != nil {
		return err
	}
	// The base lets a member end no more than this, and only beside such a consent
	// (trigger suppressions_stay).
	_, err := tx.ExecContext(ctx, `
		WITH gone AS (
		  DELETE FROM suppressions WHERE member_id = $1 AND label_id IN (0, $2) AND reason = 'unsubscribe'
		  RETURNING label_id, source, send_id, at)
		INSERT INTO suppressions (member_id, label_id, reason, source, send_id, at)
		SELECT $1, l.id, 'unsubscribe', g.source, g.send_id, g.at
		  FROM gone g JOIN labels l ON l.id <> $2
		 WHERE g.label_id = 0
		ON CONFLICT DO NOTHING`, id, c.Label)
	return postgres.Fault(err, "thing.suppression_of_member", "member", id)
}
