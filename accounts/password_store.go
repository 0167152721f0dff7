package accounts

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// SetPassword changes the password and signs the user out everywhere, since
// somebody else may have known the old one. Half sign-ins and links to set a
// password end with it. API tokens stay: they never were the password, each is
// listed with its last use and revoked alone (Tokens.RevokeAll takes them all), and
// a nightly import that stops teaches people to keep their old password.
func (s *Store) SetPassword(ctx context.Context, id UserID, password string) error {
	u, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, u, password)
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return savePassword(ctx, tx, id, hash, "") })
}

// newPassword returns the hash of a password that is fit for the user.
func (s *Store) newPassword(ctx context.Context, u User, password string) (string, error) {
	if password == "" {
		return "", fault.At("password", "input.required")
	}
	return s.hashFor(ctx, u, password)
}

// savePassword keeps the hash and ends every way in but the session of token.
func savePassword(ctx context.Context, tx *sqlx.Tx, id UserID, hash, token string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, id, hash); err != nil {
		return postgres.Fault(err, "thing.user", "id", id)
	}
	return signOutAll(ctx, tx, id, token)
}

// hashFor returns the hash of a password that is fit for the user, "" for none.
func (s *Store) hashFor(ctx context.Context, u User, password string) (string, error) {
	if password == "" {
		return "", nil
	}
	if err := checkPassword(u, password); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}
