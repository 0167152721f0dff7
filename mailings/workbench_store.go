package mailings

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/postgres"
)

// presence is how long someone counts as here who wasn't seen again.
const presence = 30 * time.Second

// load reads the working copy of a mailing; without one it is empty.
func (b *Workbench) load(ctx context.Context, q sqlx.QueryerContext, m *Mailing) (w WorkingCopy, found bool, err error) {
	w = WorkingCopy{MailingID: m.ID}
	if m.RevisionID != nil {
		w.BasedOn, w.Newest = *m.RevisionID, *m.RevisionID
	}
	var row struct {
		BasedOn *RevisionID `db:"based_on"`
		Brief   []byte      `db:"brief"`
		Changes []byte      `db:"changes"`
		Version int         `db:"version"`
	}
	err = sqlx.GetContext(ctx, q, &row, `SELECT based_on, brief, changes, version FROM working_copies WHERE mailing_id = $1`, m.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return w, false, nil
	}
	if err != nil {
		return w, false, postgres.Fault(err, "thing.working_copy", "mailing", m.ID)
	}
	w.Version, w.BasedOn = row.Version, 0
	if row.BasedOn != nil {
		w.BasedOn = *row.BasedOn
	}
	if err := errors.Join(json.Unmarshal(row.Brief, &w.Brief), json.Unmarshal(row.Changes, &w.Changes)); err != nil {
		return w, false, fmt.Errorf("read the working copy of mailing %d: %w", m.ID, err)
	}
	return w, true, nil
}

// keep writes the working copy. Who is acting becomes one of its editors.
func (b *Workbench) keep(ctx context.Context, tx *sqlx.Tx, w *WorkingCopy) error {
	brief, err := json.Marshal(w.Brief)
	if err != nil {
		return fmt.Errorf("write the working copy of mailing %d: %w", w.MailingID, err)
	}
	if len(brief) > maxBrief {
		return fault.New(fault.Invalid, "mailings.too_large", "most", maxBrief)
	}
	changes, err := json.Marshal(w.Changes)
	if err != nil {
		return fmt.Errorf("write the working copy of mailing %d: %w", w.MailingID, err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO working_copies (mailing_id, based_on, brief, changes, version, editors)
		VALUES ($1, nullif($2::bigint, 0), $3, $4, $5, '{}')
		ON CONFLICT (mailing_id) DO UPDATE
		   SET based_on = excluded.based_on, brief = excluded.brief, changes = excluded.changes, version = excluded.version`,
		w.MailingID, w.BasedOn, brief, changes, w.Version)
	return postgres.Fault(err, "thing.working_copy", "mailing", w.MailingID)
}

// clear removes the working copy once it is a revision, and refuses if it was
// changed while the revision was made of it.
func (b *Workbench) clear(ctx context.Context, tx *sqlx.Tx, id ID, version int) error {
	gone, err := tx.ExecContext(ctx, `DELETE FROM working_copies WHERE mailing_id = $1 AND version = $2`, id, version)
	if err != nil {
		return postgres.Fault(err, "thing.working_copy", "mailing", id)
	}
	if n, err := gone.RowsAffected(); err != nil || n == 0 {
		return fault.New(fault.Conflict, "mailings.changed_just_now")
	}
	return nil
}

// Discard gives up what was changed since the newest revision. It names the
// version of the copy, so that nobody's later work goes with it.
func (b *Workbench) Discard(ctx context.Context, id ID, version int) error {
	return postgres.InTx(ctx, b.db, func(tx *sqlx.Tx) error { return b.clear(ctx, tx, id, version) })
}

// Attend notes that the user has the mailing open at a step, and returns who
// else has.
func (b *Workbench) Attend(ctx context.Context, id ID, step string, by accounts.UserID) ([]Present, error) {
	now := b.clock.Now()
	others := []Present{}
	err := postgres.InTx(ctx, b.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO presences (mailing_id, user_id, step, seen_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (mailing_id, user_id) DO UPDATE SET step = excluded.step, seen_at = excluded.seen_at`, id, by, step, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM presences WHERE mailing_id = $1 AND seen_at < $2`, id, now.Add(-presence)); err != nil {
			return err
		}
		return tx.SelectContext(ctx, &others, `
			SELECT user_id, step, seen_at FROM presences WHERE mailing_id = $1 AND user_id <> $2 ORDER BY user_id`, id, by)
	})
	return others, postgres.Fault(err, "thing.mailing", "id", id)
}
