package segments

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// Counter counts how many members of a population match each of the rules, all
// in the snapshot of tx. The rules are valid and without references. SQL is
// one counter; package columns has another, which is faster and counts the same.
type Counter interface {
	Count(ctx context.Context, tx *sqlx.Tx, p Population, rules ...Rule) ([]int, error)
}

// SQL is the Counter that asks PostgreSQL by one SELECT per rule.
type SQL struct{}

// Count implements Counter.
func (SQL) Count(ctx context.Context, tx *sqlx.Tx, p Population, rules ...Rule) ([]int, error) {
	counts := make([]int, len(rules))
	for i, rule := range rules {
		q := NewQuery(ctx, tx, p)
		condition, err := q.Condition(rule)
		if err != nil {
			return nil, err
		}
		if err := tx.GetContext(ctx, &counts[i], "SELECT count(*)\n"+q.members(condition), q.Args...); err != nil {
			return nil, postgres.Fault(err, "thing.segment_count")
		}
	}
	return counts, nil
}
