package postgres

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// copyPiece is how much of the text goes to the driver at once.
const copyPiece = 48 << 10

// CopyText copies lines that are in COPY's text format already into the columns
// of table, in the transaction that is open on conn. It is for bulk: a value at a time through database/sql costs more
// than the rest.
func CopyText(ctx context.Context, conn *sqlx.Conn, table string, columns []string, lines []byte) error {
	err := conn.Raw(func(raw any) error {
		//nolint:staticcheck // it quotes names rightly, which a statement by hand may not
		stmt, err := raw.(driver.ConnPrepareContext).PrepareContext(ctx, pq.CopyIn(table, columns...))
		if err != nil {
			return err
		}
		defer func() { _ = stmt.Close() }()
		copying, ok := stmt.(interface {
			CopyData(ctx context.Context, line string) (driver.Result, error)
		})
		if !ok {
			return fmt.Errorf("the driver takes no raw lines")
		}
		for len(lines) > 0 {
			n := pieceEnd(lines)
			// The driver ends what it is given with a line break of its own.
			if _, err := copying.CopyData(ctx, string(lines[:n-1])); err != nil {
				return err
			}
			lines = lines[n:]
		}
		// An Exec without values ends the stream; only now the server has checked all lines.
		_, err = stmt.Exec(nil) //nolint:staticcheck // the driver's COPY has no ExecContext; ctx is watched by CopyData
		return err
	})
	if err != nil {
		return fmt.Errorf("copy into %s: %w", table, err)
	}
	return nil
}

// CopyLines is CopyText of lines that are gathered.
func CopyLines(ctx context.Context, conn *sqlx.Conn, table string, columns []string, lines *Lines) error {
	return CopyText(ctx, conn, table, columns, lines.text)
}

// pieceEnd returns the end of the last whole line in the next piece, or of the
// first line if that is longer.
func pieceEnd(lines []byte) int {
	for i := min(copyPiece, len(lines)); i > 0; i-- {
		if lines[i-1] == '\n' {
			return i
		}
	}
	for i := min(copyPiece, len(lines)); i < len(lines); i++ {
		if lines[i] == '\n' {
			return i + 1
		}
	}
	return len(lines)
}
