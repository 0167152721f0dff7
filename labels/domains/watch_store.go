package domains

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/labels"
)

const keptColumns = `record, name, sender, state, said, publish, asked_at, held_at, fails_since`

// Kept returns what was found last of a label's records, in the order of Check.
func (w *Watch) Kept(ctx context.Context, label labels.ID) ([]Kept, error) {
	found := []Kept{}
	err := w.DB.SelectContext(ctx, &found, `SELECT `+keptColumns+` FROM domain_records WHERE label_id = $1 ORDER BY position`, label)
	return found, postgres.Fault(err, "thing.domain_records", "label", label)
}

// keep writes down what was found of a label, drops what it no longer mails by,
// and tells of what broke, in one transaction.
func (w *Watch) keep(ctx context.Context, l labels.Label, found []Finding) (all []Kept, err error) {
	err = postgres.InTx(ctx, w.DB, func(tx *sqlx.Tx) error {
		// The label's row is the lock: of two who look at once, the second sees what the first found.
		if _, err := tx.ExecContext(ctx, `SELECT FROM labels WHERE id = $1 FOR NO KEY UPDATE`, l.ID); err != nil {
			return postgres.Fault(err, "thing.domain_records", "label", l.ID)
		}
		var had []Kept
		if err := tx.SelectContext(ctx, &had, `SELECT `+keptColumns+` FROM domain_records WHERE label_id = $1`, l.ID); err != nil {
			return postgres.Fault(err, "thing.domain_records", "label", l.ID)
		}
		var broken []Kept
		all = nil
		now := w.Clock.Now()
		for i, f := range found {
			k := f.next(of(had, f), now)
			if err := save(ctx, tx, l.ID, i, k); err != nil {
				return err
			}
			if all = append(all, k); k.broke(now) {
				broken = append(broken, k)
			}
		}
		if err := drop(ctx, tx, l.ID, had, all); err != nil || len(broken) == 0 || w.Broke == nil {
			return err
		}
		return w.Broke(ctx, tx, l, broken)
	})
	return all, err
}

func of(had []Kept, f Finding) *Kept {
	for i := range had {
		if had[i].Record == f.Record && had[i].Name == f.Name && had[i].Sender == f.Sender {
			return &had[i]
		}
	}
	return nil
}

func save(ctx context.Context, tx *sqlx.Tx, label labels.ID, position int, k Kept) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO domain_records (label_id, record, name, sender, position, state, said, publish, asked_at, held_at, fails_since)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (label_id, record, name, sender) DO UPDATE
		   SET position = excluded.position, state = excluded.state, said = excluded.said, publish = excluded.publish,
		       asked_at = excluded.asked_at, held_at = excluded.held_at, fails_since = excluded.fails_since`,
		label, k.Record, k.Name, k.Sender, position, k.State, k.Said, k.Publish, k.AskedAt, k.HeldAt, k.FailsSince)
	return postgres.Fault(err, "thing.domain_records", "label", label)
}

// drop forgets the records that a label no longer mails by.
func drop(ctx context.Context, tx *sqlx.Tx, label labels.ID, had, all []Kept) error {
	var records, names, senders []string
	for _, k := range had {
		if of(all, k.Finding) == nil {
			records, names, senders = append(records, k.Record), append(names, k.Name), append(senders, k.Sender)
		}
	}
	if len(records) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM domain_records d USING unnest($2::text[], $3::text[], $4::text[]) AS g(record, name, sender)
		 WHERE d.label_id = $1 AND (d.record, d.name, d.sender) = (g.record, g.name, g.sender)`,
		label, pq.Array(records), pq.Array(names), pq.Array(senders))
	return postgres.Fault(err, "thing.domain_records", "label", label)
}
