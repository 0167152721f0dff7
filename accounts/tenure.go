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

// Cooling tells whose role is too new to count, and lets them count.
type Cooling struct{ users *Store }

// NewCooling returns what tells it of the store's users.
func NewCooling(users *Store) *Cooling { return &Cooling{users} }

// CoolingOff is a label under which a user decides about what is submitted from
// a moment on.
type CoolingOff struct {
	Label labels.ID `db:"label_id"`
	From  time.Time `db:"counts_from"`
}

// Of returns the labels under which the user's role is too new for what is
// submitted now, by the strictest policy of each.
func (c *Cooling) Of(ctx context.Context, id UserID) (found []CoolingOff, err error) {
	err = c.users.db.SelectContext(ctx, &found, `
		SELECT label_id, counts_from FROM (
		  SELECT r.label_id, counts_from($1, r.label_id, label_cooling_hours(r.label_id)) AS counts_from
		    FROM user_roles r WHERE r.user_id = $1 AND r.role IN ('approver', 'planner') GROUP BY r.label_id) x
		 WHERE counts_from > $2 ORDER BY label_id`, id, c.users.clock.Now())
	return found, postgres.Fault(err, "thing.this_user")
}

// Lift lets what a user was granted up to now count at once, or proposes it
// where that takes another admin.
func (c *Cooling) Lift(ctx context.Context, id UserID) (User, error) {
	var u User
	err := postgres.InTx(ctx, c.users.db, func(tx *sqlx.Tx) (err error) {
		if u, err = c.users.GetIn(ctx, tx, id); err != nil {
			return err
		}
		r, err := changes.Propose(ctx, tx, c.users.clock.Now(), liftOf(u))
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
