package accounts

import (
	"context"
	"net/http"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
)

// Providers keeps the providers by which people may sign in, and lets them in.
type Providers struct {
	gate   *Gate
	db     *sqlx.DB
	box    *seal.Box
	client *http.Client
}

// NewProviders returns the providers; their secrets are sealed in box, and
// client asks them.
func NewProviders(gate *Gate, box *seal.Box, client *http.Client) *Providers {
	return &Providers{gate: gate, db: gate.users.db, box: box, client: client}
}

// providerRow is a provider as the table holds it.
type providerRow struct {
	ID        ProviderID     `db:"id"`
	Name      string         `db:"name"`
	Issuer    string         `db:"issuer"`
	ClientID  string         `db:"client_id"`
	Sealed    []byte         `db:"client_secret_sealed"`
	Domains   pq.StringArray `db:"domains"`
	Newcomers pq.Int64Array  `db:"newcomers"`
	Active    bool           `db:"active"`
}

func (r providerRow) provider() Provider {
	p := Provider{ID: r.ID, Name: r.Name, Issuer: r.Issuer, ClientID: r.ClientID, Domains: r.Domains, Newcomers: []labels.ID{},
		Active: r.Active}
	for _, id := range r.Newcomers {
		p.Newcomers = append(p.Newcomers, labels.ID(id))
	}
	return p
}

const providerColumns = `p.id, p.name, p.issuer, p.client_id, p.client_secret_sealed, p.domains, p.active,
	ARRAY(SELECT label_id FROM identity_provider_labels l WHERE l.provider_id = p.id ORDER BY label_id) AS newcomers`

// List returns all providers, by name.
func (s *Providers) List(ctx context.Context) ([]Provider, error) {
	var rows []providerRow
	if err := s.db.SelectContext(ctx, &rows, `SELECT `+providerColumns+` FROM identity_providers p ORDER BY p.name`); err != nil {
		return nil, postgres.Fault(err, "thing.providers")
	}
	found := make([]Provider, len(rows))
	for i, r := range rows {
		found[i] = r.provider()
	}
	return found, nil
}

// Active returns the providers that the sign-in page offers.
func (s *Providers) Active(ctx context.Context) ([]Provider, error) {
	all, err := s.List(ctx)
	return slices.DeleteFunc(all, func(p Provider) bool { return !p.Active }), err
}

// Get returns a provider.
func (s *Providers) Get(ctx context.Context, id ProviderID) (Provider, error) {
	r, err := s.row(ctx, s.db, id, "")
	return r.provider(), err
}

// Create adds a provider with the secret that it gave for Keur.
func (s *Providers) Create(ctx context.Context, p Provider, secret string) (Provider, error) {
	if err := p.Validate(); err != nil {
		return Provider{}, err
	}
	if secret == "" {
		return Provider{}, fault.At("client_secret", "accounts.provider_secret")
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &p.ID, `
			INSERT INTO identity_providers (name, issuer, client_id, client_secret_sealed, domains, active)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			p.Name, p.Issuer, p.ClientID, s.box.Seal([]byte(secret)), pq.Array(p.Domains), p.Active); err != nil {
			return postgres.Fault(err, "thing.provider_named")
		}
		return saveNewcomers(ctx, tx, p)
	})
	return p, err
}

// Update locks a provider, lets change alter it, and saves it. Nothing is
// written if change returns an error. Another issuer means other people, so the
// links to ours are cut and made anew by verified address.
func (s *Providers) Update(ctx context.Context, id ProviderID, change func(*Provider) error) (Provider, error) {
	var p Provider
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		r, err := s.row(ctx, tx, id, `FOR UPDATE`)
		if err != nil {
			return err
		}
		p = r.provider()
		if err := change(&p); err != nil {
			return err
		}
		p.ID = id
		if err := p.Validate(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			UPDATE identity_providers SET name = $2, issuer = $3, client_id = $4, domains = $5, active = $6 WHERE id = $1`,
			id, p.Name, p.Issuer, p.ClientID, pq.Array(p.Domains), p.Active); err != nil {
			return postgres.Fault(err, "thing.provider_named")
		}
		if p.Issuer != r.Issuer {
			if _, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE provider_id = $1`, id); err != nil {
				return postgres.Fault(err, "thing.provider", "id", id)
			}
		}
		return saveNewcomers(ctx, tx, p)
	})
	return p, err
}

// SetSecret replaces the secret of a provider.
func (s *Providers) SetSecret(ctx context.Context, id ProviderID, secret string) error {
	if secret == "" {
		return fault.At("client_secret", "accounts.provider_secret")
	}
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var changed ProviderID
		return postgres.Fault(tx.GetContext(ctx, &changed, `
			UPDATE identity_providers SET client_secret_sealed = $2 WHERE id = $1 RETURNING id`, id, s.box.Seal([]byte(secret))), "thing.provider", "id", id)
	})
}

// Unlink forgets whom providers took the user for; the next sign-in finds them
// by verified address again.
func (s *Providers) Unlink(ctx context.Context, user UserID) error {
	return postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE user_id = $1`, user)
		return postgres.Fault(err, "thing.user", "id", user)
	})
}

func (s *Providers) row(ctx context.Context, q sqlx.QueryerContext, id ProviderID, lock string) (providerRow, error) {
	var r providerRow
	err := sqlx.GetContext(ctx, q, &r, `SELECT `+providerColumns+` FROM identity_providers p WHERE p.id = $1 `+lock, id)
	return r, postgres.Fault(err, "thing.provider", "id", id)
}

// saveNewcomers makes what newcomers may view equal to p's.
func saveNewcomers(ctx context.Context, tx *sqlx.Tx, p Provider) error {
	ids := make([]int64, len(p.Newcomers))
	for i, id := range p.Newcomers {
		ids[i] = int64(id)
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM identity_provider_labels WHERE provider_id = $1 AND label_id <> ALL($2::int[])`, p.ID, pq.Array(ids)); err != nil {
		return postgres.Fault(err, "thing.newcomers")
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO identity_provider_labels (provider_id, label_id) SELECT $1, unnest($2::int[]) ON CONFLICT DO NOTHING`, p.ID, pq.Array(ids))
	return postgres.Fault(err, "thing.newcomers")
}
