package shaping

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
)

// Store keeps limits, which all processes share.
type Store struct {
	db    *sqlx.DB
	clock clock.Clock
}

// NewStore returns the store of limits in db.
func NewStore(db *sqlx.DB, clock clock.Clock) *Store { return &Store{db, clock} }

const limitColumns = `provider, kind, value, since, until, pattern, said`

// notLifted is true of limits that nobody lifted since.
const notLifted = `NOT EXISTS (SELECT FROM provider_orders o WHERE o.provider = l.provider AND NOT o.stopped AND o.at >= l.since)`

// Limits returns the limits that hold now, by provider.
func (s *Store) Limits(ctx context.Context) ([]Limit, error) {
	var all []Limit
	err := s.db.SelectContext(ctx, &all, `SELECT `+limitColumns+` FROM provider_limits l WHERE `+notLifted+` ORDER BY provider, kind`)
	found, now := []Limit{}, s.clock.Now()
	for _, l := range all {
		if value, limited := l.At(now); limited {
			if !l.Until.After(now) {
				l.Value = value
			}
			found = append(found, l)
		}
	}
	return found, postgres.Fault(err, "thing.provider_limits")
}

// Note counts refusals of a provider that match a rule, and slows mail to it down
// from what it bears when they are enough within an hour.
func (s *Store) Note(ctx context.Context, provider string, r *Rule, refusals int, said string, bears Bears) error {
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		now := s.clock.Now()
		var hits int
		if err := tx.GetContext(ctx, &hits, `
			INSERT INTO provider_refusals AS p (provider, pattern, since, hits) VALUES ($1, $2, $3, $4)
			ON CONFLICT (provider, pattern) DO UPDATE
			   SET hits = CASE WHEN p.since < $5 THEN 0 ELSE p.hits END + $4, since = CASE WHEN p.since < $5 THEN $3 ELSE p.since END
			RETURNING hits`, provider, r.Pattern, now, refusals, now.Add(-time.Hour)); err != nil || hits < r.AtLeast {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE provider_refusals SET hits = 0 WHERE provider = $1 AND pattern = $2`, provider, r.Pattern); err != nil {
			return err
		}
		// The row above is locked only among those of one rule.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('keur.provider_limits'), hashtext($1))`, provider); err != nil {
			return err
		}
		var rows []Limit
		if err := tx.SelectContext(ctx, &rows, `SELECT `+limitColumns+` FROM provider_limits l WHERE provider = $1 AND `+notLifted, provider); err != nil {
			return err
		}
		before := limits{}
		for _, l := range rows {
			before[l.Kind] = l
		}
		for _, l := range r.after(before, provider, said, bears, now) {
			if _, err := tx.NamedExecContext(ctx, `
				INSERT INTO provider_limits (`+limitColumns+`) VALUES (:provider, :kind, :value, :since, :until, :pattern, :said)
				ON CONFLICT (provider, kind) DO UPDATE
				   SET value = :value, since = :since, until = :until, pattern = :pattern, said = :said`, l); err != nil {
				return err
			}
		}
		return nil
	})
	return postgres.Fault(err, "thing.provider_limits")
}

// window is how far ahead of its moment a mail of a limited provider may leave.
const window = 2 * time.Second

// Take takes up to n of the mails that may leave to a provider now, one of all
// processes together in every so much time, and returns how many. It goes by the
// database's clock.
func (s *Store) Take(ctx context.Context, provider string, pause time.Duration, n int) (int, error) {
	if n == 0 {
		return 0, nil
	}
	every := pause.Seconds()
	var taken int
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		key := "provider:" + provider
		if _, err := tx.ExecContext(ctx, `INSERT INTO delivery_paces (key, next_at) VALUES ($1, now()) ON CONFLICT DO NOTHING`, key); err != nil {
			return err
		}
		var lag float64 // clock_timestamp, since the lock may have been waited for
		if err := tx.GetContext(ctx, &lag, `
			SELECT greatest(0, extract(epoch FROM next_at - clock_timestamp())) FROM delivery_paces WHERE key = $1 FOR UPDATE`, key); err != nil {
			return err
		}
		taken = 0
		for taken < n && lag+float64(taken)*every < window.Seconds() {
			taken++
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE delivery_paces SET next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => $2) WHERE key = $1`,
			key, float64(taken)*every)
		return err
	})
	return taken, postgres.Fault(err, "thing.provider_limits")
}
