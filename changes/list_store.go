package changes

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/paging"
	"keur/internal/postgres"
)

// Filter narrows a list of change requests. Zero fields don't narrow.
type Filter struct {
	State   State
	Subject string   // those about one thing
	Kinds   []string // those whose name begins so: contacts.
	Decided bool     // those that wait no more
	Alone   bool     // those that somebody did alone and nobody looked at
}

// Get returns a change request.
func (s *Store) Get(ctx context.Context, id ID) (Request, error) {
	var r Request
	if err := s.db.GetContext(ctx, &r, `SELECT `+columns+` FROM change_requests WHERE id = $1`, id); err != nil {
		return r, postgres.Fault(err, "thing.change", "id", id)
	}
	return r, s.describe(ctx, s.db, &r)
}

// List returns a page of change requests, the newest first.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Request], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Request]{{Name: "newest", Down: true, Keys: []paging.Key[Request]{
		paging.Number("id", func(r Request) ID { return r.ID }),
	}}}, ask, `
		SELECT `+columns+`
		  FROM change_requests
		 WHERE $1 IN ('', state) AND $2 IN ('', subject) AND (NOT $3 OR (alone AND seen_by IS NULL)) AND (NOT $5 OR state <> 'proposed')
		   AND (coalesce(cardinality($4::text[]), 0) = 0 OR EXISTS (SELECT FROM unnest($4::text[]) k WHERE starts_with(kind, k)))`,
		f.State, f.Subject, f.Alone, pq.Array(f.Kinds), f.Decided)
	if err != nil {
		return found, postgres.Fault(err, "thing.change_requests")
	}
	for i := range found.Items {
		if err := s.describe(ctx, s.db, &found.Items[i]); err != nil {
			return found, err
		}
	}
	return found, nil
}

// Alone returns how many changes somebody did alone that no other looked at yet.
func (s *Store) Alone(ctx context.Context) (n int, err error) {
	err = s.db.GetContext(ctx, &n, `SELECT count(*) FROM change_requests WHERE alone AND seen_by IS NULL`)
	return n, postgres.Fault(err, "thing.change_requests")
}

// TakesTwo reports whether a change takes another person, and since there is a
// second admin it does.
func (s *Store) TakesTwo(ctx context.Context) (two bool, err error) {
	err = s.db.GetContext(ctx, &two, `SELECT two_since IS NOT NULL FROM change_rules`)
	return two, postgres.Fault(err, "thing.change_requests")
}

// Guarded reports whether there is an admin, since when changes are recorded.
func (s *Store) Guarded(ctx context.Context) (guarded bool, err error) {
	err = s.db.GetContext(ctx, &guarded, `SELECT admin_since IS NOT NULL FROM change_rules`)
	return guarded, postgres.Fault(err, "thing.change_requests")
}

// Expire ends the proposals that nobody decided in time, and returns how many.
func (s *Store) Expire(ctx context.Context) (n int64, err error) {
	now := s.clock.Now()
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		done, err := tx.ExecContext(ctx, `
			UPDATE change_requests SET state = 'expired', decided_at = $1 WHERE state = 'proposed' AND expires_at <= $1 AND has_come(expires_at)`, now)
		if err != nil {
			return postgres.Fault(err, "thing.change_requests")
		}
		n, err = done.RowsAffected()
		return err
	})
	return n, err
}

// Untold returns the requests whose state nobody was told of yet, the oldest first.
func (s *Store) Untold(ctx context.Context) ([]ID, error) {
	var ids []ID
	err := s.db.SelectContext(ctx, &ids, `SELECT id FROM change_requests WHERE announced <> state ORDER BY id`)
	return ids, postgres.Fault(err, "thing.change_requests")
}

// TakeUntold returns a request if nobody was told of its state yet, and notes in
// the caller's transaction that now they are. Otherwise it returns false.
func (s *Store) TakeUntold(ctx context.Context, tx *sqlx.Tx, id ID) (Request, bool, error) {
	var found []Request
	err := tx.SelectContext(ctx, &found, `
		UPDATE change_requests SET announced = state
		 WHERE id = (SELECT id FROM change_requests WHERE id = $1 AND announced <> state FOR UPDATE SKIP LOCKED)
		RETURNING `+columns, id)
	if err != nil || len(found) == 0 {
		return Request{}, false, postgres.Fault(err, "thing.change_requests")
	}
	return found[0], true, s.describe(ctx, tx, &found[0])
}
