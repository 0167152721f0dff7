package material

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/networks"
)

// Recorder takes in what networks say of their material.
type Recorder struct {
	DB    *sqlx.DB
	Clock clock.Clock
	// Changed takes in which codes and offers are new, or gone.
	Changed func(ctx context.Context, tx *sqlx.Tx, in networks.Reading, all []networks.Change) error
}

// Record takes in a page of a reading. The same again changes nothing; of an item
// that comes twice in a reading the first counts. What two readings in a row don't
// list is withdrawn: one may miss what moved from page to page while it was read.
func (r *Recorder) Record(ctx context.Context, in networks.Reading, page networks.Supply) error {
	return postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		var changed []networks.Change
		for _, i := range page.Items {
			isNew, err := r.item(ctx, tx, in, i)
			if err != nil {
				return err
			}
			if kind := map[networks.ItemKind]networks.ChangeKind{
				networks.Code: networks.NewCode, networks.Promo: networks.NewOffer,
			}[i.Kind]; isNew && kind != "" {
				changed = append(changed, changeOf(kind, i.Programme, i.Ref, i.Name, i.Code))
			}
		}
		for _, u := range page.Unread { // it is there, and stays what it was
			if _, err := tx.ExecContext(ctx, `
				UPDATE network_items SET seen_at = greatest(seen_at, $3), withdrawn_at = NULL WHERE connection_id = $1 AND ref = $2`,
				in.Connection, u.Number(), in.Began); err != nil {
				return postgres.Fault(err, "thing.items")
			}
		}
		if in.Before == nil {
			return nil // at first everything is new
		}
		if in.Last {
			gone, err := r.withdraw(ctx, tx, in)
			if err != nil {
				return err
			}
			changed = append(changed, gone...)
		}
		if len(changed) == 0 {
			return nil
		}
		return r.Changed(ctx, tx, in, changed)
	})
}

// withdraw notes what two readings didn't list. Codes and offers that end by their
// own date aren't told.
func (r *Recorder) withdraw(ctx context.Context, tx *sqlx.Tx, in networks.Reading) (all []networks.Change, err error) {
	var rows []networks.Item
	err = tx.SelectContext(ctx, &rows, `
		WITH gone AS (
		  UPDATE network_items SET withdrawn_at = $2 WHERE connection_id = $1 AND seen_at < $2 AND withdrawn_at IS NULL
		  RETURNING id, programme_ref AS programme, kind, ref, name, code, valid_until)
		SELECT programme, kind, ref, name, code FROM gone WHERE kind IN ('code', 'offer') AND (valid_until IS NULL OR valid_until > $3)
		 ORDER BY id`, in.Connection, *in.Before, r.Clock.Now())
	for _, i := range rows {
		kind := networks.CodeGone
		if i.Kind == networks.Promo {
			kind = networks.OfferGone
		}
		all = append(all, changeOf(kind, i.Programme, i.Ref, i.Name, i.Code))
	}
	return all, postgres.Fault(err, "thing.items")
}

func changeOf(kind networks.ChangeKind, programme, ref, name, code string) networks.Change {
	return networks.Change{Kind: kind, Programme: programme, Facts: networks.Facts{Item: ref, Title: name, Code: code}}
}

// item takes in one, and reports whether it wasn't known. It changed when something
// of it is read first that people use: its words are told of it alone.
func (r *Recorder) item(ctx context.Context, tx *sqlx.Tx, in networks.Reading, i networks.Item) (isNew bool, err error) {
	var inserted []bool
	err = tx.SelectContext(ctx, &inserted, `
		INSERT INTO network_items AS n (connection_id, programme_ref, kind, ref, name, body, conditions, width, height, valid_from, valid_until,
		                                code, exclusive, picture, click, modified_at, changed_at, first_seen_at, seen_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18)
		ON CONFLICT (connection_id, programme_ref, kind, ref) DO UPDATE
		   SET name = excluded.name, body = excluded.body, conditions = excluded.conditions, width = excluded.width, height = excluded.height,
		       valid_from = excluded.valid_from, valid_until = excluded.valid_until, code = excluded.code, exclusive = excluded.exclusive,
		       picture = excluded.picture, click = excluded.click, modified_at = excluded.modified_at, seen_at = excluded.seen_at,
		       withdrawn_at = NULL,
		       changed_at = CASE WHEN (n.conditions, n.valid_from, n.valid_until, n.code, n.exclusive, n.picture, n.click, n.modified_at)
		                              IS DISTINCT FROM (excluded.conditions, excluded.valid_from, excluded.valid_until, excluded.code,
		                                                excluded.exclusive, excluded.picture, excluded.click, excluded.modified_at)
		                         THEN excluded.changed_at ELSE n.changed_at END
		 WHERE n.seen_at < excluded.seen_at
		RETURNING xmax = 0`,
		in.Connection, i.Programme, i.Kind, i.Ref, i.Name, i.Text, i.Conditions, i.Width, i.Height, i.From, i.Until,
		i.Code, i.Exclusive, i.Picture, i.Click, i.Modified, r.Clock.Now(), in.Began)
	return len(inserted) == 1 && inserted[0], postgres.Fault(err, "thing.items")
}
