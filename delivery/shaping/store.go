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

const limitColumns = `provider, per_minute, since, until, pattern, said`

// Limits returns the limits that hold now, by provider.
func (s *Store) Limits(ctx context.Context) ([]Limit, error) {
	var all []Limit
	err := s.db.SelectContext(ctx, &all, `SELECT `+limitColumns+` FROM provider_limits ORDER BY provider`)
	found, now := []Limit{}, s.clock.Now()
	for _, l := range all {
		if rate, limited := l.At(now); limited {
			if !l.Until.After(now) {
				l.PerMinute = rate
			}
			found = append(found, l)
		}
	}
	return found, postgres.Fault(err, "thing.provider_limits")
}

// Note counts refusals of a provider that match a rule, and slows mail to it down
// when they are enough within an hour.
func (s *Store) Note(ctx context.Context, provider string, r *Rule, refusals int, said string) error {
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
		var before []Limit
		if err := tx.SelectContext(ctx, &before, `SELECT `+limitColumns+` FROM provider_limits WHERE provider = $1 FOR UPDATE`, provider); err != nil {
			return err
		}
		var held *Limit
		if len(before) > 0 {
			held = &before[0]
		}
		l := r.after(held, provider, said, now)
		_, err := tx.ExecContext(ctx, `
			INSERT INTO provider_limits (provider, per_minute, since, until, pattern, said) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (provider) DO UPDATE SET per_minute = $2, since = $3, until = $4, pattern = $5, said = $6`,
			l.Provider, l.PerMinute, l.Since, l.Until, l.Pattern, l.Said)
		return err
	})
	return postgres.Fault(err, "thing.provider_limits")
}

// window is how far ahead of its moment a mail of a limited provider may leave.
const window = 2 * time.Second

// Take takes up to n of the mails that may leave to a provider now, at so many a
// minute of all processes together, and returns how many. It goes by the
// database's clock.
func (s *Store) Take(ctx context.Context, provider string, perMinute, n int) (int, error) {
	if perMinute == 0 || n == 0 {
		return 0, nil
	}
	every := time.Minute.Seconds() / float64(perMinute)
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
