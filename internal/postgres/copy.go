package postgres

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// CopyIn streams rows into the columns of table by COPY and returns how many
// there were. Memory stays flat, however many rows come. An error that rows
// yields ends the copy and is returned as it is. Nothing else may use tx
// meanwhile.
func CopyIn(ctx context.Context, tx *sqlx.Tx, table string, columns []string, rows iter.Seq2[[]any, error]) (int64, error) {
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = pq.QuoteIdentifier(column)
	}
	// lib/pq turns a prepared COPY into a stream: each Exec adds a row.
	stmt, err := tx.PrepareContext(ctx, `COPY `+pq.QuoteIdentifier(table)+` (`+strings.Join(quoted, ", ")+`) FROM STDIN`)
	if err != nil {
		return 0, fmt.Errorf("copy into %s: %w", table, err)
	}
	defer func() { _ = stmt.Close() }()
	var n int64
	for row, err := range rows {
		if err != nil {
			return n, err
		}
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return n, fmt.Errorf("copy row %d into %s: %w", n+1, table, err)
		}
		n++
	}
	// An Exec without values ends the stream; only now the server has checked all rows.
	if _, err := stmt.ExecContext(ctx); err != nil {
		return n, fmt.Errorf("copy into %s: %w", table, err)
	}
	return n, nil
}
