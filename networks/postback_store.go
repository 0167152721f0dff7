package networks

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// NewPostback gives a connection an address that its network may call, and
// returns the secret in it, of which only a hash is kept. The one before no
// longer holds.
func (s *Store) NewPostback(ctx context.Context, id ConnectionID) (secret string, err error) {
	secret = rand.Text()
	hash := sha256.Sum256([]byte(secret))
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var c Connection
		return postgres.Fault(tx.GetContext(ctx, &c, `
			UPDATE network_connections SET postback_hash = $2, version = version + 1 WHERE id = $1
			RETURNING `+columns, id, hash[:]), "thing.connection", "id", id)
	})
	return secret, err
}

// ByPostback returns the connection whose address has the secret.
func (s *Store) ByPostback(ctx context.Context, secret string) (Connection, error) {
	var id *ConnectionID
	if err := s.db.GetContext(ctx, &id, `SELECT secret_id('network_connections', $1)`, []byte(secret)); err != nil {
		return Connection{}, postgres.Fault(err, "thing.connections")
	}
	if id == nil {
		return Connection{}, fault.New(fault.NotFound, "tracking.nothing_here")
	}
	return s.Get(ctx, *id)
}
