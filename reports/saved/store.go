package saved

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps saved reports.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of saved reports in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const columns = `id, label_id, created_by, coalesce(actor_name(created_by), created_by) AS by_name, name, grouping, sort, days,
	from_day, until_day, shared, created_at`

// Seen returns the label's reports that whoever acts may open, by name: their own,
// and what others share.
func (s *Store) Seen(ctx context.Context, label labels.ID) ([]Report, error) {
	found := []Report{}
	err := s.db.SelectContext(ctx, &found, `
		SELECT `+columns+` FROM saved_reports WHERE label_id = $1 AND (shared OR created_by = $2) ORDER BY lower(name), id`,
		label, postgres.Actor(ctx))
	return found, postgres.Fault(err, "thing.saved_reports")
}

// Save keeps a report as that of whoever acts. Returns a Conflict if they have one
// of that name.
func (s *Store) Save(ctx context.Context, r Report) (ID, error) {
	if err := r.Validate(); err != nil {
		return 0, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &r.ID, `
			INSERT INTO saved_reports (label_id, name, grouping, sort, days, from_day, until_day, shared)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`, r.LabelID, r.Name, r.Group, r.Sort, r.Days, r.From, r.Until, r.Shared)
	})
	return r.ID, postgres.Fault(err, "thing.saved_report_named", "name", r.Name)
}

// Share lets the others of the label open a report of whoever acts, or no longer.
// Not found, if it is somebody else's.
func (s *Store) Share(ctx context.Context, id ID, shared bool) (Report, error) {
	return s.own(ctx, `UPDATE saved_reports SET shared = $3 WHERE id = $1 AND created_by = $2 RETURNING `+columns, id, shared)
}

// Remove takes a report of whoever acts away. Not found, if it is somebody else's.
func (s *Store) Remove(ctx context.Context, id ID) (Report, error) {
	return s.own(ctx, `DELETE FROM saved_reports WHERE id = $1 AND created_by = $2 RETURNING `+columns, id)
}

func (s *Store) own(ctx context.Context, query string, id ID, args ...any) (r Report, err error) {
	err = postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		return postgres.Fault(tx.GetContext(ctx, &r, query, append([]any{id, postgres.Actor(ctx)}, args...)...),
			"thing.saved_report", "id", id)
	})
	return r, err
}
