package labels

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/internal/seal"
)

// Routes keeps SMTP routes, their passwords sealed.
type Routes struct {
	db  *sqlx.DB
	box *seal.Box
}

// NewRoutes returns the store of SMTP routes in db.
func NewRoutes(db *sqlx.DB, box *seal.Box) *Routes { return &Routes{db: db, box: box} }

const routeColumns = `id, name, host, port, tls, verify, auth, username, ehlo_name,
	connections, messages_per_connection, per_minute, version, password_sealed`

type routeRow struct {
	Route
	Sealed []byte `db:"password_sealed"`
}

// Get returns the route with its password opened.
func (s *Routes) Get(ctx context.Context, id RouteID) (Route, error) {
	return s.get(ctx, s.db, `SELECT `+routeColumns+` FROM smtp_routes WHERE id = $1`, id)
}

// List returns all routes by name, without passwords.
func (s *Routes) List(ctx context.Context) ([]Route, error) {
	var rows []routeRow
	err := s.db.SelectContext(ctx, &rows, `SELECT `+routeColumns+` FROM smtp_routes ORDER BY name`)
	found := make([]Route, len(rows))
	for i := range rows {
		found[i] = rows[i].Route
	}
	return found, postgres.Fault(err, "thing.routes")
}

// Create adds a route.
func (s *Routes) Create(ctx context.Context, r Route) (Route, error) {
	if err := r.Validate(); err != nil {
		return Route{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &r, `
			INSERT INTO smtp_routes (name, host, port, tls, verify, auth, username, password_sealed, ehlo_name,
			                         connections, messages_per_connection, per_minute)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			RETURNING id, version`, s.fields(r)...), "thing.route_named", "name", r.Name)
	})
	return r, err
}

// Update locks a route, lets change alter it, and saves it.
// Nothing is written if change returns an error.
func (s *Routes) Update(ctx context.Context, id RouteID, change func(*Route) error) (Route, error) {
	var r Route
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if r, err = s.get(ctx, tx, `SELECT `+routeColumns+` FROM smtp_routes WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		if err := change(&r); err != nil {
			return err
		}
		if err := r.Validate(); err != nil {
			return err
		}
		return postgres.Fault(tx.GetContext(ctx, &r, `
			UPDATE smtp_routes
			   SET name = $1, host = $2, port = $3, tls = $4, verify = $5, auth = $6, username = $7,
			       password_sealed = $8, ehlo_name = $9, connections = $10, messages_per_connection = $11,
			       per_minute = $12, version = version + 1
			 WHERE id = $13
			RETURNING id, version`, append(s.fields(r), id)...), "thing.route_named", "name", r.Name)
	})
	return r, err
}

func (s *Routes) get(ctx context.Context, q sqlx.QueryerContext, query string, id RouteID) (Route, error) {
	var row routeRow
	if err := sqlx.GetContext(ctx, q, &row, query, id); err != nil {
		return Route{}, postgres.Fault(err, "thing.route", "id", id)
	}
	if row.Sealed != nil {
		password, err := s.box.Open(row.Sealed)
		if err != nil {
			return Route{}, err
		}
		row.Password = string(password)
	}
	return row.Route, nil
}

// fields returns what a person edits, in the order of the statements above.
func (s *Routes) fields(r Route) []any {
	var sealed []byte
	if r.Password != "" {
		sealed = s.box.Seal([]byte(r.Password))
	}
	return []any{
		r.Name, r.Host, r.Port, r.TLS, r.Verify, r.Auth, r.Username, sealed, r.EHLOName,
		r.Connections, r.MessagesPerConnection, r.PerMinute,
	}
}
