package templates

import (
	"cmp"
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps templates and their versions.
type Store struct{ db *sqlx.DB }

// NewStore returns the store of templates in db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

const (
	versions = `
		SELECT t.id, t.label_id, t.kind, t.name, v.version, v.format, v.source, t.archived_at, v.created_by, v.created_at
		  FROM templates t
		  JOIN template_versions v ON v.template_id = t.id`
	newest = versions + ` AND v.version = t.version`
)

// Create adds a template, as version 1. One of no kind is for mails.
func (s *Store) Create(ctx context.Context, t Template) (Template, error) {
	t.Kind = cmp.Or(t.Kind, Mail)
	if err := t.Validate(); err != nil {
		return Template{}, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		var id ID
		if err := tx.GetContext(ctx, &id, `INSERT INTO templates (label_id, kind, name) VALUES ($1, $2, $3) RETURNING id`,
			t.LabelID, t.Kind, t.Name); err != nil {
			return postgres.Fault(err, "thing.template_named", "name", t.Name)
		}
		t.ID, t.Version = id, 1
		if err := addVersion(ctx, tx, t); err != nil {
			return err
		}
		var err error
		t, err = load(ctx, tx, newest+` WHERE t.id = $1`, id)
		return err
	})
	return t, err
}

// Update locks a template, lets change alter it, and saves it: a new source or
// format as a new version. Nothing is written if change returns an error. Who
// edits compares Version in change, so that nobody overwrites another's work.
func (s *Store) Update(ctx context.Context, id ID, change func(*Template) error) (Template, error) {
	var t Template
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		old, err := load(ctx, tx, newest+` WHERE t.id = $1 FOR UPDATE OF t`, id)
		if err != nil {
			return err
		}
		t = old
		if err := change(&t); err != nil {
			return err
		}
		if err := t.Validate(); err != nil {
			return err
		}
		t.ID, t.LabelID, t.Kind, t.Version = old.ID, old.LabelID, old.Kind, old.Version
		if t.Source != old.Source || t.Format != old.Format {
			t.Version++
			if err := addVersion(ctx, tx, t); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE templates SET name = $2, version = $3, archived_at = $4 WHERE id = $1`,
			t.ID, t.Name, t.Version, t.ArchivedAt); err != nil {
			return postgres.Fault(err, "thing.template_named", "name", t.Name)
		}
		t, err = load(ctx, tx, newest+` WHERE t.id = $1`, id)
		return err
	})
	return t, err
}

func addVersion(ctx context.Context, tx *sqlx.Tx, t Template) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO template_versions (template_id, version, format, source) VALUES ($1, $2, $3, $4)`,
		t.ID, t.Version, t.Format, t.Source)
	return postgres.Fault(err, "thing.version_of_template", "version", t.Version, "template", t.ID)
}

func load(ctx context.Context, q sqlx.QueryerContext, query string, id ID) (t Template, err error) {
	err = sqlx.GetContext(ctx, q, &t, query, id)
	return t, postgres.Fault(err, "thing.template", "id", id)
}

// Get returns the newest version of a template.
func (s *Store) Get(ctx context.Context, id ID) (Template, error) {
	return load(ctx, s.db, newest+` WHERE t.id = $1`, id)
}

// Version returns one version of a template.
func (s *Store) Version(ctx context.Context, id ID, version int) (t Template, err error) {
	err = s.db.GetContext(ctx, &t, versions+` WHERE t.id = $1 AND v.version = $2`, id, version)
	return t, postgres.Fault(err, "thing.version_of_template", "version", version, "template", id)
}

// Filter narrows a list of templates. Zero fields don't narrow.
type Filter struct {
	Labels   []labels.ID // nil: of all labels; empty: of none
	Kind     Kind        // empty: of all kinds
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
		{Name: "changed", Down: true, Keys: []paging.Key[Template]{paging.Moment("v.created_at",
			func(t Template) time.Time { return t.CreatedAt }), id}},
	}, ask, newest+`
		 WHERE ($1::int[] IS NULL OR t.label_id = ANY($1))
		   AND ($2 = '' OR position(lower($2) IN lower(t.name)) > 0)
		   AND (t.archived_at IS NULL OR $3)
		   AND ($4 = '' OR t.kind = $4)`, pq.Array(f.Labels), f.Name, f.Archived, f.Kind)
	return found, postgres.Fault(err, "thing.templates")
}

// Partials returns the partial templates of a label that a source includes, and
// that those include, in their newest version. What the label doesn't have isn't
// among them, nor what makes the mail larger than any may be: Compile says where
// it is asked for.
func (s *Store) Partials(ctx context.Context, label labels.ID, source string) ([]Template, error) {
	found, asked, size := []Template{}, map[string]bool{}, 0
	for sources := []string{source}; len(sources) > 0 && size <= maxSource; {
		var names []string
		for _, name := range includedBy(sources) {
			if !asked[name] && len(asked) < maxIncludes {
				asked[name] = true
				names = append(names, name)
			}
		}
		var more []Template
		if err := s.db.SelectContext(ctx, &more, newest+` WHERE t.label_id = $1 AND t.kind = $2 AND t.name = ANY($3) ORDER BY t.name`,
			label, Partial, pq.Array(names)); err != nil {
			return nil, postgres.Fault(err, "thing.templates")
		}
		sources = nil
		for _, t := range more {
			if size <= maxSource {
				found, sources, size = append(found, t), append(sources, t.Source), size+len(t.Source)
			}
		}
	}
	return found, nil
}

// Versions returns a page of the versions of a template, the newest first.
func (s *Store) Versions(ctx context.Context, id ID, ask paging.Ask) (paging.Page[Template], error) {
	found, err := paging.Select(ctx, s.db, []paging.Order[Template]{{Name: "newest", Down: true, Keys: []paging.Key[Template]{
		paging.Number("v.version", func(t Template) int { return t.Version }),
	}}}, ask, versions+`
		 WHERE t.id = $1`, id)
	return found, postgres.Fault(err, "thing.template", "id", id)
}
