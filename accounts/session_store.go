package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

const (
	sessionLife = 14 * 24 * time.Hour // from signing in
	sessionIdle = 24 * time.Hour      // without a request

	// Of an account or from an address, at most so many tries in the window.
	triesWindow     = 15 * time.Minute
	triesPerAccount = 10
	triesPerAddress = 50
	triesKept       = time.Hour
)

// Session is a user's stay in a browser.
type Session struct {
	UserID    UserID    `db:"user_id"`
	CreatedAt time.Time `db:"created_at"`
	ExpiresAt time.Time `db:"expires_at"`
	UserAgent string    `db:"user_agent"`
}

// SignIn begins a session for the user with the address and password, and
// returns the token that names it. remote is the address of the browser.
// Returns a limited fault after too many tries of one account or from one
// address, whichever process they went to.
func (s *Store) SignIn(ctx context.Context, email, password, remote, userAgent string) (Session, string, error) {
	account, address := tryKey("account", strings.ToLower(email)), tryKey("address", remote)
	if err := s.countTry(ctx, account, address); err != nil {
		return Session{}, "", err
	}
	var row struct {
		ID   UserID `db:"id"`
		Hash string `db:"hash"` // empty: no such user, or no password
	}
	err := s.db.GetContext(ctx, &row, `
		SELECT id, coalesce(password_hash, '') AS hash FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL`, email)
	if err = postgres.Fault(err, "user"); err != nil && !fault.Is(err, fault.NotFound) {
		return Session{}, "", err
	}
	ok, err := s.hasher.matches(ctx, password, row.Hash)
	if err != nil {
		return Session{}, "", err
	}
	if !ok {
		return Session{}, "", fault.New(fault.Forbidden, "this address and password don't belong together")
	}
	return s.begin(ctx, row.ID, account, userAgent)
}

// countTry notes the try before the password is looked at, so that a hundred
// at once are counted like a hundred in a row.
func (s *Store) countTry(ctx context.Context, account, address string) error {
	now := s.clock.Now()
	var counted struct {
		Account int `db:"account"`
		Address int `db:"address"`
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// In one order for all, so that two tries can't lock each other out.
		if _, err := tx.ExecContext(ctx, `
			SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(ARRAY[$1, $2]::text[]) key`, account, address); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_attempts WHERE key IN ($1, $2) AND at < $3`,
			account, address, now.Add(-triesKept)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sign_in_attempts (key, at) VALUES ($1, $3), ($2, $3)`,
			account, address, now); err != nil {
			return err
		}
		return tx.GetContext(ctx, &counted, `
			SELECT count(*) FILTER (WHERE key = $1) AS account, count(*) FILTER (WHERE key = $2) AS address
			  FROM sign_in_attempts WHERE key IN ($1, $2) AND at > $3`, account, address, now.Add(-triesWindow))
	})
	if err != nil {
		return postgres.Fault(err, "sign-in")
	}
	if counted.Account > triesPerAccount || counted.Address > triesPerAddress {
		return fault.New(fault.Limited, "too many tries to sign in; wait %d minutes and try again", int(triesWindow.Minutes()))
	}
	return nil
}

func (s *Store) begin(ctx context.Context, user UserID, account, userAgent string) (Session, string, error) {
	now := s.clock.Now()
	token, hash := newSecret("")
	session := Session{UserID: user, CreatedAt: now, ExpiresAt: now.Add(sessionLife), UserAgent: clip(userAgent, 300)}
	err := postgres.InTx(postgres.WithActor(ctx, user.Actor()), s.db, func(tx *sqlx.Tx) error {
		// Who knows the password isn't guessing it.
		if _, err := tx.ExecContext(ctx, `DELETE FROM sign_in_attempts WHERE key = $1`, account); err != nil {
			return postgres.Fault(err, "sign-in")
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent)
			VALUES ($1, $2, $3, $3, $4, $5)`, hash, user, now, session.ExpiresAt, session.UserAgent)
		return postgres.Fault(err, "session")
	})
	return session, token, err
}

// BySession returns whose session the token names. Returns a forbidden fault
// if it has ended, or its user is disabled.
func (s *Store) BySession(ctx context.Context, token string) (User, error) {
	hash, now := hashOf(token), s.clock.Now()
	var row struct {
		User
		LastSeenAt time.Time `db:"last_seen_at"`
	}
	if err := s.db.GetContext(ctx, &row, `
		SELECT `+userColumns+`, s.last_seen_at
		  FROM sessions s JOIN users u ON u.id = s.user_id
		 WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.disabled_at IS NULL`,
		hash, now, now.Add(-sessionIdle)); err != nil {
		return User{}, notIn(err, "you are not signed in, or have been away too long")
	}
	if now.Sub(row.LastSeenAt) >= seenEvery {
		if _, err := s.db.ExecContext(ctx, `UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1`, hash, now); err != nil {
			return User{}, fmt.Errorf("note the use of a session: %w", err)
		}
	}
	found := []User{row.User}
	err := s.loadRoles(ctx, s.db, found)
	return found[0], err
}

// SignOut ends the session.
func (s *Store) SignOut(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = $1`, hashOf(token))
	return postgres.Fault(err, "session")
}

// Tidy forgets sessions that have ended and old tries to sign in.
func (s *Store) Tidy(ctx context.Context) error {
	now := s.clock.Now()
	if _, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < $1 OR last_seen_at < $2`,
		now, now.Add(-sessionIdle)); err != nil {
		return postgres.Fault(err, "sessions")
	}
	_, err := s.db.ExecContext(ctx, `DELETE FROM sign_in_attempts WHERE at < $1`, now.Add(-triesKept))
	return postgres.Fault(err, "sign-in attempts")
}

// tryKey hides whom the count is about: it needs no address in the clear.
func tryKey(kind, of string) string {
	sum := sha256.Sum256([]byte(of))
	return kind + ":" + hex.EncodeToString(sum[:])
}

func clip(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
}
