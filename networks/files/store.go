package files

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/networks"
)

// Store keeps a mapping for each connection whose network writes files.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of mappings in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// Get returns a connection's mapping. Returns a not-found fault if it has none.
func (s *Store) Get(ctx context.Context, id networks.ConnectionID) (Mapping, error) {
	var text []byte
	if err := s.db.GetContext(ctx, &text, `SELECT mapping FROM network_mappings WHERE connection_id = $1`, id); err != nil {
		return Mapping{}, postgres.Fault(err, "thing.mapping", "id", id)
	}
	var m Mapping
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("mapping of connection %d: %w", id, err)
	}
	return m, nil
}

// Save keeps a mapping in place of the one before.
func (s *Store) Save(ctx context.Context, id networks.ConnectionID, m Mapping) error {
	if err := m.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("mapping of connection %d: %w", id, err)
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO network_mappings (connection_id, mapping) VALUES ($1, $2)
			ON CONFLICT (connection_id) DO UPDATE SET mapping = excluded.mapping`, id, string(text))
		return postgres.Fault(err, "thing.connection", "id", id)
	})
}
