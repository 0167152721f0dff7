package imports

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
)

const importColumns = `id, label_id, file_name, state, rows_total, by, started_at, finished_at, error,
	rows_done, inserted, updated, unchanged, duplicates, rejected, omitted, not_mailable,
	unsubscribed, bounced, complained, never_consented, pending, listed`

// Import returns the import.
func (im *Importer) Import(ctx context.Context, id int64) (Import, error) {
	var i Import
	err := im.db.GetContext(ctx, &i, `SELECT `+importColumns+` FROM imports WHERE id = $1`, id)
	return i, postgres.Fault(err, "thing.import", "id", id)
}

// Imports returns a page of those of a label, the newest first.
func (im *Importer) Imports(ctx context.Context, label labels.ID, ask paging.Ask) (paging.Page[Import], error) {
	found, err := paging.Select(ctx, im.db, []paging.Order[Import]{{Name: "newest", Down: true, Keys: []paging.Key[Import]{
		paging.Number("id", func(i Import) int64 { return i.ID }),
	}}}, ask, `SELECT `+importColumns+` FROM imports WHERE label_id = $1`, label)
	return found, postgres.Fault(err, "thing.imports_of_label", "label", label)
}

// Rejects returns a page of what an import left out, by line; of the first ten
// thousand.
func (im *Importer) Rejects(ctx context.Context, id int64, ask paging.Ask) (paging.Page[Reject], error) {
	found, err := paging.Select(ctx, im.db, []paging.Order[Reject]{{Name: "line", Keys: []paging.Key[Reject]{
		paging.Number("row_no", func(r Reject) int64 { return r.Row }),
		paging.Text("column_name", func(r Reject) string { return r.Column }),
	}}}, ask, `SELECT row_no, column_name, reason FROM import_rejects WHERE import_id = $1`, id)
	return found, postgres.Fault(err, "thing.rejects_of_import", "import", id)
}

// lockFile makes sure that nobody else imports this file into this label now. The
// lock belongs to a session, so it goes when the process does, however it ends.
func (r *run) lockFile(ctx context.Context) (release func(), err error) {
	conn, err := r.db.Connx(ctx)
	if err != nil {
		return nil, postgres.Fault(err, "thing.database")
	}
	name := fmt.Sprintf("keur.import %d %s", r.options.Label, hex.EncodeToString(r.table.Hash))
	var got bool
	if err = conn.GetContext(ctx, &got, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, name); err == nil && got {
		return func() {
			ctx := context.WithoutCancel(ctx)
			_, _ = conn.ExecContext(ctx, `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, name)
			_ = conn.Close()
		}, nil
	}
	_ = conn.Close()
	if err != nil {
		return nil, postgres.Fault(err, "thing.database")
	}
	return nil, fault.New(fault.Conflict, "members.import_elsewhere")
}

// begin takes up the import of this file with these options that didn't come to
// its end, or adds a new one. A dry run leaves no trace.
func (r *run) begin(ctx context.Context) error {
	if c := r.options.Consent; c != nil {
		var err error
		if r.statement, err = r.statementOf(ctx, c.Text, c.Version); err != nil {
			return err
		}
	}
	if r.options.DryRun {
		return nil
	}
	options, err := json.Marshal(r.options)
	if err != nil {
		return fmt.Errorf("options of the import: %w", err)
	}
	if err := postgres.InTx(ctx, r.db, func(tx *sqlx.Tx) error {
		if err := r.holdAttributes(ctx, tx); err != nil {
			return err
		}
		err := r.resume(ctx, tx, options)
		if !errors.Is(err, sql.ErrNoRows) {
			return postgres.Fault(err, "thing.this_import")
		}
		err = tx.GetContext(ctx, &r.state.ID, `
			INSERT INTO imports (label_id, file_name, file_hash, options, lanes, rows_total, started_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			r.options.Label, r.options.FileName, r.table.Hash, options, pq.Array(r.positions[:]), r.profile.rows, r.mapping.started)
		return postgres.Fault(err, "thing.this_import")
	}); err != nil || !r.state.Resumed {
		return err
	}
	return r.reportErased(ctx)
}

// holdAttributes makes sure that the columns of the file still have their
// attributes: from the import's row on nobody removes one of the label.
func (r *run) holdAttributes(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `SELECT FROM labels WHERE id = $1 FOR SHARE`, r.options.Label); err != nil {
		return postgres.Fault(err, "thing.label", "id", r.options.Label)
	}
	var names, slots pq.StringArray
	for _, c := range r.mapping.columns {
		if c.attribute.Name != "" {
			names, slots = append(names, c.attribute.Name), append(slots, c.attribute.Slot)
		}
	}
	var found int
	err := tx.GetContext(ctx, &found, `
		SELECT count(*) FROM attributes a JOIN unnest($2::text[], $3::text[]) x (name, slot) ON x.name = a.name AND x.slot = a.slot
		 WHERE a.label_id = $1`, r.options.Label, names, slots)
	if err == nil && found < len(names) {
		return fault.New(fault.Conflict, "members.attributes_changed")
	}
	return postgres.Fault(err, "thing.attributes_of_label", "label", r.options.Label)
}

// reportErased passes on, when an import goes on, which rows were left out
// because their address was erased. All else that is wrong is found again on the
// way, but this was found in the base, chunk by chunk.
func (r *run) reportErased(ctx context.Context) error {
	var found []Reject
	if err := r.db.SelectContext(ctx, &found, `
		SELECT row_no, column_name, reason FROM import_rejects
		 WHERE import_id = $1 AND reason = $2 ORDER BY row_no`, r.state.ID, members.ErrErased.Message); err != nil {
		return postgres.Fault(err, "thing.rejects_of_import", "import", r.state.ID)
	}
	for _, reject := range found {
		if err := r.reject(reject); err != nil {
			return err
		}
	}
	return nil
}

// resume takes up an import that was stopped, if there is one. Its beginning
// stays the time that new consents and withdrawals without one of their own get.
func (r *run) resume(ctx context.Context, tx *sqlx.Tx, options []byte) error {
	var positions pq.Int64Array
	err := tx.QueryRowxContext(ctx, `
		UPDATE imports SET state = 'running', error = NULL, finished_at = NULL
		 WHERE id = (SELECT id FROM imports
		              WHERE label_id = $1 AND file_hash = $2 AND options = $3::jsonb
		                AND state <> 'finished' AND cardinality(lanes) = $4
		              ORDER BY id DESC LIMIT 1)
		RETURNING id, lanes, started_at,
		          (SELECT count(*) FROM import_rejects WHERE import_id = imports.id)`,
		r.options.Label, r.table.Hash, options, partitions).
		Scan(&r.state.ID, &positions, &r.mapping.started, &r.kept)
	if err != nil {
		return err
	}
	copy(r.positions[:], positions)
	columns := r.state.Columns
	if err := tx.GetContext(ctx, &r.state, `SELECT `+importColumns+` FROM imports WHERE id = $1`, r.state.ID); err != nil {
		return err
	}
	r.state.Columns, r.state.Resumed = columns, true
	return nil
}

// saveProgress records how far the partition is, and what was left out on the way.
func (r *run) saveProgress(ctx context.Context, tx *sqlx.Tx, c *chunk, rejects []Reject, n Counts) error {
	if len(rejects) > 0 {
		rows, columns, reasons := make([]int64, len(rejects)), make([]string, len(rejects)), make([]words.Message, len(rejects))
		for i, reject := range rejects {
			rows[i], columns[i], reasons[i] = reject.Row, reject.Column, reject.Reason
		}
		// Two columns may bear the same name; one line about both is enough.
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO import_rejects (import_id, row_no, column_name, reason)
			SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::jsonb[]) ON CONFLICT DO NOTHING`,
			r.state.ID, pq.Array(rows), pq.Array(columns), pq.Array(reasons)); err != nil {
			return err
		}
	}
	// The last statement before the commit, so that the partitions, which share
	// this row, hardly wait for each other.
	done, err := tx.ExecContext(ctx, `
		UPDATE imports
		   SET lanes[$2] = $3, rows_done = rows_done + $4, inserted = inserted + $5, updated = updated + $6, unchanged = unchanged + $7,
		       duplicates = duplicates + $8, rejected = rejected + $9, omitted = omitted + $10, not_mailable = not_mailable + $11,
		       unsubscribed = unsubscribed + $12, bounced = bounced + $13, complained = complained + $14,
		       never_consented = never_consented + $15, pending = pending + $16, listed = listed + $17
		 WHERE id = $1 AND state = 'running'`,
		r.state.ID, c.partition+1, c.last, n.Done, n.Inserted, n.Updated, n.Unchanged, n.Duplicates, n.Rejected, n.Omitted, n.NotMailable,
		n.Unsubscribed, n.Bounced, n.Complained, n.NeverConsented, n.Pending, n.Listed)
	if err != nil {
		return err
	}
	if rows, _ := done.RowsAffected(); rows == 0 {
		return fault.New(fault.Conflict, "members.import_not_running", "id", r.state.ID)
	}
	return nil
}

// finish records how the import ended, even when ctx is over.
func (r *run) finish(ctx context.Context, ended error) (Import, error) {
	state, why := outcome(ctx, ended)
	at := r.clock.Now()
	r.state.State, r.state.Error, r.state.FinishedAt = state, why, &at
	if !r.options.DryRun {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, err := postgres.Exec(ctx, r.db, `
			UPDATE imports SET state = $2, error = $3, finished_at = $4 WHERE id = $1`, r.state.ID, state, why, at)
		if err != nil && ended == nil {
			ended = postgres.Fault(err, "thing.import", "id", r.state.ID)
		}
	}
	r.report(Progress{Import: r.state})
	return r.state, ended
}

// statementOf returns the number of a text of consent. A dry run adds none; to
// it, a text that isn't there is one that nobody has agreed to yet.
func (r *run) statementOf(ctx context.Context, text, version string) (id int64, err error) {
	err = postgres.InTx(ctx, r.db, func(tx *sqlx.Tx) error {
		if id, err = members.StatementID(ctx, tx, r.options.Label, text, version); err == nil && r.options.DryRun {
			return errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return id, err
}

// maxStatements bounds the different texts of consent in one file.
const maxStatements = 1000

// statements returns a function that knows the numbers of texts of consent.
func (r *run) statements(ctx context.Context) func(text string) (int64, error) {
	known := map[string]int64{}
	return func(text string) (int64, error) {
		if id, ok := known[text]; ok {
			return id, nil
		}
		if len(known) == maxStatements {
			return 0, fault.New(fault.Invalid, "members.too_many_statements", "most", maxStatements)
		}
		id, err := r.statementOf(ctx, text, "")
		known[text] = id
		return id, err
	}
}
