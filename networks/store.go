package networks

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps connections.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of connections in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const columns = `id, label_id, network, name, publisher_ref, links_barred, version, created_at`

// Get returns a connection.
func (s *Store) Get(ctx context.Context, id ConnectionID) (Connection, error) {
	var c Connection
	err := s.db.GetContext(ctx, &c, `SELECT `+columns+` FROM network_connections WHERE id = $1`, id)
	return c, postgres.Fault(err, "thing.connection", "id", id)
}

// List returns a page of a label's connections, by name.
func (s *Store) List(ctx context.Context, label labels.ID, ask paging.Ask) (paging.Page[Connection], error) {
	id := paging.Number("id", func(c Connection) ConnectionID { return c.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Connection]{
		{Name: "name", Keys: []paging.Key[Connection]{paging.Name("name", func(c Connection) string { return c.Name }), id}},
		{Name: "oldest", Keys: []paging.Key[Connection]{id}},
	}, ask, `SELECT `+columns+` FROM network_connections WHERE label_id = $1`, label)
	return found, postgres.Fault(err, "thing.connections")
}

// Barred returns the networks whose links no program of the label may follow.
func (s *Store) Barred(ctx context.Context, label labels.ID) (found []string, err error) {
	err = s.db.SelectContext(ctx, &found, `
		SELECT DISTINCT network FROM network_connections WHERE label_id = $1 AND links_barred ORDER BY network`, label)
	return found, postgres.Fault(err, "thing.connections")
}

// Create adds a connection.
func (s *Store) Create(ctx context.Context, c Connection) (Connection, error) {
	if err := c.Validate(); err != nil {
		return Connection{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return refused(tx.GetContext(ctx, &c, `
			INSERT INTO network_connections (label_id, network, name, publisher_ref, links_barred) VALUES ($1, $2, $3, $4, $5)
			RETURNING `+columns, c.LabelID, c.Network, c.Name, c.Publisher, c.Barred), c)
	})
	return c, err
}

// refused returns what kept a connection from being saved: its account is that
// of another, or something else.
func refused(err error, c Connection) error {
	if postgres.Breaks(err, "network_connections_account") {
		return fault.Wrap(err, fault.Conflict, "networks.account_taken")
	}
	return postgres.Fault(err, "thing.connection_named", "name", c.Name)
}

// Update locks a connection, lets change alter it, and saves it. Nothing is
// written if change returns an error. Label and network stay: money is booked
// on them.
func (s *Store) Update(ctx context.Context, id ConnectionID, change func(*Connection) error) (Connection, error) {
	var c Connection
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var old Connection
		if err := tx.GetContext(ctx, &old, `SELECT `+columns+` FROM network_connections WHERE id = $1 FOR UPDATE`, id); err != nil {
			return postgres.Fault(err, "thing.connection", "id", id)
		}
		c = old
		if err := change(&c); err != nil {
			return err
		}
		if c.LabelID != old.LabelID || c.Network != old.Network {
			return fault.New(fault.Invalid, "networks.identity_stays")
		}
		if err := c.Validate(); err != nil {
			return err
		}
		return refused(tx.GetContext(ctx, &c, `
			UPDATE network_connections SET name = $2, publisher_ref = $3, links_barred = $4, version = version + 1 WHERE id = $1
			RETURNING `+columns, id, c.Name, c.Publisher, c.Barred), c)
	})
	return c, err
}
