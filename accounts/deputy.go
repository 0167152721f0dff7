package accounts

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// DeputyID names an absence with its deputy.
type DeputyID int64

// Deputy is who stands in for a user who is away. A deputy gets no rights by it:
// what they decide they could decide themselves, and say for whom.
type Deputy struct {
	ID       DeputyID   `db:"id" json:"id"`
	UserID   UserID     `db:"user_id" json:"user_id"`
	User     string     `db:"user_name" json:"user_name"`
	DeputyID UserID     `db:"deputy_id" json:"deputy_id"`
	Deputy   string     `db:"deputy_name" json:"deputy_name"`
	StartsAt time.Time  `db:"starts_at" json:"from"`
	EndsAt   time.Time  `db:"ends_at" json:"until"`
	EndedAt  *time.Time `db:"ended_at" json:"ended_at,omitempty" doc:"Back earlier"`
}

// At reports whether the user is away at a moment.
func (d Deputy) At(now time.Time) bool {
	return d.EndedAt == nil && !now.Before(d.StartsAt) && now.Before(d.EndsAt)
}

const deputies = `SELECT d.*, u.name AS user_name, s.name AS deputy_name
	FROM deputies d JOIN users u ON u.id = d.user_id JOIN users s ON s.id = d.deputy_id`

// Deputies keeps who stands in for whom.
type Deputies struct{ users *Store }

// NewDeputies returns the store of the users' deputies.
func NewDeputies(users *Store) *Deputies { return &Deputies{users} }

// Name notes that another one stands in for the user from one moment to another.
// Returns a Conflict if the user has a deputy then, one of both stands in for
// somebody else or is away, or they approve for no label in common.
func (s *Deputies) Name(ctx context.Context, user, deputy UserID, from, until time.Time) (Deputy, error) {
	if from.IsZero() || !until.After(from) || !until.After(s.users.clock.Now()) {
		return Deputy{}, fault.At("until", "accounts.deputy_times")
	}
	if deputy == user {
		return Deputy{}, fault.At("deputy_id", "accounts.deputy_self")
	}
	var named Deputy
	err := postgres.InTx(ctx, s.users.db, func(tx *sqlx.Tx) error {
		var id DeputyID
		if err := tx.GetContext(ctx, &id, `
			INSERT INTO deputies (user_id, deputy_id, starts_at, ends_at) VALUES ($1, $2, $3, $4) RETURNING id`,
			user, deputy, from.UTC(), until.UTC()); err != nil {
			return postgres.Fault(err, "thing.user", "id", deputy)
		}
		return tx.GetContext(ctx, &named, deputies+` WHERE d.id = $1`, id)
	})
	return named, err
}

// End ends an absence of the user's own: they are back.
func (s *Deputies) End(ctx context.Context, user UserID, id DeputyID) error {
	return postgres.InTx(ctx, s.users.db, func(tx *sqlx.Tx) error {
		err := tx.GetContext(ctx, &id, `
			UPDATE deputies SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL RETURNING id`,
			id, user, s.users.clock.Now().UTC())
		return postgres.Fault(err, "thing.deputy", "id", id)
	})
}

// Of returns the absences of the user that aren't over, and those of others in
// which the user stands in, the first first.
func (s *Deputies) Of(ctx context.Context, user UserID) ([]Deputy, error) {
	found := []Deputy{}
	err := s.users.db.SelectContext(ctx, &found, deputies+`
		WHERE (d.user_id = $1 OR d.deputy_id = $1) AND d.ended_at IS NULL AND d.ends_at > $2
		ORDER BY d.starts_at, d.id`, user, s.users.clock.Now())
	return found, postgres.Fault(err, "thing.user", "id", user)
}

// Candidates returns who could stand in for the user: the approvers of a label
// that the user approves for.
func (s *Deputies) Candidates(ctx context.Context, user UserID) ([]User, error) {
	var found []User
	err := s.users.db.SelectContext(ctx, &found, `
		SELECT `+userColumns+` FROM users u
		 WHERE u.id <> $1 AND u.disabled_at IS NULL
		   AND EXISTS (SELECT FROM user_roles mine JOIN user_roles theirs USING (label_id, role)
		                WHERE mine.user_id = $1 AND theirs.user_id = u.id AND role = 'approver')
		 ORDER BY u.name, u.id`, user)
	return found, postgres.Fault(err, "thing.users")
}

// Away returns who is away at a moment, by user.
func Away(ctx context.Context, q sqlx.QueryerContext, now time.Time) (map[UserID]Deputy, error) {
	var found []Deputy
	if err := sqlx.SelectContext(ctx, q, &found, deputies+` WHERE d.ended_at IS NULL AND d.starts_at <= $1 AND $1 < d.ends_at`,
		now.UTC()); err != nil {
		return nil, postgres.Fault(err, "thing.users")
	}
	away := make(map[UserID]Deputy, len(found))
	for _, d := range found {
		away[d.UserID] = d
	}
	return away, nil
}
