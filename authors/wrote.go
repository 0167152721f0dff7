package authors

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/postgres"
)

// Written is a part of a revision of which somebody still counts as a writer.
type Written struct {
	UserID accounts.UserID `db:"user_id" json:"user_id"`
	Kind   Kind            `db:"kind" json:"kind"`
	Name   string          `db:"name" json:"name,omitempty"` // of a template or a segment
}

// Wrote returns who counts as an author of a revision, and for which parts of it.
func Wrote(ctx context.Context, q sqlx.QueryerContext, revision int64) ([]Written, error) {
	var found []Written
	err := sqlx.SelectContext(ctx, q, &found, `
		SELECT DISTINCT a.user_id, p.kind, coalesce(CASE p.kind
		         WHEN 'template' THEN (SELECT t.name FROM templates t WHERE t.id = (c.content#>>'{template,id}')::bigint)
		         WHEN 'segment' THEN (SELECT min(s.name) FROM (SELECT jsonb_path_query(c.content, '$.audience.segments[*]') UNION ALL
		                                                       SELECT jsonb_path_query(c.content, '$.audience.exclude[*]')) x(rule)
		                                JOIN segments s ON s.id = (x.rule->>'id')::bigint
		                               WHERE segment_part(s.id, (x.rule->>'version')::int) = p.hash) END, '') AS name
		  FROM revisions r
		  JOIN mailings m ON m.id = r.mailing_id
		 CROSS JOIN LATERAL (SELECT convert_from(r.content, 'UTF8')::jsonb AS content) c
		 CROSS JOIN parts_of_revision(r.id) p
		 CROSS JOIN standing_authors(p.hash, m.label_id) a(user_id)
		 WHERE r.id = $1
		 ORDER BY 1, 2, 3`, revision)
	return found, postgres.Fault(err, "thing.revision", "id", revision)
}
