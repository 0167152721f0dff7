package labels

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/changes"
	"keur/internal/fault"
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

const routeColumns = `id, name, kind, sources, host, port, tls, verify, auth, username, ehlo_name,
	connections, messages_per_connection, per_minute, shaped, reports, tried_at, version, password_sealed`

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

// Create adds a route, or proposes it where that takes another admin.
func (s *Routes) Create(ctx context.Context, r Route) (Route, error) {
	r = r.tidy()
	return s.propose(ctx, func(*sqlx.Tx) (savedRoute, error) { return savedRoute{Route: r, Sealed: s.sealed(r)}, nil })
}

// Update locks a route, lets change alter it, and saves it, or proposes that
// where it takes another admin. Nothing is written if change returns an error.
func (s *Routes) Update(ctx context.Context, id RouteID, change func(*Route) error) (Route, error) {
	return s.propose(ctx, func(tx *sqlx.Tx) (savedRoute, error) {
		before, sealed, err := s.locked(ctx, tx, id)
		if err != nil {
			return savedRoute{}, err
		}
		to := savedRoute{Route: before, Sealed: sealed, Before: &before}
		if err := change(&to.Route); err != nil {
			return to, err
		}
		to.Route = to.tidy()
		to.ID, to.Version, to.Change = before.ID, before.Version, nil
		if to.Password != before.Password {
			to.Sealed = s.sealed(to.Route)
		}
		return to, nil
	})
}

// propose asks for the route that find comes to, and writes it where one may
// alone. How many connections it has decides nothing.
func (s *Routes) propose(ctx context.Context, find func(*sqlx.Tx) (savedRoute, error)) (r Route, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		to, err := find(tx)
		if err != nil {
			return err
		}
		if err := to.Validate(); err != nil {
			return err
		}
		if r = to.Route; to.onlyRates() {
			return saveRoute(ctx, tx, &r, to)
		}
		p, err := routeOf(ctx, tx, to)
		if err != nil {
			return err
		}
		asked, err := changes.Propose(ctx, tx, time.Time{}, p)
		if err != nil {
			return err
		}
		if !asked.Waits() {
			return saveRoute(ctx, tx, &r, to)
		}
		if to.Before != nil {
			r = *to.Before
		}
		r.Change = &asked
		return nil
	})
	return r, err
}

// Tried notes that the server of a route took a real mail, as the route is now.
func (s *Routes) Tried(ctx context.Context, r Route, at time.Time) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE smtp_routes SET tried_at = $3 WHERE id = $1 AND version = $2`, r.ID, r.Version, at)
		return postgres.Fault(err, "thing.route", "id", r.ID)
	})
}

// ChangeKinds are the changes of routes that another admin confirms.
func (s *Routes) ChangeKinds() []changes.Kind {
	return []changes.Kind{changes.KindOf(changeRoute, routeOf, s.apply)}
}

func routeOf(ctx context.Context, q sqlx.QueryerContext, to savedRoute) (changes.Proposal, error) {
	var now routeRow
	if to.Before != nil {
		if err := sqlx.GetContext(ctx, q, &now, `SELECT `+routeColumns+` FROM smtp_routes WHERE id = $1`, to.ID); err != nil {
			return changes.Proposal{}, postgres.Fault(err, "thing.route", "id", to.ID)
		}
	}
	return to.proposal(now), nil
}

// apply writes the route as proposed, unless it changed since.
func (s *Routes) apply(ctx context.Context, tx *sqlx.Tx, to savedRoute) error {
	if to.Before != nil {
		now, _, err := s.locked(ctx, tx, to.ID)
		if err != nil {
			return err
		}
		if now.Version != to.Before.Version {
			return fault.New(fault.Conflict, "changes.moved_on")
		}
	}
	r := to.Route
	return saveRoute(ctx, tx, &r, to)
}

func saveRoute(ctx context.Context, tx *sqlx.Tx, r *Route, to savedRoute) error {
	fields := []any{
		r.Name, r.Host, r.Port, r.TLS, r.Verify, r.Auth, r.Username, to.Sealed, r.EHLOName,
		r.Connections, r.MessagesPerConnection, r.PerMinute, r.Shaped, r.Kind, r.Sources, r.Reports,
	}
	if to.Before == nil {
		return postgres.Fault(tx.GetContext(ctx, r, `
			INSERT INTO smtp_routes (name, host, port, tls, verify, auth, username, password_sealed, ehlo_name,
			                         connections, messages_per_connection, per_minute, shaped, kind, sources, reports)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
			RETURNING id, version`, fields...), "thing.route_named", "name", r.Name)
	}
	return postgres.Fault(tx.GetContext(ctx, r, `
		UPDATE smtp_routes
		   SET name = $1, host = $2, port = $3, tls = $4, verify = $5, auth = $6, username = $7,
		       password_sealed = $8, ehlo_name = $9, connections = $10, messages_per_connection = $11,
		       per_minute = $12, shaped = $13, kind = $14, sources = $15, reports = $16, version = version + 1,
		       tried_at = CASE WHEN (host, port, tls, verify, auth, username, password_sealed, ehlo_name, kind, sources) IS NOT DISTINCT FROM
		                            ($2, $3, $4, $5, $6, $7, $8, $9, $14, $15) THEN tried_at END
		 WHERE id = $17
		RETURNING id, tried_at, version`, append(fields, to.ID)...), "thing.route_named", "name", r.Name)
}

// locked returns the route for a change, with its password open and sealed.
func (s *Routes) locked(ctx context.Context, tx *sqlx.Tx, id RouteID) (r Route, sealed []byte, err error) {
	if r, err = s.get(ctx, tx, `SELECT `+routeColumns+` FROM smtp_routes WHERE id = $1 FOR UPDATE`, id); err != nil {
		return r, nil, err
	}
	err = tx.GetContext(ctx, &sealed, `SELECT password_sealed FROM smtp_routes WHERE id = $1`, id)
	return r, sealed, postgres.Fault(err, "thing.route", "id", id)
}

func (s *Routes) sealed(r Route) []byte {
	if r.Password == "" {
		return nil
	}
	return s.box.Seal([]byte(r.Password))
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
