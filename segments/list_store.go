package segments

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Filter narrows a list of segments. Zero fields don't narrow.
type Filter struct {
	Labels   []labels.ID // nil: of all labels; empty: of none
	Name     string      // a part of the name or the description, in whatever case
	Archived bool        // the archived ones as well
}

// List returns a page of segments with their newest rule, by name unless asked
// otherwise: newest.
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Segment], error) {
	id := paging.Number("s.id", func(g Segment) ID { return g.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Segment]{
		{Name: "name", Keys: []paging.Key[Segment]{paging.Name("s.name", func(g Segment) string { return g.Name }), id}},
		{Name: "newest", Down: true, Keys: []paging.Key[Segment]{id}},
	}, ask, selectSegments+`
		 WHERE ($1::int[] IS NULL OR s.label_id = ANY($1))
		   AND ($2 = '' OR position(lower($2) IN lower(s.name || ' ' || s.description)) > 0)
		   AND (s.archived_at IS NULL OR $3)`, pq.Array(f.Labels), f.Name, f.Archived)
	return found, postgres.Fault(err, "segments")
}

// Version is a rule that a segment has or had.
type Version struct {
	Version   int       `db:"version" json:"version"`
	Rule      Rule      `db:"rule" json:"rule"`
	CreatedBy string    `db:"created_by" json:"created_by"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
}

// Versions returns a page of the versions of a segment, the newest first.
func (s *Store) Versions(ctx context.Context, id ID, ask paging.Ask) (paging.Page[Version], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Version]{{Name: "newest", Down: true, Keys: []paging.Key[Version]{
		paging.Number("version", func(v Version) int { return v.Version }),
	}}}, ask, `
		SELECT version, rule, created_by, created_at FROM segment_versions WHERE segment_id = $1`, id)
	return found, postgres.Fault(err, "versions of segment %d", id)
}
