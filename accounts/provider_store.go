package accounts

import (
	"context"
	"net/http"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/changes"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/labels"
)

// Providers keeps the providers by which people may sign in, and lets them in.
type Providers struct {
	signIns *SignIns
	db      *sqlx.DB
	box     *seal.Box
	client  *http.Client
}

// NewProviders returns the providers; their secrets are sealed in box, and
// client asks them.
func NewProviders(signIns *SignIns, box *seal.Box, client *http.Client) *Providers {
	return &Providers{signIns: signIns, db: signIns.users.db, box: box, client: client}
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

// Create adds a provider with the secret that it gave for Keur, or proposes it
// where that takes another admin.
func (s *Providers) Create(ctx context.Context, p Provider, secret string) (Provider, error) {
	if secret == "" {
		return Provider{}, fault.At("client_secret", "accounts.provider_secret")
	}
	return s.propose(ctx, func(*sqlx.Tx) (savedProvider, error) {
		return savedProvider{Provider: p, Sealed: s.box.Seal([]byte(secret))}, nil
	})
}

// Update locks a provider, lets change alter it, and saves it; a secret that
// isn't empty replaces the one before. Nothing is written if change returns an
// error, and where it takes another admin, all but switching it off waits.
// Another issuer means other people, so the links to ours are cut and made anew
// by verified address.
func (s *Providers) Update(ctx context.Context, id ProviderID, secret string, change func(*Provider) error) (Provider, error) {
	return s.propose(ctx, func(tx *sqlx.Tx) (savedProvider, error) {
		r, err := s.row(ctx, tx, id, `FOR UPDATE`)
		if err != nil {
			return savedProvider{}, err
		}
		to := savedProvider{Provider: r.provider(), Sealed: r.Sealed, Before: new(r.provider())}
		if secret != "" {
			to.Sealed = s.box.Seal([]byte(secret))
		}
		err = change(&to.Provider)
		to.ID = id
		return to, err
	})
}

// propose asks for what find comes to, and writes it where one may alone.
func (s *Providers) propose(ctx context.Context, find func(*sqlx.Tx) (savedProvider, error)) (Provider, error) {
	var p Provider
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		to, err := find(tx)
		if err != nil {
			return err
		}
		if err := to.Validate(); err != nil {
			return err
		}
		if to.onlyOff() {
			p = to.Provider
			return s.save(ctx, tx, &p, to)
		}
		asked, err := providerOf(ctx, tx, to)
		if err != nil {
			return err
		}
		r, err := changes.Propose(ctx, tx, s.signIns.users.clock.Now(), asked)
		if err != nil {
			return err
		}
		if p = to.Provider; r.Waits() {
			if to.Before != nil {
				p = *to.Before
			}
			p.Change = &r
			return nil
		}
		return s.save(ctx, tx, &p, to)
	})
	return p, err
}

// save writes a provider, and the number of a new one into p.
func (s *Providers) save(ctx context.Context, tx *sqlx.Tx, p *Provider, to savedProvider) error {
	if to.Before == nil {
		if err := tx.GetContext(ctx, &p.ID, `
			INSERT INTO identity_providers (name, issuer, client_id, client_secret_sealed, domains, active)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, p.Name, p.Issuer, p.ClientID, to.Sealed, pq.Array(p.Domains), p.Active); err != nil {
			return postgres.Fault(err, "thing.provider_named")
		}
		return saveNewcomers(ctx, tx, *p)
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE identity_providers SET name = $2, issuer = $3, client_id = $4, domains = $5, active = $6, client_secret_sealed = $7 WHERE id = $1`,
		p.ID, p.Name, p.Issuer, p.ClientID, pq.Array(p.Domains), p.Active, to.Sealed); err != nil {
		return postgres.Fault(err, "thing.provider_named")
	}
	if p.Issuer != to.Before.Issuer {
		if _, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE provider_id = $1`, p.ID); err != nil {
			return postgres.Fault(err, "thing.provider", "id", p.ID)
		}
	}
	return saveNewcomers(ctx, tx, *p)
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
		INSERT INTO identity_provider_labels (provider_id, label_id) SELECT $1::bigint, unnest($2::int[])
		EXCEPT SELECT provider_id, label_id FROM identity_provider_labels`, p.ID, pq.Array(ids))
	return postgres.Fault(err, "thing.newcomers")
}
