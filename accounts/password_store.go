package accounts

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// passwords keeps what passwords are held against, where the login of the
// database can't read it: the program asks with its key.
type passwords struct {
	db  *sqlx.DB
	key postgres.Key
}

// SetPassword changes the password and signs the user out everywhere, since
// somebody else may have known the old one. Half sign-ins and links to set a
// password end with it. API tokens end too: whoever held the old one may have made them. Only the
// owner acts, see users_guard.
func (s *Store) SetPassword(ctx context.Context, id UserID, password string) error {
	u, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, u, password)
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error { return s.passwords.save(ctx, tx, id, hash, "") })
}

// newPassword returns the hash of a password that is fit for the user.
func (s *Store) newPassword(ctx context.Context, u User, password string) (string, error) {
	if password == "" {
		return "", fault.At("password", "input.required")
	}
	return s.hashFor(ctx, u, password)
}

// savePassword keeps the hash and ends every way in but the session of token.
func (p passwords) save(ctx context.Context, tx *sqlx.Tx, id UserID, hash, token string) error {
	if err := p.keep(ctx, tx, id, hash); err != nil {
		return err
	}
	return signOutAll(ctx, tx, id, token)
}

func (p passwords) keep(ctx context.Context, tx *sqlx.Tx, id UserID, hash string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO passwords (user_id, hash, mac) VALUES ($1, $2, $3)
		ON CONFLICT (user_id) DO UPDATE SET hash = $2, mac = $3`, id, hash, p.key.Mint("passwords", int64(id), hash))
	return postgres.Fault(err, "thing.user", "id", id)
}

// hash returns what a password is held against; "" for who has none.
func (p passwords) hash(ctx context.Context, id UserID) (hash string, err error) {
	err = p.db.GetContext(ctx, &hash, `SELECT coalesce(password_hash($1, $2), '')`, id, p.key.Mint("password_hash", int64(id)))
	return hash, postgres.Fault(err, "thing.user", "id", id)
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
