package segments

import (
	"context"
	"fmt"

	"keur/internal/postgres"
)

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
	// Most revisions are passed over by their bytes, without reading them as
	// JSON: canonical JSON (RFC 8785) writes a segment in this one way.
	mark := fmt.Sprintf(`{"id":%d,"name":`, id)
	err := s.db.SelectContext(ctx, &list, `
		SELECT 'segment' AS kind, s.id, s.name, '' AS state, 0 AS version, false AS exclude
		  FROM segments s
		  JOIN segment_versions v ON v.segment_id = s.id AND v.version = s.version
		 WHERE s.label_id = (SELECT label_id FROM segments WHERE id = $1)
		   AND s.archived_at IS NULL
		   AND jsonb_path_exists(v.rule, '$.**.segment ? (@ == $id)', jsonb_build_object('id', $1::bigint))
		 UNION ALL
		SELECT 'mailing', m.id, m.name, m.state, (ref->>'version')::int, exclude
		  FROM (SELECT m.id, m.name, m.state, convert_from(r.content, 'UTF8')::jsonb->'audience' AS audience
		          FROM mailings m
		          JOIN revisions r ON r.id = m.revision_id
		         WHERE m.label_id = (SELECT label_id FROM segments WHERE id = $1)
		           AND position(convert_to($2, 'UTF8') IN r.content) > 0
		        OFFSET 0) m
		 CROSS JOIN LATERAL (
		       SELECT ref, false AS exclude FROM jsonb_array_elements(m.audience->'segments') ref
		        UNION ALL
		       SELECT ref, true FROM jsonb_array_elements(m.audience->'exclude') ref) used
		 WHERE (ref->>'id')::bigint = $1
		 ORDER BY kind DESC, id DESC
		 LIMIT 100`, id, mark)
	return list, postgres.Fault(err, "uses of segment %d", id)
}
