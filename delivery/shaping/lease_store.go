package shaping

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Lease returns how many connections a process may have of what it asks for, and
// gives others back. No more than a provider bears are ever held by all together;
// where somebody waits for some, each has as many as the others. It goes by the
// database's clock.
func (s *Store) Lease(ctx context.Context, worker string, asks []Ask, over []string) (granted []int, err error) {
	var keys, providers []string
	var most, used, want []int
	for _, a := range asks {
		keys, providers = append(keys, a.Key), append(providers, a.Provider)
		most, used, want = append(most, a.Most), append(used, a.Used), append(want, a.Want)
	}
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		// One at a time: what others hold is what remains. Whose machine stands still
		// meanwhile is hung up on, so that nobody waits for it for long.
		if _, err := tx.ExecContext(ctx, `
			SELECT set_config('idle_in_transaction_session_timeout', '5s', true),
			       pg_advisory_xact_lock(hashtext('keur.provider_connections'))`); err != nil {
			return err
		}
		if len(over) > 0 {
			if _, err := tx.ExecContext(ctx, `DELETE FROM provider_connections WHERE worker = $1 AND key = ANY($2)`, worker, pq.Array(over)); err != nil {
				return err
			}
		}
		granted = nil
		return tx.SelectContext(ctx, &granted, `
			WITH asked AS (SELECT * FROM unnest($2::text[], $7::text[], $3::int[], $4::int[], $5::int[]) WITH ORDINALITY a(key, provider, most, used, want, n)),
			others AS (
			  SELECT a.n, coalesce(sum(c.held), 0)::int AS held, count(c.key) AS many, coalesce(bool_or(c.held < c.wanted), false) AS wait
			    FROM asked a LEFT JOIN provider_connections c ON c.key = a.key AND c.worker <> $1 AND c.until > clock_timestamp()
			   GROUP BY a.n),
			granted AS (
			  SELECT a.*, greatest(0, least(a.want, a.most - o.held,
			           CASE WHEN o.wait THEN ceil(a.most::float8 / (o.many + 1))::int ELSE a.most END)) AS may
			    FROM asked a JOIN others o USING (n)),
			written AS (
			  INSERT INTO provider_connections (key, worker, provider, used, held, wanted, until)
			  SELECT key, $1, provider, used, greatest(used, may), want, clock_timestamp() + make_interval(secs => $6) FROM granted
			      ON CONFLICT (key, worker) DO UPDATE
			     SET used = excluded.used, held = excluded.held, wanted = excluded.wanted, until = excluded.until)
			SELECT may FROM granted ORDER BY n`,
			worker, pq.Array(keys), pq.Array(most), pq.Array(used), pq.Array(want), leased.Seconds(), pq.Array(providers))
	})
	return granted, postgres.Fault(err, "thing.provider_limits")
}

// Leave gives back all that a process holds, and sweeps up what nobody renewed.
func (s *Store) Leave(ctx context.Context, worker string) error {
	_, err := postgres.Exec(ctx, s.db, `
		DELETE FROM provider_connections WHERE worker = $1 OR until < now() - interval '1 hour'`, worker)
	return postgres.Fault(err, "thing.provider_limits")
}
