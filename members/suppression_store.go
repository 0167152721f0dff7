package members

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Suppress keeps the member from being mailed under label, or under EveryLabel,
// at once: the base takes queued deliveries out in the same transaction. Whoever
// unsubscribes withdraws the consent to mail too, so that lifting the
// suppression alone doesn't bring mail back. To suppress again for the same
// reason changes nothing. If tx is nil the method has a transaction of its own.
func (s *Store) Suppress(ctx context.Context, tx *sqlx.Tx, id ID, label labels.ID, reason Reason, source string, sendID *int64) error {
	if err := reason.Check(); err != nil {
		return err
	}
	return s.within(ctx, tx, func(tx *sqlx.Tx) error {
		_, err := suppress(ctx, tx, s, id, label, reason, source, sendID)
		return err
	})
}

// Refusal is why a receiver ends mail to a member.
type Refusal struct {
	Reason   Reason // HardBounce or SoftBounces
	Source   string // session or dsn
	Said     string // in the receiver's words, without addresses
	Provider string // who receives for the address
	Tray     *int64 // where the suppression waits for a person; nil: it takes effect
	Send     int64
}

// Refusals keep what receivers end. They are written by who reads what comes back.
type Refusals struct{ members *Store }

// NewRefusals returns the store of refusals.
func NewRefusals(members *Store) *Refusals { return &Refusals{members} }

// Refuse keeps the member from being mailed under every label, as the receiver
// said of the address, within tx. Returns whether that is new. A suppression
// that waits keeps mail away as any other does.
func (s *Refusals) Refuse(ctx context.Context, tx *sqlx.Tx, id ID, r Refusal) (bool, error) {
	done, err := tx.ExecContext(ctx, `
		INSERT INTO suppressions (member_id, label_id, reason, source, said, provider, tray_id, send_id, at)
		SELECT id, 0, $2, $3, $4, $5, $6, $7, $8 FROM members WHERE id = $1 FOR KEY SHARE
		ON CONFLICT DO NOTHING`, id, r.Reason, r.Source, r.Said, r.Provider, r.Tray, r.Send, s.members.clock.Now())
	if err != nil {
		return false, postgres.Fault(err, "thing.suppression_of_member", "member", id)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// Settle lets the suppressions that wait in a tray take effect, or ends them,
// within tx, and returns of how many members.
func (s *Refusals) Settle(ctx context.Context, tx *sqlx.Tx, tray int64, effect bool) (int, error) {
	statement := `DELETE FROM suppressions WHERE tray_id = $1`
	if effect {
		statement = `UPDATE suppressions SET tray_id = NULL WHERE tray_id = $1`
	}
	done, err := tx.ExecContext(ctx, statement, tray)
	if err != nil {
		return 0, postgres.Fault(err, "thing.suppressions")
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// suppress does that, and returns 1 if it is new and 0 if it stood.
func suppress(
	ctx context.Context, tx *sqlx.Tx, s *Store, id ID, label labels.ID, reason Reason, source string, sendID *int64,
) (int64, error) {
	// From the table of members, so that a stale link can't suppress nobody, and
	// locked, so that nothing is left of one who is being erased.
	done, err := tx.ExecContext(ctx, `
		INSERT INTO suppressions (member_id, label_id, reason, source, send_id, at)
		SELECT id, $2, $3, $4, $5, $6 FROM members WHERE id = $1 FOR KEY SHARE
		ON CONFLICT DO NOTHING`, id, label, reason, source, sendID, s.clock.Now())
	if err != nil {
		return 0, postgres.Fault(err, "thing.suppression_of_member", "member", id)
	}
	added, _ := done.RowsAffected()
	if reason != Unsubscribe {
		return added, nil
	}
	// Also when the suppression stood: a consent may have come since.
	return added, s.withdraw(ctx, tx, id, label, source)
}

// withdraw ends the consents to mail that the member has given under label, or
// under every label.
func (s *Store) withdraw(ctx context.Context, tx *sqlx.Tx, id ID, label labels.ID, source string) error {
	var under []labels.ID
	if err := tx.SelectContext(ctx, &under, `
		SELECT label_id FROM memberships
		 WHERE member_id = $1 AND mail_consent AND label_id IN (SELECT id FROM labels WHERE $2 IN (0, id))
		 ORDER BY label_id`, id, label); err != nil {
		return postgres.Fault(err, "thing.memberships_of_member", "member", id)
	}
	for _, l := range under {
		c := Consent{Label: l, Kind: MailConsent, At: s.clock.Now(), Source: source}
		if err := recordConsent(ctx, tx, s.clock.Now(), id, c); err != nil {
			return err
		}
	}
	return nil
}

// Lift ends a suppression: an address works again, or its owner asked for mail
// anew. What the member withdrew stays withdrawn. Returns not found if there is
// none. Why, a word such as asked, goes on the audit trail. If tx is nil the
// method has a transaction of its own.
func (s *Store) Lift(ctx context.Context, tx *sqlx.Tx, id ID, label labels.ID, reason Reason, why ...string) error {
	return s.within(ctx, tx, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			DELETE FROM suppressions WHERE member_id = $1 AND label_id = $2 AND reason = $3`, id, label, reason)
		if err != nil {
			return postgres.Fault(err, "thing.suppression_of_member", "member", id)
		}
		if n, _ := done.RowsAffected(); n == 0 {
			return fault.New(fault.NotFound, "members.not_suppressed", "id", id)
		}
		return note(ctx, tx, "suppressions.lift", id, label, append(why, string(reason))...)
	})
}

// Suppressions returns those of the member, oldest first.
func (s *Store) Suppressions(ctx context.Context, id ID) ([]Suppression, error) {
	list := []Suppression{}
	err := s.db.SelectContext(ctx, &list, `
		SELECT label_id, reason, source, said, tray_id, send_id, at, by FROM suppressions
		 WHERE member_id = $1 ORDER BY at, label_id, reason`, id)
	return list, postgres.Fault(err, "thing.suppressions_of_member", "member", id)
}
