package news

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/postgres"
	"keur/networks"
)

// Recorder takes in what changed at networks, and what they write.
type Recorder struct {
	DB    *sqlx.DB
	Clock clock.Clock
}

// Changed takes in what is otherwise than in the reading before, within the
// transaction that takes in the reading.
func (r *Recorder) Changed(ctx context.Context, tx *sqlx.Tx, in networks.Reading, all []networks.Change) error {
	for _, c := range all {
		facts, err := json.Marshal(c.Facts)
		if err != nil {
			return fmt.Errorf("facts of a change: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO network_news (connection_id, programme_ref, programme, kind, facts, at)
			SELECT $1, $2, coalesce(nullif($3, ''), (SELECT name FROM network_listings WHERE connection_id = $1 AND ref = $2), $2), $4, $5, $6`,
			in.Connection, c.Programme, c.Name, c.Kind, facts, r.Clock.Now()); err != nil {
			return postgres.Fault(err, "thing.news")
		}
	}
	return nil
}

// Record takes in a page of what a network writes. A notice is kept as it was
// read first; the same again changes nothing.
func (r *Recorder) Record(ctx context.Context, in networks.Reading, page networks.Bulletin) error {
	return postgres.InTx(ctx, r.DB, func(tx *sqlx.Tx) error {
		for _, n := range page.Notices {
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO network_news (connection_id, programme_ref, programme, kind, facts, ref, title, body, at, expires_at)
				VALUES ($1, $2, $3, $4, '{}', $5, $6, $7, $8, $9)
				ON CONFLICT (connection_id, ref) WHERE ref <> '' DO NOTHING`,
				in.Connection, n.Programme, n.Name, n.Kind, n.Ref, n.Title, n.Text, n.Published, n.Expires); err != nil {
				return postgres.Fault(err, "thing.news")
			}
		}
		return nil
	})
}
