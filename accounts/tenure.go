package accounts

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/postgres"
	"keur/labels"
)

// Tenure is since when a user decides under a label as they do now.
type Tenure struct {
	UserID    UserID     `db:"user_id"`
	Since     *time.Time `db:"since"`      // let in, or given the role; nil: before there was an admin
	LiftedAt  *time.Time `db:"lifted_at"`  // when two admins lifted a cooling-off last
	FirstSend *time.Time `db:"first_send"` // of the label; nil: it never sent
}

// CountsFrom returns from when on the user counts after a cooling-off, and
// whether there is one: not for who was there before the label's first real
// send, nor where it was lifted since. The database derives the same
// (counts_from).
func (t Tenure) CountsFrom(cooling time.Duration) (from time.Time, cools bool) {
	switch {
	case cooling <= 0, t.Since == nil, t.FirstSend == nil, !t.Since.After(*t.FirstSend):
		return time.Time{}, false
	case t.LiftedAt != nil && !t.LiftedAt.Before(*t.Since):
		return time.Time{}, false
	}
	return t.Since.Add(cooling), true
}

// Tenures returns those of all users under a label.
func Tenures(ctx context.Context, q sqlx.QueryerContext, label labels.ID) ([]Tenure, error) {
	var all []Tenure
	err := sqlx.SelectContext(ctx, q, &all, `SELECT user_id, since, lifted_at, first_send FROM tenures($1)`, label)
	return all, postgres.Fault(err, "thing.users")
}

// LiftCooling lets what a user was granted up to now count at once, or proposes
// it where that takes another admin.
func (s *Store) LiftCooling(ctx context.Context, id UserID) (User, error) {
	var u User
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if u, err = s.GetIn(ctx, tx, id); err != nil {
			return err
		}
		r, err := changes.Propose(ctx, tx, s.clock.Now(), liftOf(u))
		if err != nil {
			return err
		}
		if r.Waits() {
			u.Change = &r
			return nil
		}
		return liftCooling(ctx, tx, id)
	})
	return u, err
}

func liftCooling(ctx context.Context, tx *sqlx.Tx, id UserID) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO cooling_lifts (user_id) VALUES ($1)`, id)
	return postgres.Fault(err, "thing.this_user")
}
