package imports

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/members"
)

// suppressLeft keeps those from being mailed who left, bounced or complained by
// what the file says, unless they consented later than it says that. The bits are
// those of standing.Set.
func (m *merger) suppressLeft(ctx context.Context, tx *sqlx.Tx, counts *Counts) error {
	if !m.stands {
		return nil
	}
	var mailable int64 // until now
	err := tx.GetContext(ctx, &mailable, `
		WITH added AS (
		  INSERT INTO suppressions (member_id, label_id, reason, source, at)
		  SELECT i.member_id, $1, k.reason, 'import', coalesce(r.left_at, $2)
		    FROM import_rows r
		    JOIN import_members i ON i.n = r.n
		    JOIN (VALUES (1, 'unsubscribe'), (2, 'hard_bounce'), (4, 'complaint')) k (bit, reason) ON r.leaves & k.bit <> 0
		   WHERE NOT EXISTS (SELECT FROM consents c
		                      WHERE c.member_id = i.member_id AND c.label_id = $1 AND c.kind = 'mail' AND c.given
		                        AND c.at > r.left_at OFFSET 0)
		   ORDER BY i.member_id
		  ON CONFLICT DO NOTHING
		  RETURNING member_id)
		SELECT count(*)
		  FROM (SELECT DISTINCT member_id FROM added) a
		 CROSS JOIN LATERAL (SELECT FROM memberships WHERE label_id = $1 AND member_id = a.member_id AND mail_consent OFFSET 0) s`,
		m.options.Label, m.mapping.started)
	counts.NotMailable += mailable
	return err
}

// suppressListed keeps those new members from being mailed whose address is on
// the label's suppression list.
func (m *merger) suppressListed(ctx context.Context, tx *sqlx.Tx, c *chunk, counts *Counts) error {
	listed, err := members.ListedAmong(ctx, tx, m.options.Label, c.keys)
	if err != nil || len(listed) == 0 {
		return err
	}
	lines, reasons := make(pq.Int64Array, len(listed)), make(pq.StringArray, len(listed))
	for i, l := range listed {
		lines[i], reasons[i] = c.lines[l.Place], string(l.Reason)
	}
	var found struct{ Listed, Mailable int64 }
	err = tx.GetContext(ctx, &found, `
		WITH added AS (
		  INSERT INTO suppressions (member_id, label_id, reason, source, at)
		  SELECT i.member_id, $1, x.reason, 'list', $4
		    FROM unnest($2::bigint[], $3::text[]) x (n, reason)
		    JOIN import_members i ON i.n = x.n
		   WHERE NOT i.joined
		   ORDER BY i.member_id
		  ON CONFLICT DO NOTHING
		  RETURNING member_id)
		SELECT count(*) AS listed, count(*) FILTER (WHERE s.mail_consent) AS mailable
		  FROM added a
		 CROSS JOIN LATERAL (SELECT mail_consent FROM memberships WHERE label_id = $1 AND member_id = a.member_id OFFSET 0) s`,
		m.options.Label, lines, reasons, m.clock.Now())
	counts.Listed += found.Listed
	counts.NotMailable += found.Mailable
	return err
}
