package segments

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
)

// Store keeps segments and their versions.
type Store struct{ db *sqlx.DB }

// NewStore returns a store over db.
func NewStore(db *sqlx.DB) *Store { return &Store{db: db} }

// Create saves a new segment under label, as its first version.
func (s *Store) Create(ctx context.Context, label labels.ID, name, description string, rule Rule) (Segment, error) {
	g := Segment{LabelID: label, Name: name, Description: description, Version: 1, Rule: rule}
	if err := g.check(); err != nil {
		return g, err
	}
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &g.ID, `
			INSERT INTO segments (label_id, name, description)
			VALUES ($1, $2, $3)
			RETURNING id`, label, name, description); err != nil {
			return postgres.Fault(err, "thing.segment_named", "name", name)
		}
		return s.addVersion(ctx, tx, g)
	})
	return g, err
}

// Get returns the newest version of a segment.
func (s *Store) Get(ctx context.Context, id ID) (Segment, error) {
	return get(ctx, s.db, id, "")
}

// AtVersion returns a segment with the rule of an earlier version.
func (s *Store) AtVersion(ctx context.Context, id ID, version int) (Segment, error) {
	g, err := s.Get(ctx, id)
	if err != nil {
		return g, err
	}
	g.Version = version
	err = s.db.GetContext(ctx, &g.Rule, `
		SELECT rule
		  FROM segment_versions
		 WHERE segment_id = $1
		   AND version = $2`, id, version)
	return g, postgres.Fault(err, "thing.version_of_segment", "version", version, "segment", id)
}

// Update locks a segment, lets change edit its name, description, rule or
// archiving, and saves it. A changed rule makes a new version. Returns a
// conflict if basedOn is no longer the newest version.
func (s *Store) Update(ctx context.Context, id ID, basedOn int, change func(*Segment) error) (Segment, error) {
	var g Segment
	err := postgres.InTx(ctx, s.db, func(tx *sqlx.Tx) (err error) {
		if g, err = get(ctx, tx, id, " FOR UPDATE OF s"); err != nil {
			return err
		}
		if g.Version != basedOn {
			return fault.New(fault.Conflict, "segments.changed", "version", basedOn, "newest", g.Version)
		}
		before := g
		if err := change(&g); err != nil {
			return err
		}
		return s.save(ctx, tx, before, &g)
	})
	return g, err
}

// save writes what changed of a locked segment.
func (s *Store) save(ctx context.Context, tx *sqlx.Tx, before Segment, g *Segment) error {
	g.ID, g.LabelID, g.Version = before.ID, before.LabelID, before.Version
	if err := g.check(); err != nil {
		return err
	}
	if !sameRule(before.Rule, g.Rule) {
		g.Version++
		if err := s.addVersion(ctx, tx, *g); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE segments
		   SET name = $2, description = $3, archived_at = $4, version = $5
		 WHERE id = $1`, g.ID, g.Name, g.Description, g.ArchivedAt, g.Version)
	return postgres.Fault(err, "thing.segment_named", "name", g.Name)
}

func (s *Store) addVersion(ctx context.Context, tx *sqlx.Tx, g Segment) error {
	if err := checkCountable(ctx, tx, g); err != nil {
		return err
	}
	rule, err := json.Marshal(g.Rule)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO segment_versions (segment_id, version, rule)
		VALUES ($1, $2, $3)`, g.ID, g.Version, rule)
	return postgres.Fault(err, "thing.version_of_segment", "version", g.Version, "segment", g.ID)
}

const selectSegments = `
		SELECT s.id, s.label_id, s.name, s.description, s.version, s.archived_at, v.rule
		  FROM segments s
		  JOIN segment_versions v ON v.segment_id = s.id AND v.version = s.version`

func get(ctx context.Context, db sqlx.QueryerContext, id ID, lock string) (Segment, error) {
	var g Segment
	err := sqlx.GetContext(ctx, db, &g, selectSegments+`
		 WHERE s.id = $1`+lock, id)
	return g, postgres.Fault(err, "thing.segment", "id", id)
}

func sameRule(a, b Rule) bool {
	left, errA := json.Marshal(a)
	right, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(left) == string(right)
}

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
	return found, postgres.Fault(err, "thing.segments")
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
	return found, postgres.Fault(err, "thing.versions_of_segment", "segment", id)
}

// Use is where a segment is used: by another segment, or in the audience of
// the newest revision of a mailing, which holds the rule of that version.
type Use struct {
	Kind    string `db:"kind"` // segment or mailing
	ID      int64  `db:"id"`
	Name    string `db:"name"`
	State   string `db:"state"`   // of a mailing
	Version int    `db:"version"` // of this segment, in a mailing
	Exclude bool   `db:"exclude"` // its members are left out
}

// Uses returns where the segment is used, segments first, then mailings, the
// newest first.
func (s *Store) Uses(ctx context.Context, id ID) ([]Use, error) {
	list := []Use{}
	// From the segment to the revisions that name it, by their key: PostgreSQL
	// writes revision_segments itself as a revision comes in.
	err := s.db.SelectContext(ctx, &list, `
		SELECT 'segment' AS kind, s.id, s.name, '' AS state, 0 AS version, false AS exclude
		  FROM segments s
		  JOIN segment_versions v ON v.segment_id = s.id AND v.version = s.version
		 WHERE s.label_id = (SELECT label_id FROM segments WHERE id = $1)
		   AND s.archived_at IS NULL
		   AND jsonb_path_exists(v.rule, '$.**.segment ? (@ == $id)', jsonb_build_object('id', $1::bigint))
		 UNION ALL
		SELECT 'mailing', m.id, m.name, m.state, u.version, u.exclude
		  FROM revision_segments u
		  JOIN revisions r ON r.id = u.revision_id
		  JOIN mailings m ON m.id = r.mailing_id AND m.revision_id = r.id
		 WHERE u.segment_id = $1
		 ORDER BY kind DESC, id DESC, exclude
		 LIMIT 100`, id)
	return list, postgres.Fault(err, "thing.uses_of_segment", "segment", id)
}
