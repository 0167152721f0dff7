package shaping

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
)

type providerRow struct {
	OwnProvider
	MX pq.StringArray `db:"mx"`
}

// Own returns what admins said.
func (s *Store) Own(ctx context.Context) (Own, error) { return own(ctx, s.db) }

func own(ctx context.Context, q sqlx.QueryerContext) (Own, error) {
	var rows []providerRow
	var all Own
	err := sqlx.SelectContext(ctx, q, &rows, `
		SELECT name, mx, tls, connections, mx_connections, messages, per_minute, per_hour, changed_by, changed_at
		  FROM mail_providers ORDER BY name`)
	if err == nil {
		err = sqlx.SelectContext(ctx, q, &all.Rules, `
			SELECT provider, pattern, at_least, action, to_value, minutes, changed_by, changed_at
			  FROM mail_rules ORDER BY changed_at DESC, provider, pattern`)
	}
	for _, row := range rows {
		row.OwnProvider.MX = row.MX
		all.Providers = append(all.Providers, row.OwnProvider)
	}
	return all, postgres.Fault(err, "thing.mail_providers")
}

// Table returns what holds: what admins said, and besides what Keur comes with.
func (s *Store) Table(ctx context.Context) (*Table, error) {
	return effective(ctx, s.db, (*Table).Read)
}

func effective(ctx context.Context, q sqlx.QueryerContext, with func(*Table, Own) (*Table, error)) (*Table, error) {
	base, err := Defaults()
	if err != nil {
		return nil, err
	}
	all, err := own(ctx, q)
	if err != nil {
		return nil, err
	}
	return with(base, all)
}

// SetProvider has a provider bear what an admin says, in place of what was said
// before.
func (s *Store) SetProvider(ctx context.Context, p Provider) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM mail_providers WHERE name = $1`, p.Name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO mail_providers (name, mx, tls, connections, mx_connections, messages, per_minute, per_hour)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			p.Name, pq.Array(append([]string{}, p.MX...)), p.TLS, p.Connections, p.MXConnections, p.Messages, p.PerMinute, p.PerHour)
		return err
	})
}

// RestoreProvider takes back what an admin said of a provider.
func (s *Store) RestoreProvider(ctx context.Context, name string) error {
	return s.change(ctx, func(tx *sqlx.Tx) error {
		return one(tx.ExecContext(ctx, `DELETE FROM mail_providers WHERE name = $1`, name))
	})
}

// SetRule has a rule do what an admin says, in place of the one with that pattern.
func (s *Store) SetRule(ctx context.Context, r Rule) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(tx *sqlx.Tx) error { return setRule(ctx, tx, r) })
}

// AddRule adds a rule; there must be none with that pattern.
func (s *Store) AddRule(ctx context.Context, r Rule) error {
	if err := r.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(tx *sqlx.Tx) error {
		now, err := effective(ctx, tx, (*Table).Read)
		if err != nil {
			return err
		}
		if _, there := now.Rule(r.Provider, r.Pattern); there {
			return fault.New(fault.Invalid, "shaping.pattern_twice", "pattern", r.Pattern)
		}
		return setRule(ctx, tx, r)
	})
}

func setRule(ctx context.Context, tx *sqlx.Tx, r Rule) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM mail_rules WHERE provider = $1 AND pattern = $2`, r.Provider, r.Pattern); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO mail_rules (provider, pattern, at_least, action, to_value, minutes) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.Provider, r.Pattern, r.AtLeast, r.Do, r.To, r.Minutes)
	return err
}

// RestoreRule takes back what an admin said of a rule.
func (s *Store) RestoreRule(ctx context.Context, provider, pattern string) error {
	return s.change(ctx, func(tx *sqlx.Tx) error {
		return one(tx.ExecContext(ctx, `DELETE FROM mail_rules WHERE provider = $1 AND pattern = $2`, provider, pattern))
	})
}

// one reports that there was nothing to take back.
func one(done sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.NotFound, "shaping.no_own")
}

// change lets what admins said be altered, unless the table would do otherwise than
// it says then, and wakes all workers.
func (s *Store) change(ctx context.Context, alter func(*sqlx.Tx) error) error {
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('keur.shaping'))`); err != nil {
			return err
		}
		with := (*Table).With
		if _, err := effective(ctx, tx, with); err != nil {
			with = (*Table).Read // since an upgrade: it is mended step by step
		}
		if err := alter(tx); err != nil {
			return err
		}
		if _, err := effective(ctx, tx, with); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `SELECT pg_notify('keur', 'shaping')`)
		return err
	})
	return postgres.Fault(err, "thing.mail_providers")
}
