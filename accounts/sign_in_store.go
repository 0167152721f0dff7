package accounts

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/internal/postgres"
)

// SignInMethods are those by which a user signs in, for admins.
type SignInMethods struct {
	UserID       UserID         `db:"user_id" json:"user_id"`
	Password     bool           `db:"password" json:"password"`
	Code         bool           `db:"code" json:"code" doc:"Asked for beside the password"`
	Providers    pq.StringArray `db:"providers" json:"providers" doc:"That know the user"`
	Sessions     int            `db:"sessions" json:"sessions"`
	Tokens       int            `db:"tokens" json:"tokens" doc:"Of the API, that still hold"`
	LastSeenAt   *time.Time     `db:"last_seen_at" json:"last_seen_at,omitempty" doc:"In a session or by a token, exact to the minute"`
	InvitedUntil *time.Time     `db:"invited_until" json:"invited_until,omitempty" doc:"While a link to set a password is under way"`
}

// SignInMethods returns by which methods each of the users signs in.
func (s *Store) SignInMethods(ctx context.Context, ids ...UserID) (map[UserID]SignInMethods, error) {
	var rows []SignInMethods
	now := s.clock.Now()
	if err := s.db.SelectContext(ctx, &rows, `
		SELECT u.id AS user_id, EXISTS (SELECT FROM passwords p WHERE p.user_id = u.id) AS password,
		       EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS code,
		       ARRAY(SELECT p.name FROM identities i JOIN identity_providers p ON p.id = i.provider_id
		              WHERE i.user_id = u.id AND p.active ORDER BY p.name) AS providers,
		       s.n AS sessions, t.n AS tokens, greatest(s.seen, t.seen) AS last_seen_at,
		       (SELECT max(expires_at) FROM password_tokens p WHERE p.user_id = u.id AND p.expires_at > $2) AS invited_until
		  FROM users u,
		       LATERAL (SELECT count(*) FILTER (WHERE expires_at > $2 AND last_seen_at > $3) AS n, max(last_seen_at) AS seen
		                  FROM sessions WHERE user_id = u.id) s,
		       LATERAL (SELECT count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > $2) AS n, max(last_used_at) AS seen
		                  FROM api_tokens WHERE user_id = u.id) t
		 WHERE u.id = ANY($1)`, pq.Array(ids), now, now.Add(-sessionIdle)); err != nil {
		return nil, postgres.Fault(err, "thing.users")
	}
	found := make(map[UserID]SignInMethods, len(rows))
	for _, w := range rows {
		found[w.UserID] = w
	}
	return found, nil
}
