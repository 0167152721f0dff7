package segments

import (
	"context"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// Kinds tells the members of the scope's audience apart by columns of their
// membership ms, each an SQL expression with a comma before it, and calls each
// with the values and how many members have them. It keeps nothing in memory.
func (e *Engine) Kinds(ctx context.Context, scope Scope, columns []string, each func(values []string, members int)) error {
	return e.read(ctx, func(tx *sqlx.Tx) error {
		sql, args, err := e.AudienceSQL(ctx, tx, scope)
		if err != nil {
			return err
		}
		numbers := make([]string, len(columns))
		for i := range columns {
			numbers[i] = strconv.Itoa(i + 2)
		}
		group := ""
		if len(numbers) > 0 {
			group = " GROUP BY " + strings.Join(numbers, ", ")
		}
		// The columns come from attributes.slot, never from a person.
		rows, err := tx.QueryContext(ctx, "SELECT count(*)"+strings.Join(columns, "")+" FROM (\n"+sql+`) a
			JOIN memberships ms ON ms.member_id = a.member_id AND ms.label_id = $`+strconv.Itoa(len(args)+1)+`
			WHERE a.skip_reason IS NULL`+group, append(args, scope.Label)...)
		if err != nil {
			return postgres.Fault(err, "thing.audience")
		}
		defer func() { _ = rows.Close() }()
		var n int
		values, into := make([]string, len(columns)), []any{&n}
		for i := range values {
			into = append(into, &values[i])
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return err
			}
			each(values, n)
		}
		return postgres.Fault(rows.Err(), "thing.audience")
	})
}
