package accounts

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// tokenPrefix makes a token that leaked into a repository or a log findable.
const tokenPrefix = "keur_"

// seenEvery is how exactly a token's or session's last use is known; a write
// for each request would cost more than the request.
const seenEvery = time.Minute

// TokenID names an API token.
type TokenID int64

// APIToken lets a program act as its user, within its scopes and until its end.
type APIToken struct {
	ID         TokenID    `db:"id" json:"id"`
	UserID     UserID     `db:"user_id" json:"user_id"`
	Name       string     `db:"name" json:"name"`
	Scopes     Scopes     `db:"scopes" json:"scopes" enum:"read,plan,send-test,approve,admin"`
	CreatedAt  time.Time  `db:"created_at" json:"created_at"`
	LastUsedAt *time.Time `db:"last_used_at" json:"last_used_at,omitempty" doc:"Exact to the minute"`
	ExpiresAt  time.Time  `db:"expires_at" json:"expires_at"`
	RevokedAt  *time.Time `db:"revoked_at" json:"revoked_at,omitempty"`
}

const tokenColumns = `id, user_id, name, scopes, created_at, last_used_at, expires_at, revoked_at`

// Tokens keeps the users' API tokens.
type Tokens struct {
	users *Store
}

// NewTokens returns the store of the users' API tokens.
func NewTokens(users *Store) *Tokens { return &Tokens{users: users} }

// Create makes a token for the user. Its text is returned this once; only
// a hash is kept. Returns a forbidden fault if it may approve and another than
// its owner makes it.
func (s *Tokens) Create(ctx context.Context, user UserID, g Grant) (string, APIToken, error) {
	if err := g.complete(s.users.clock.Now()); err != nil {
		return "", APIToken{}, err
	}
	if g.Scopes.Has(ScopeApprove) && postgres.Actor(ctx) != user.Actor() {
		return "", APIToken{}, fault.New(fault.Forbidden, "accounts.token_approves")
	}
	plain, hash := newSecret(tokenPrefix)
	var t APIToken
	err := postgres.InTx(ctx, s.users.db, func(tx *sqlx.Tx) error {
		if err := DemandProof(ctx, tx, false, Action{}); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &t, `
			INSERT INTO api_tokens (user_id, name, scopes, token_hash, created_at, expires_at, lapses_at, mac)
			VALUES ($1, $2, $3, $4, $5, $6, lapses($5, $6), $7)
			RETURNING `+tokenColumns, user, g.Name, g.Scopes, hash, s.users.clock.Now(), g.ExpiresAt,
			s.users.key.Mint("api_tokens", int64(user), hash, g.Scopes, g.ExpiresAt)), "thing.token_of_user", "user", user)
	})
	return plain, t, err
}

// Of returns the user's tokens, the newest first.
func (s *Tokens) Of(ctx context.Context, user UserID) ([]APIToken, error) {
	found := []APIToken{}
	err := s.users.db.SelectContext(ctx, &found, `
		SELECT `+tokenColumns+` FROM api_tokens WHERE user_id = $1 ORDER BY id DESC`, user)
	return found, postgres.Fault(err, "thing.tokens")
}

// Revoke ends a token of the user at once.
func (s *Tokens) Revoke(ctx context.Context, user UserID, id TokenID) error {
	return postgres.InTx(ctx, s.users.db, func(tx *sqlx.Tx) error {
		var revoked TokenID
		return postgres.Fault(tx.GetContext(ctx, &revoked, `
			UPDATE api_tokens SET revoked_at = coalesce(revoked_at, $3)
			 WHERE id = $1 AND user_id = $2
			RETURNING id`, id, user, s.users.clock.Now()), "thing.token", "id", id)
	})
}

// RevokeAll ends all tokens of the user at once, and returns how many.
func (s *Tokens) RevokeAll(ctx context.Context, user UserID) (n int64, err error) {
	err = postgres.InTx(ctx, s.users.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE api_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL`, user, s.users.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.tokens")
		}
		n, err = done.RowsAffected()
		return err
	})
	return n, err
}

// User returns whose token it is, and what it may do. Returns a forbidden fault
// if it is unknown, expired or revoked, or its user disabled.
func (s *Tokens) User(ctx context.Context, plain string) (User, Scopes, error) {
	now := s.users.clock.Now()
	var row struct {
		User
		TokenID    TokenID    `db:"token_id"`
		Scopes     Scopes     `db:"scopes"`
		LastUsedAt *time.Time `db:"last_used_at"`
	}
	if err := s.users.db.GetContext(ctx, &row, `
		SELECT `+userColumns+`, t.id AS token_id, t.scopes, t.last_used_at
		  FROM api_tokens t JOIN users u ON u.id = t.user_id
		 WHERE t.id = secret_id('api_tokens', $1) AND t.revoked_at IS NULL AND t.expires_at > $2
		   AND u.disabled_at IS NULL`, []byte(plain), now); err != nil {
		return User{}, nil, notIn(err, BadToken, "accounts.token_invalid")
	}
	if row.LastUsedAt == nil || now.Sub(*row.LastUsedAt) >= seenEvery {
		// Of many requests at once, one writes; the others find it written.
		if _, err := postgres.Exec(s.users.key.Acting(ctx, letsIn), s.users.db, `
			UPDATE api_tokens SET last_used_at = $2
			 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)`, row.TokenID, now, now.Add(-seenEvery)); err != nil {
			return User{}, nil, fmt.Errorf("note the use of a token: %w", err)
		}
	}
	found := []User{row.User}
	err := s.users.loadRoles(ctx, s.users.db, found)
	return found[0], row.Scopes, err
}

// notIn turns a row that isn't there into a refusal.
func notIn(err error, why Refusal, key string) error {
	if err = postgres.Fault(err, "thing.sign_in"); fault.Is(err, fault.NotFound) {
		return refuse(why, key)
	}
	return err
}
