package authors

import (
	"context"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// Shown is a part with what it says: the bytes that are approved with it, and
// those that were approved of it last.
type Shown struct {
	Part
	Name   string `db:"name" json:"name"`
	Text   string `db:"text" json:"text"`
	Before string `db:"before" json:"before,omitempty" doc:"What was approved of it last; empty: nothing was"`
}

// shownBy are the queries for what the parts of a thing say. Each is told the
// label, the thing and its version.
var shownBy = map[Kind]string{
	Template: `
		SELECT template_part(v.template_id, v.version) AS hash, t.name, v.source AS text, coalesce((
		       SELECT o.source FROM template_versions o JOIN part_approvals a ON a.hash = template_part(o.template_id, o.version)
		        WHERE o.template_id = v.template_id AND o.version < v.version AND a.label_id = $1 ORDER BY o.version DESC LIMIT 1), '') AS before
		  FROM template_versions v JOIN templates t ON t.id = v.template_id
		 WHERE v.template_id = $2 AND v.version = $3`,
	Segment: `
		WITH RECURSIVE chain AS (
		  SELECT v.segment_id, v.version, v.rule FROM segment_versions v WHERE v.segment_id = $2 AND v.version = $3
		   UNION
		  SELECT v.segment_id, v.version, v.rule
		    FROM chain c CROSS JOIN LATERAL jsonb_path_query(c.rule, '$.**.segment') ref
		    JOIN segments s ON s.id = (ref #>> '{}')::bigint JOIN segment_versions v ON v.segment_id = s.id AND v.version = s.version
		   WHERE jsonb_typeof(ref) = 'number'
		)
		SELECT segment_part(c.segment_id, c.version) AS hash, s.name, jsonb_pretty(c.rule) AS text, coalesce((
		       SELECT jsonb_pretty(o.rule) FROM segment_versions o JOIN part_approvals a ON a.hash = segment_part(o.segment_id, o.version)
		        WHERE o.segment_id = c.segment_id AND o.version < c.version AND a.label_id = $1 ORDER BY o.version DESC LIMIT 1), '') AS before
		  FROM chain c JOIN segments s ON s.id = c.segment_id
		 WHERE segment_part(c.segment_id, c.version) IS NOT NULL`,
	Deal: `
		SELECT terms_part(c.id) AS hash, c.name, '' AS before, (
		       SELECT string_agg(concat_ws(' ', d.kind, d.basis_points::numeric / 100 || ' %', d.minor_units::numeric / 100, c.currency, d.note),
		                         E'\n' ORDER BY d.id) FROM deals d WHERE d.campaign_id = c.id) AS text
		  FROM campaigns c WHERE c.id = $2 AND $1::int IS NOT NULL AND $3::int IS NOT NULL AND terms_part(c.id) IS NOT NULL`,
}

// Shown returns the parts of a template, a segment or a deal, each with its
// bytes. What nobody has written has none.
func (s *Store) Shown(ctx context.Context, label labels.ID, thing Thing) ([]Shown, error) {
	query, known := shownBy[thing.Kind]
	if !known {
		return nil, fault.New(fault.Invalid, "authors.no_such_part")
	}
	parts, err := partsOf(ctx, s.db, label, thing)
	if err != nil {
		return nil, err
	}
	var said []Shown
	if err := s.db.SelectContext(ctx, &said, query, label, thing.ID, thing.Version); err != nil {
		return nil, postgres.Fault(err, "thing.parts")
	}
	found := []Shown{}
	for _, p := range parts {
		for _, one := range said {
			if one.Hash == p.Hash {
				one.Part = p
				found = append(found, one)
				break
			}
		}
	}
	return found, nil
}
