package shaping

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Count adds what providers took and refused to their counts of a time.
func (s *Store) Count(ctx context.Context, at time.Time, sums map[string]tally) error {
	var names []string
	var sent, deferred, refused []int
	for name, t := range sums {
		names, sent, deferred, refused = append(names, name), append(sent, t.Sent), append(deferred, t.Deferred), append(refused, t.Refused)
	}
	_, err := postgres.Exec(ctx, s.db, `
		INSERT INTO provider_counts AS c (provider, at, sent, deferred, refused)
		SELECT p, $1, n, d, r FROM unnest($2::text[], $3::int[], $4::int[], $5::int[]) u(p, n, d, r) ORDER BY p
		    ON CONFLICT (provider, at) DO UPDATE
		   SET sent = c.sent + excluded.sent, deferred = c.deferred + excluded.deferred, refused = c.refused + excluded.refused`,
		at, pq.Array(names), pq.Array(sent), pq.Array(deferred), pq.Array(refused))
	return postgres.Fault(err, "thing.provider_limits")
}

// mostReplies is how many replies are kept of a provider, the last ones.
const mostReplies = 20

// Heard keeps what a provider said when it refused mails, beside the key of what
// its replies that say the same have in common.
func (s *Store) Heard(ctx context.Context, provider, same string, said Said) error {
	key := sha256.Sum256([]byte(same))
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		now := s.clock.Now()
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO provider_replies AS r (provider, key, said, times, at) VALUES ($1, $2, $3, $4, $5)
			    ON CONFLICT (provider, key) DO UPDATE SET said = $3, times = r.times + $4, at = $5`, provider, key[:8], said.Said, said.Times, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			DELETE FROM provider_replies WHERE provider = $1 AND key IN (
			  SELECT key FROM provider_replies WHERE provider = $1 ORDER BY at DESC, key OFFSET $2)`, provider, mostReplies)
		return err
	})
	return postgres.Fault(err, "thing.provider_limits")
}

// Sweep takes out what is older than the page of a provider shows.
func (s *Store) Sweep(ctx context.Context) error {
	before := s.clock.Now().Add(-48 * time.Hour)
	for _, query := range []string{
		`DELETE FROM provider_counts WHERE at < $1`, `DELETE FROM provider_replies WHERE at < $1`,
		`DELETE FROM provider_connections WHERE until < $1`,
	} {
		if _, err := postgres.Exec(ctx, s.db, query, before); err != nil {
			return postgres.Fault(err, "thing.provider_limits")
		}
	}
	return nil
}

// Now is what a provider does at the moment, of all processes together.
type Now struct {
	Provider    string `db:"provider" json:"provider"`
	Connections int    `db:"connections" json:"connections" doc:"Open to it now, over routes that keep to what it bears"`
	Sent        int    `db:"sent" json:"sent" doc:"Mails that it took in the last hour"`
	Deferred    int    `db:"deferred" json:"deferred" doc:"Mails that it refused for now in the last hour"`
	Refused     int    `db:"refused" json:"refused" doc:"Mails that it refused for good in the last hour"`
	Minute      int    `db:"minute" json:"per_minute" doc:"Mails a minute that it took in the last five to ten minutes"`
}

// Now returns what providers do, by name.
func (s *Store) Now(ctx context.Context) (map[string]Now, error) {
	var rows []Now
	now := s.clock.Now()
	err := s.db.SelectContext(ctx, &rows, `
		WITH counts AS (
		  SELECT provider, sum(sent) AS sent, sum(deferred) AS deferred, sum(refused) AS refused,
		         sum(sent) FILTER (WHERE at >= $2) AS lately
		    FROM provider_counts WHERE at > $1 GROUP BY 1),
		held AS (
		  SELECT provider, coalesce(sum(used) FILTER (WHERE key LIKE 'provider:%'), sum(used)) AS connections
		    FROM provider_connections WHERE until > clock_timestamp() GROUP BY 1)
		SELECT provider, coalesce(connections, 0) AS connections, coalesce(sent, 0) AS sent, coalesce(deferred, 0) AS deferred,
		       coalesce(refused, 0) AS refused, round(coalesce(lately, 0) / $3::float8)::int AS minute
		  FROM counts FULL JOIN held USING (provider)`,
		now.Add(-time.Hour), now.Add(-bucket).Truncate(bucket), now.Sub(now.Add(-bucket).Truncate(bucket)).Minutes())
	found := map[string]Now{}
	for _, n := range rows {
		found[n.Provider] = n
	}
	return found, postgres.Fault(err, "thing.provider_limits")
}

// Point is what a provider took and refused within a quarter of an hour.
type Point struct {
	At      time.Time `db:"at" json:"from"`
	Sent    int       `db:"sent" json:"sent"`
	Refused int       `db:"refused" json:"refused" doc:"For now or for good"`
}

// quarter is the time of a point.
const quarter = 15 * time.Minute

// Day returns what a provider took and refused in the last 24 hours, each quarter of
// an hour, those without any included.
func (s *Store) Day(ctx context.Context, provider string) ([]Point, error) {
	var found []Point
	last := s.clock.Now().Truncate(quarter)
	first := last.Add(-24*time.Hour + quarter)
	err := s.db.SelectContext(ctx, &found, `
		SELECT to_timestamp(floor(extract(epoch FROM at) / $4) * $4) AS at, sum(sent) AS sent, sum(deferred + refused) AS refused
		  FROM provider_counts WHERE provider = $1 AND at >= $2 AND at < $3 GROUP BY 1 ORDER BY 1`,
		provider, first, last.Add(quarter), quarter.Seconds())
	points := make([]Point, 0, 96)
	for at := first; !at.After(last); at = at.Add(quarter) {
		p := Point{At: at}
		if len(found) > 0 && found[0].At.Equal(at) {
			p, found = Point{at, found[0].Sent, found[0].Refused}, found[1:]
		}
		points = append(points, p)
	}
	return points, postgres.Fault(err, "thing.provider_limits")
}

// Said is what a provider said, without addresses.
type Said struct {
	Said  string    `db:"said" json:"said"`
	Times int       `db:"times" json:"times"`
	At    time.Time `db:"at" json:"at" doc:"The last time"`
}

// Said returns what a provider said last when it refused mails.
func (s *Store) Said(ctx context.Context, provider string) ([]Said, error) {
	found := []Said{}
	err := s.db.SelectContext(ctx, &found, `SELECT said, times, at FROM provider_replies WHERE provider = $1 ORDER BY at DESC, said`, provider)
	return found, postgres.Fault(err, "thing.provider_limits")
}
