package tracking

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// foldAtOnce is how many deltas one step folds.
const foldAtOnce = 20_000

// FoldOutcomes sums deltas up into the counts, and returns how many it took.
// One statement, so that a reader who adds both is right at any moment. Call
// it until it takes none; several processes may.
func FoldOutcomes(ctx context.Context, db *sqlx.DB) (int64, error) {
	var taken int64
	if err := db.GetContext(ctx, &taken, `
		WITH taken AS (
		  DELETE FROM outcome_deltas
		   WHERE id = ANY (ARRAY(SELECT id FROM outcome_deltas ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED))
		  RETURNING send_id, measure, hour, variant, link_id, domain, n),
		folded AS (
		  INSERT INTO outcome_counts AS c (send_id, measure, hour, variant, link_id, domain, n)
		  SELECT send_id, measure, hour, variant, link_id, domain, sum(n) FROM taken GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
		  ON CONFLICT (send_id, measure, hour, variant, link_id, domain) DO UPDATE SET n = c.n + excluded.n)
		SELECT count(*) FROM taken`, foldAtOnce); err != nil {
		return 0, fmt.Errorf("fold outcomes: %w", err)
	}
	return taken, nil
}
