package webhooks

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
)

// Store keeps endpoints, and the log of what was posted to them.
type Store struct {
	db     *sqlx.DB
	box    *seal.Box
	clock  clock.Clock
	inside bool
}

// NewStore returns the store in db. inside: endpoints may stand in our own
// network, and be called in plain text there.
func NewStore(db *sqlx.DB, box *seal.Box, clock clock.Clock, inside bool) *Store {
	return &Store{db: db, box: box, clock: clock, inside: inside}
}

// endpoint is one with what is sealed of it.
type endpoint struct {
	Endpoint
	Ref      uuid.UUID     `db:"ref"`
	Sealed   []byte        `db:"url_sealed"`
	Secret   []byte        `db:"secret_sealed"`
	Previous pq.ByteaArray `db:"previous_sealed"` // those that sign still, the oldest first
}

const endpointColumns = `e.id, e.ref, e.label_id, e.kind, e.name, e.host, e.url_sealed, e.types, e.active, e.secret_sealed,
	ARRAY(SELECT p.sealed FROM unnest(e.previous_sealed, e.previous_until) p(sealed, until) WHERE p.until > $1) AS previous_sealed,
	e.version, e.created_by, e.created_at, h.answered_at, h.failing_since, h.failures, h.problem, h.disabled_at, coalesce(h.reason, '') AS reason`

const endpointsFrom = ` FROM webhook_endpoints e JOIN webhook_health h ON h.endpoint_id = e.id WHERE e.removed_at IS NULL`

func (s *Store) open(e endpoint, what string, sealed []byte) ([]byte, error) {
	return s.box.Open(sealed, "webhook_endpoints", e.Ref.String(), what)
}

func (s *Store) close(e endpoint, what string, plain []byte) []byte {
	return s.box.Seal(plain, "webhook_endpoints", e.Ref.String(), what)
}

// address returns where the endpoint is.
func (s *Store) address(e endpoint) (string, error) {
	plain, err := s.open(e, "url", e.Sealed)
	return string(plain), err
}

// secrets returns what its messages are signed by, the newest first.
func (s *Store) secrets(e endpoint) ([][]byte, error) {
	var all [][]byte
	if e.Secret == nil {
		return nil, nil
	}
	for _, sealed := range append([][]byte{e.Secret}, e.Previous...) {
		plain, err := s.open(e, "secret", sealed)
		if err != nil {
			return nil, err
		}
		all = append(all, plain)
	}
	return all, nil
}

// seen returns the endpoint as people and programs see it.
func (s *Store) seen(e endpoint) (Endpoint, error) {
	if e.Kind.Chat() {
		return e.Endpoint, nil
	}
	var err error
	e.URL, err = s.address(e)
	return e.Endpoint, err
}

// Get returns an endpoint.
func (s *Store) Get(ctx context.Context, id EndpointID) (Endpoint, error) {
	e, err := s.get(ctx, s.db, id, "")
	if err != nil {
		return Endpoint{}, err
	}
	return s.seen(e)
}

func (s *Store) get(ctx context.Context, q sqlx.QueryerContext, id EndpointID, lock string) (endpoint, error) {
	var e endpoint
	err := sqlx.GetContext(ctx, q, &e, `SELECT `+endpointColumns+endpointsFrom+` AND e.id = $2`+lock, s.clock.Now(), id)
	return e, postgres.Fault(err, "thing.webhook", "id", id)
}

// List returns a page of the endpoints, by name; of a label: its own, and those of
// every label.
func (s *Store) List(ctx context.Context, label labels.ID, ask paging.Ask) (paging.Page[Endpoint], error) {
	id := paging.Number("e.id", func(e endpoint) EndpointID { return e.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[endpoint]{
		{Name: "name", Keys: []paging.Key[endpoint]{paging.Name("e.name", func(e endpoint) string { return e.Name }), id}},
		{Name: "oldest", Keys: []paging.Key[endpoint]{id}},
	}, ask, `SELECT `+endpointColumns+endpointsFrom+` AND ($2 = 0 OR e.label_id IS NULL OR e.label_id = $2)`, s.clock.Now(), label)
	if err != nil {
		return paging.Page[Endpoint]{}, postgres.Fault(err, "thing.webhooks")
	}
	page := paging.Page[Endpoint]{Next: found.Next, Items: make([]Endpoint, len(found.Items))}
	for i, e := range found.Items {
		if page.Items[i], err = s.seen(e); err != nil {
			return page, err
		}
	}
	return page, nil
}

// Disabled returns the endpoints that were switched off for how they answered, and
// wait for a person, without where they are.
func (s *Store) Disabled(ctx context.Context) ([]Endpoint, error) {
	var found []endpoint
	if err := s.db.SelectContext(ctx, &found, `SELECT `+endpointColumns+endpointsFrom+` AND h.disabled_at IS NOT NULL ORDER BY h.disabled_at`,
		s.clock.Now()); err != nil {
		return nil, postgres.Fault(err, "thing.webhooks")
	}
	off := make([]Endpoint, len(found))
	for i, e := range found {
		off[i] = e.Endpoint
	}
	return off, nil
}

// Create adds an endpoint, and returns the secret that its messages are signed by:
// it is told now and never again; "" of a chat.
func (s *Store) Create(ctx context.Context, e Endpoint) (made Endpoint, secret string, err error) {
	if err := e.validate(s.inside); err != nil {
		return Endpoint{}, "", err
	}
	of := endpoint{Endpoint: e, Ref: uuid.New()}
	of.Sealed = s.close(of, "url", []byte(e.URL))
	if e.Kind == Standard {
		plain := newSecret()
		secret, of.Secret = shown(plain), s.close(of, "secret", plain)
	}
	var id EndpointID
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &id, `
			INSERT INTO webhook_endpoints (ref, label_id, kind, name, host, url_sealed, types, active, secret_sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
			of.Ref, e.LabelID, e.Kind, e.Name, e.Host, of.Sealed, e.Types, e.Active, of.Secret); err != nil {
			return postgres.Fault(err, "thing.webhook_named", "name", e.Name)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO webhook_health (endpoint_id) VALUES ($1)`, id)
		return postgres.Fault(err, "thing.webhook_named", "name", e.Name)
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	made, err = s.Get(ctx, id)
	return made, secret, err
}

// Update locks an endpoint, lets change alter it, and saves it. Nothing is written
// if change returns an error. Label and kind stay. No URL leaves it as it was. One
// that is switched on begins anew: it isn't held against it how it answered.
func (s *Store) Update(ctx context.Context, id EndpointID, change func(*Endpoint) error) (Endpoint, error) {
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		e, err := s.get(ctx, tx, id, ` FOR UPDATE OF e`)
		if err != nil {
			return err
		}
		address, err := s.address(e)
		if err != nil {
			return err
		}
		before := e.Endpoint
		if !e.Kind.Chat() {
			e.URL = address
		}
		if err := change(&e.Endpoint); err != nil {
			return err
		}
		if e.URL == "" {
			e.URL = address
		}
		if e.Kind != before.Kind || (e.LabelID == nil) != (before.LabelID == nil) || e.LabelID != nil && *e.LabelID != *before.LabelID {
			return fault.New(fault.Invalid, "endpoints.identity_stays")
		}
		if err := e.validate(s.inside); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE webhook_endpoints SET name = $2, host = $3, url_sealed = $4, types = $5, active = $6, version = version + 1 WHERE id = $1`,
			id, e.Name, e.Host, s.close(e, "url", []byte(e.URL)), e.Types, e.Active)
		if err != nil || !e.Active || before.Active && e.URL == address {
			return postgres.Fault(err, "thing.webhook", "id", id)
		}
		return s.enable(ctx, tx, id)
	})
	if err != nil {
		return Endpoint{}, err
	}
	return s.Get(ctx, id)
}

// Enable switches an endpoint on that was switched off for how it answered. What
// waits for it is due.
func (s *Store) Enable(ctx context.Context, id EndpointID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := s.get(ctx, tx, id, ` FOR UPDATE OF e`); err != nil {
			return err
		}
		return s.enable(ctx, tx, id)
	})
}

func (s *Store) enable(ctx context.Context, tx *sqlx.Tx, id EndpointID) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE webhook_health SET disabled_at = NULL, reason = NULL, failing_since = NULL, failures = 0, problem = NULL WHERE endpoint_id = $1`, id)
	return postgres.Fault(err, "thing.webhook", "id", id)
}

// Remove ends an endpoint. What was posted to it stays in the log as long as
// anything does.
func (s *Store) Remove(ctx context.Context, id EndpointID) error {
	return s.write(ctx, id, `UPDATE webhook_endpoints SET removed_at = $2, active = false WHERE id = $1 AND removed_at IS NULL`, s.clock.Now())
}

// Rotate makes an endpoint another secret, and returns it: it is told now and never
// again. For a day messages are signed by the one before as well, also if another is
// made meanwhile. Returns a conflict if too many sign.
func (s *Store) Rotate(ctx context.Context, id EndpointID) (secret string, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		e, err := s.get(ctx, tx, id, ` FOR UPDATE OF e`)
		switch {
		case err != nil:
			return err
		case e.Kind != Standard:
			return fault.New(fault.Conflict, "endpoints.unsigned")
		case len(e.Previous) >= mostPrevious:
			return fault.New(fault.Conflict, "endpoints.rotated_often", "most", mostPrevious)
		}
		plain, now := newSecret(), s.clock.Now()
		secret = shown(plain)
		_, err = tx.ExecContext(ctx, `
			UPDATE webhook_endpoints
			   SET previous_sealed = $4::bytea[] || secret_sealed,
			       previous_until = ARRAY(SELECT u FROM unnest(previous_until) u WHERE u > $2) || $3::timestamptz,
			       secret_sealed = $5, version = version + 1
			 WHERE id = $1`, id, now, now.Add(rotation), e.Previous, s.close(e, "secret", plain))
		return postgres.Fault(err, "thing.webhook", "id", id)
	})
	return secret, err
}

// write runs a statement about one endpoint. Returns not found if there is none.
func (s *Store) write(ctx context.Context, id EndpointID, query string, args ...any) error {
	done, err := postgres.Exec(ctx, s.db, query, append([]any{id}, args...)...)
	if err == nil {
		if n, _ := done.RowsAffected(); n > 0 {
			return nil
		}
		return fault.New(fault.NotFound, "endpoints.missing", "id", id)
	}
	return postgres.Fault(err, "thing.webhook", "id", id)
}
