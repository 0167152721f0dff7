package segments

import (
	"context"

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
	return list, postgres.Fault(err, "uses of segment %d", id)
}
