package templates

import (
	"context"
	"time"

	"github.com/lib/pq"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Filter narrows a list of templates. Zero fields don't narrow.
type Filter struct {
	Labels   []labels.ID // nil: of all labels; empty: of none
	Name     string      // a part of it, in whatever case
	Archived bool        // the archived ones as well
}

// List returns a page of templates in their newest version, by name unless
// asked otherwise: newest, or changed (whose version is the newest).
func (s *Store) List(ctx context.Context, f Filter, ask paging.Ask) (paging.Page[Template], error) {
	id := paging.Number("t.id", func(t Template) ID { return t.ID })
	found, err := paging.Select(ctx, s.db, []paging.Order[Template]{
		{Name: "name", Keys: []paging.Key[Template]{paging.Name("t.name", func(t Template) string { return t.Name }), id}},
		{Name: "newest", Down: true, Keys: []paging.Key[Template]{id}},
		{Name: "changed", Down: true, Keys: []paging.Key[Template]{paging.Moment("v.created_at", func(t Template) time.Time { return t.CreatedAt }), id}},
	}, ask, newest+`
		 WHERE ($1::int[] IS NULL OR t.label_id = ANY($1))
		   AND ($2 = '' OR position(lower($2) IN lower(t.name)) > 0)
		   AND (t.archived_at IS NULL OR $3)`, pq.Array(f.Labels), f.Name, f.Archived)
	return found, postgres.Fault(err, "templates")
}

// Versions returns a page of the versions of a template, the newest first.
func (s *Store) Versions(ctx context.Context, id ID, ask paging.Ask) (paging.Page[Template], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Template]{{Name: "newest", Down: true, Keys: []paging.Key[Template]{
		paging.Number("v.version", func(t Template) int { return t.Version }),
	}}}, ask, `
		SELECT t.id, t.label_id, t.name, v.version, v.format, v.source, t.archived_at, v.created_by, v.created_at
		  FROM templates t
		  JOIN template_versions v ON v.template_id = t.id
		 WHERE t.id = $1`, id)
	return found, postgres.Fault(err, "template %d", id)
}
