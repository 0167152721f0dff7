package accounts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// Sessions keeps the stays of users in browsers.
type Sessions struct {
	users *Store
}

// NewSessions returns the store of the users' sessions.
func NewSessions(users *Store) *Sessions { return &Sessions{users: users} }

const (
	sessionLife = 14 * 24 * time.Hour // from signing in
	sessionIdle = 24 * time.Hour      // without a request
)

// begin starts a session and returns the token that names it. The token is new
// whatever the browser held before, so that nobody can plant one.
func (s *Sessions) begin(ctx context.Context, tx *sqlx.Tx, user UserID, from Origin) (token string, expires time.Time, err error) {
	now := s.users.clock.Now()
	token, hash := newSecret("")
	expires = now.Add(sessionLife).Truncate(time.Microsecond)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, lapses_at, address, user_agent, mac)
		VALUES ($1, $2, $3, $3, $4, lapses($3, $4), $5, $6, $7)`, hash, user, now, expires, from.shortened(), clip(from.UserAgent, 300),
		s.users.key.Mint("sessions", int64(user), hash, expires))
	return token, expires, postgres.Fault(err, "thing.this_session")
}

// User returns whose session the token names. Returns a forbidden fault
// if it has ended, or its user is disabled.
func (s *Sessions) User(ctx context.Context, token string) (User, error) {
	now := s.users.clock.Now()
	var row struct {
		User
		SessionID  SessionID `db:"session_id"`
		LastSeenAt time.Time `db:"last_seen_at"`
	}
	if err := s.users.db.GetContext(ctx, &row, `
		SELECT `+userColumns+`, s.id AS session_id, s.last_seen_at
		  FROM sessions s JOIN users u ON u.id = s.user_id
		 WHERE s.id = secret_id('sessions', $1) AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.disabled_at IS NULL`,
		[]byte(token), now, now.Add(-sessionIdle)); err != nil {
		return User{}, notIn(err, SignedOut, "you are not signed in, or have been away too long")
	}
	if now.Sub(row.LastSeenAt) >= seenEvery {
		if _, err := postgres.Exec(s.users.key.Acting(ctx, letsIn), s.users.db, `UPDATE sessions SET last_seen_at = $2 WHERE id = $1`, row.SessionID, now); err != nil {
			return User{}, fmt.Errorf("note the use of a session: %w", err)
		}
	}
	found := []User{row.User}
	err := s.users.loadRoles(ctx, s.users.db, found)
	return found[0], err
}

// Of returns the user's sessions that still hold, the last used first.
// token names the one that asks.
func (s *Sessions) Of(ctx context.Context, user UserID, token string) ([]Session, error) {
	found, now := []Session{}, s.users.clock.Now()
	err := s.users.db.SelectContext(ctx, &found, `
		SELECT id, user_id, created_at, last_seen_at, expires_at, address, user_agent,
		       id IS NOT DISTINCT FROM secret_id('sessions', $2) AS current
		  FROM sessions WHERE user_id = $1 AND expires_at > $3 AND last_seen_at > $4
		 ORDER BY current DESC, last_seen_at DESC, id DESC`, user, []byte(token), now, now.Add(-sessionIdle))
	return found, postgres.Fault(err, "thing.sessions")
}

// End ends one session of the user.
func (s *Sessions) End(ctx context.Context, user UserID, id SessionID) error {
	done, err := postgres.Exec(ctx, s.users.db, `DELETE FROM sessions WHERE user_id = $1 AND id = $2`, user, id)
	if err != nil {
		return postgres.Fault(err, "thing.session", "id", id)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return fault.New(fault.NotFound, "accounts.session_gone", "id", id)
	}
	return nil
}

// EndOthers ends all sessions of the user but the one that token names,
// and returns how many.
func (s *Sessions) EndOthers(ctx context.Context, user UserID, token string) (int64, error) {
	done, err := postgres.Exec(ctx, s.users.db, `DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM secret_id('sessions', $2)`, user, []byte(token))
	if err != nil {
		return 0, postgres.Fault(err, "thing.sessions")
	}
	return done.RowsAffected()
}

// SignOut ends the session.
func (s *Sessions) SignOut(ctx context.Context, token string) error {
	_, err := postgres.Exec(s.users.key.Acting(ctx, letsIn), s.users.db, `DELETE FROM sessions WHERE id = secret_id('sessions', $1)`, []byte(token))
	return postgres.Fault(err, "thing.this_session")
}

// signOutAll ends everything by which the user is in, or half in: sessions but
// the one that token names, sign-ins that wait for a code, links to set a
// password. API tokens end by a trigger: see
// tokens_end.
func signOutAll(ctx context.Context, tx *sqlx.Tx, user UserID, but string) error {
	for _, sql := range []string{
		`DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM secret_id('sessions', $2)`,
		`DELETE FROM pending_sign_ins WHERE user_id = $1 AND id IS DISTINCT FROM secret_id('pending_sign_ins', $2)`,
		`DELETE FROM password_tokens WHERE user_id = $1 AND id IS DISTINCT FROM secret_id('password_tokens', $2)`,
	} {
		if _, err := tx.ExecContext(ctx, sql, user, []byte(but)); err != nil {
			return postgres.Fault(err, "thing.sessions_of_user", "user", user)
		}
	}
	return nil
}

// DeleteExpired forgets what has ended: sessions, half sign-ins, links, old tries.
func (s *Sessions) DeleteExpired(ctx context.Context) error {
	now := s.users.clock.Now()
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`DELETE FROM sessions WHERE expires_at < $1 OR last_seen_at < $2`, []any{now, now.Add(-sessionIdle)}},
		{`DELETE FROM pending_sign_ins WHERE expires_at < $1`, []any{now}},
		{`DELETE FROM password_tokens WHERE expires_at < $1`, []any{now}},
		{`DELETE FROM passkey_challenges WHERE made_at < $1`, []any{now.Add(-time.Hour)}},
		{`DELETE FROM known_addresses WHERE seen_at < $1`, []any{now.Add(-addressKept)}},
		{`SELECT forget_tries()`, nil},
	} {
		if _, err := postgres.Exec(ctx, s.users.db, step.sql, step.args...); err != nil {
			return postgres.Fault(err, "thing.old_sign_ins")
		}
	}
	return nil
}

func clip(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
}
