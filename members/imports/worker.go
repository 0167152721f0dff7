package imports

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/members"
)

// errDry ends the transaction of a dry run.
var errDry = errors.New("a dry run keeps nothing")

// runLane merges the chunks of a lane, one after the other, over a connection
// that holds the lane's staging tables.
func (r *importRun) runLane(ctx context.Context, lane int, queue <-chan *chunk) error {
	conn, err := r.db.Connx(ctx)
	if err != nil {
		return postgres.Fault(err, "the database")
	}
	defer func() {
		// The connection goes back to the pool clean.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `DROP TABLE IF EXISTS `+stagingTables)
		_ = conn.Close()
	}()
	m := newMerge(r, lane)
	if err := m.stage(ctx, conn); err != nil {
		return err
	}
	for c := range queue {
		counts, err := r.mergeChunk(ctx, conn, m, c)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.state.add(counts)
		p := Progress{Import: r.state}
		r.report(p)
		r.mu.Unlock()
	}
	return ctx.Err()
}

// mergeChunk brings one chunk in, in one transaction with how far the lane is.
func (r *importRun) mergeChunk(ctx context.Context, conn *sqlx.Conn, m *merge, c *chunk) (Counts, error) {
	var counts Counts
	for n := 1; ; n++ {
		err := postgres.InTx(ctx, conn, func(tx *sqlx.Tx) error {
			var err error
			if counts, err = m.run(ctx, conn, tx, c); err != nil {
				return err
			}
			if r.options.DryRun {
				return errDry
			}
			return r.stand(ctx, tx, c, append(c.rejects, m.erased...), counts)
		})
		if errors.Is(err, errDry) {
			err = nil
		}
		// Someone added one of these members since we looked: go the way that
		// reckons with it.
		var e *pq.Error
		if errors.As(err, &e) && e.Code == "23505" && n < 10 {
			m.strangers = false
			continue
		}
		if err != nil {
			return counts, postgres.Fault(err, "rows up to line %d", c.last)
		}
		for _, reject := range m.erased {
			if err := r.tell(reject); err != nil {
				return counts, err
			}
		}
		return counts, nil
	}
}

// stand records how far the lane is, and what was left out on the way.
func (r *importRun) stand(ctx context.Context, tx *sqlx.Tx, c *chunk, rejects []Reject, n Counts) error {
	if len(rejects) > 0 {
		rows, columns, reasons := make([]int64, len(rejects)), make([]string, len(rejects)), make([]string, len(rejects))
		for i, reject := range rejects {
			rows[i], columns[i], reasons[i] = reject.Row, reject.Column, reject.Reason
		}
		// Two columns may bear the same name; one line about both is enough.
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO import_rejects (import_id, row_no, column_name, reason)
			SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
			r.state.ID, pq.Array(rows), pq.Array(columns), pq.Array(reasons)); err != nil {
			return err
		}
	}
	// The last statement before the commit, so that the lanes, which share this
	// row, hardly wait for each other.
	done, err := tx.ExecContext(ctx, `
		UPDATE imports
		   SET lanes[$2] = $3, rows_done = rows_done + $4, inserted = inserted + $5, updated = updated + $6, unchanged = unchanged + $7,
		       duplicates = duplicates + $8, rejected = rejected + $9, omitted = omitted + $10, not_mailable = not_mailable + $11
		 WHERE id = $1 AND state = 'running'`,
		r.state.ID, c.lane+1, c.last, n.Done, n.Inserted, n.Updated, n.Unchanged, n.Duplicates, n.Rejected, n.Omitted, n.NotMailable)
	if err != nil {
		return err
	}
	if rows, _ := done.RowsAffected(); rows == 0 {
		return fault.New(fault.Conflict, "import %d isn't running any more", r.state.ID)
	}
	return nil
}

// columnTypes are the types of PostgreSQL that attributes are kept in.
var columnTypes = map[members.Type]string{
	members.Text: "text", members.Number: "double precision", members.Date: "date", members.Bool: "boolean", members.Set: "text[]",
}

const stagingTables = `import_rows, import_members, import_consents, import_changes`

// stage makes the tables that a chunk is staged in: the rows as the file has
// them, whom they are about, which consents are new, and what changes.
func (m *merge) stage(ctx context.Context, conn *sqlx.Conn) error {
	var slots strings.Builder
	for _, a := range m.attributes {
		fmt.Fprintf(&slots, ", %s %s", a.Slot, columnTypes[a.Type])
	}
	_, err := conn.ExecContext(ctx, `
		DROP TABLE IF EXISTS `+stagingTables+`;
		CREATE TEMP TABLE import_rows (
		  n bigint, key text COLLATE "C", address text, domain text, disposable boolean, joined_at timestamptz, source text, time_zone text,
		  mail boolean, mail_at timestamptz, statement_id bigint, consent_source text, form_url text, ip inet,
		  optin_mailed_at timestamptz, confirmed_at timestamptz, confirmed_ip inet, tracking boolean`+slots.String()+`
		) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE import_members (n bigint, member_id bigint, joined boolean, was boolean) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE import_consents (n bigint, member_id bigint, kind text, given boolean, at timestamptz, statement_id bigint) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE import_changes (
		  member_id bigint, was boolean, mail boolean, tracking boolean, confirmed_at timestamptz, time_zone text`+slots.String()+`
		) ON COMMIT DELETE ROWS`)
	return postgres.Fault(err, "staging tables")
}
