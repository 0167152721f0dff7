package products

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/internal/words"
)

// due returns the feeds that are to be read now, what has waited longest first.
func (r *Refresher) due(ctx context.Context) ([]FeedID, error) {
	var found []FeedID
	err := r.DB.SelectContext(ctx, &found, `
		SELECT f.id FROM product_feeds f LEFT JOIN product_refreshes r ON r.feed_id = f.id
		 WHERE f.active AND f.mapping IS NOT NULL AND coalesce(r.due_at, f.created_at) <= $1
		 ORDER BY coalesce(r.due_at, f.created_at), f.id`, r.Clock.Now())
	return found, postgres.Fault(err, "thing.product_feeds")
}

// begin notes that a feed is being read, and drops what came of it before and wasn't
// taken. Who began before can't end any more.
func (r *Refresher) begin(ctx context.Context, id FeedID, now time.Time) (turn int64, err error) {
	err = postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM product_arrivals WHERE feed_id = $1`, id); err != nil {
			return err
		}
		return tx.GetContext(ctx, &turn, `
			INSERT INTO product_refreshes (feed_id, turn, due_at, began_at) VALUES ($1, 1, $2, $2)
			ON CONFLICT (feed_id) DO UPDATE SET turn = product_refreshes.turn + 1, began_at = excluded.began_at, arrived = 0
			RETURNING turn`, id, now)
	})
	return turn, postgres.Fault(err, "thing.product_feed", "id", id)
}

// take keeps some records of a feed until all are there, and how many came so far.
// Of what comes twice the first counts.
func (r *Refresher) take(ctx context.Context, id FeedID, turn int64, batch []arrival, so int) error {
	var refs []string
	says := map[string]json.RawMessage{}
	for _, a := range batch {
		if _, twice := says[a.Ref]; twice || a.Ref == "" {
			continue
		}
		refs, says[a.Ref] = append(refs, a.Ref), nil
		if !a.read {
			continue
		}
		text, err := json.Marshal(a.Offer)
		if err != nil {
			return fmt.Errorf("product of feed %d: %w", id, err)
		}
		says[a.Ref] = text
	}
	rows := make([]struct {
		Ref  string          `json:"ref"`
		Says json.RawMessage `json:"says"`
	}, len(refs))
	for i, ref := range refs {
		rows[i].Ref, rows[i].Says = ref, says[ref]
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("products of feed %d: %w", id, err)
	}
	err = postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		if err := r.mine(ctx, tx, id, turn, `arrived = $3`, so); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO product_arrivals (feed_id, ref, says)
			SELECT $1, a.ref, nullif(a.says, 'null') FROM jsonb_to_recordset($2) AS a(ref text, says jsonb)
			ON CONFLICT DO NOTHING`, id, string(text))
		return err
	})
	return postgres.Fault(err, "thing.products")
}

// mine sets something of a refresh that nobody else began since. Whoever lost it
// stops.
func (r *Refresher) mine(ctx context.Context, tx *sqlx.Tx, id FeedID, turn int64, set string, args ...any) error {
	done, err := tx.ExecContext(ctx, `UPDATE product_refreshes SET `+set+` WHERE feed_id = $1 AND turn = $2`,
		append([]any{id, turn}, args...)...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("feed %d: somebody else reads it: %w", id, err)
	}
	return nil
}

// swap puts all that arrived in place of what a feed had, at one moment. What isn't
// listed any more is gone, unless it couldn't be read; of that nobody took, it is
// dropped after a while. What stays as it was isn't written.
func (r *Refresher) swap(ctx context.Context, f *Standing, turn int64, began time.Time, came arrived) error {
	err := postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		var n struct{ Was, Is int }
		if err := tx.GetContext(ctx, &n, `
			SELECT (SELECT count(*) FROM products WHERE feed_id = $1 AND gone_at IS NULL) AS was,
			       (SELECT count(*) FROM product_arrivals WHERE feed_id = $1) AS is`, f.ID); err != nil {
			return err
		}
		if err := kept(n.Was, n.Is, f.Anyway); err != nil {
			return err
		}
		for _, step := range []struct {
			query string
			args  []any
		}{
			{merge, []any{f.ID, r.Clock.Now()}},
			{`UPDATE products p SET gone_at = $2 WHERE feed_id = $1 AND gone_at IS NULL
			     AND NOT EXISTS (SELECT FROM product_arrivals a WHERE a.feed_id = $1 AND a.ref = p.ref)`, []any{f.ID, began}},
			{`UPDATE products p SET gone_at = NULL FROM product_arrivals a
			   WHERE p.feed_id = $1 AND p.gone_at IS NOT NULL AND a.feed_id = $1 AND a.ref = p.ref`, []any{f.ID}},
			{`DELETE FROM products p WHERE feed_id = $1 AND gone_at < $2
			     AND NOT EXISTS (SELECT FROM product_picks k WHERE k.product_id = p.id)`, []any{f.ID, began.Add(-keptFor)}},
			{`DELETE FROM product_arrivals WHERE feed_id = $1`, []any{f.ID}},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
				return err
			}
		}
		now := r.Clock.Now()
		return r.mine(ctx, tx, f.ID, turn, `began_at = NULL, anyway = false, ran_at = $3, covered_at = $4, due_at = $5, failures = 0,
			problem = NULL, arrived = $6, unread = $7, unread_ref = $8, unread_reason = $9,
			products = (SELECT count(*) FROM products WHERE feed_id = $1 AND gone_at IS NULL)`,
			now, began, next(now, 0, chance()), came.records, came.unread, came.ref, came.reason)
	})
	return postgres.Fault(err, "thing.products")
}

// merge takes over what arrived, where it is otherwise.
const merge = `
	INSERT INTO products AS p (feed_id, ref, name, body, brand, category, price, old_price, currency, stock, availability, picture, click,
	                           changed_at, first_seen_at)
	SELECT a.feed_id, a.ref, o.name, coalesce(o.text, ''), coalesce(o.brand, ''), coalesce(o.category, ''), o.price_minor, o.old_price_minor,
	       o.currency, o.stock, o.availability, coalesce(o.picture_url, ''), o.click_url, $2, $2
	  FROM product_arrivals a, jsonb_to_record(a.says) AS o(name text, text text, brand text, category text, price_minor bigint,
	       old_price_minor bigint, currency text, stock int, availability text, picture_url text, click_url text)
	 WHERE a.feed_id = $1 AND a.says IS NOT NULL
	ON CONFLICT (feed_id, ref) DO UPDATE
	   SET name = excluded.name, body = excluded.body, brand = excluded.brand, category = excluded.category, price = excluded.price,
	       old_price = excluded.old_price, currency = excluded.currency, stock = excluded.stock, availability = excluded.availability,
	       picture = excluded.picture, click = excluded.click, changed_at = excluded.changed_at
	 WHERE (p.name, p.body, p.brand, p.category, p.price, p.old_price, p.currency, p.stock, p.availability, p.picture, p.click)
	       IS DISTINCT FROM (excluded.name, excluded.body, excluded.brand, excluded.category, excluded.price, excluded.old_price,
	                         excluded.currency, excluded.stock, excluded.availability, excluded.picture, excluded.click)`

// failed notes what was wrong, and when it is tried again. What the feed had stays.
func (r *Refresher) failed(ctx context.Context, id FeedID, turn int64, said words.Message, came arrived) error {
	now := r.Clock.Now()
	err := postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		var failures []int
		if err := tx.SelectContext(ctx, &failures, `
			SELECT failures + 1 FROM product_refreshes WHERE feed_id = $1 AND turn = $2 FOR UPDATE`, id, turn); err != nil {
			return err
		}
		if len(failures) == 0 {
			return nil // somebody else reads it
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM product_arrivals WHERE feed_id = $1`, id); err != nil {
			return err
		}
		return r.mine(ctx, tx, id, turn, `began_at = NULL, anyway = false, ran_at = $3, due_at = $4, failures = $5, problem = $6, arrived = $7`,
			now, next(now, failures[0], chance()), failures[0], said, came.records)
	})
	return postgres.Fault(err, "thing.product_feed", "id", id)
}
