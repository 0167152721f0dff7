package segments

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
)

// Members are those of an audience, exactly: a bit for each, in blocks of 2,048
// neighbours, and no block where nobody is. That is 125 KB for a million whose
// numbers are neighbours.
type Members struct {
	Blocks pq.Int64Array  // member >> 11
	Bits   pq.StringArray // 2,048 times 0 or 1: member & 2047
	N      int
}

// Members returns who is in the scope's audience and gets the mail.
func (e *Engine) Members(ctx context.Context, scope Scope) (m Members, err error) {
	err = e.read(ctx, func(tx *sqlx.Tx) error {
		sql, args, err := e.AudienceSQL(ctx, tx, scope)
		if err != nil {
			return err
		}
		// The audience's SQL comes from the segment compiler, never from a person.
		return tx.QueryRowContext(ctx, `
			SELECT coalesce(array_agg(block), '{}'), coalesce(array_agg(bits::text), '{}'), coalesce(sum(bit_count(bits)), 0)
			  FROM (SELECT member_id >> 11 AS block, bit_or(set_bit(repeat('0', 2048)::bit(2048), (member_id & 2047)::int, 1)) AS bits
			          FROM (`+sql+`) a WHERE skip_reason IS NULL GROUP BY 1) b`, args...).Scan(&m.Blocks, &m.Bits, &m.N)
	})
	return m, postgres.Fault(err, "thing.audience")
}
