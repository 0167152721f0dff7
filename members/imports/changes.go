package imports

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"
)

// updateMemberships brings members of the label up to date, and touches none who
// is so already: an update that changes nothing would cost as much as one that
// does.
func (m *merger) updateMemberships(ctx context.Context, tx *sqlx.Tx, joined int, counts *Counts) error {
	consents, err := m.stageConsents(ctx, tx)
	if err != nil {
		return err
	}
	if consents > 0 {
		if err := m.insertConsents(ctx, tx); err != nil {
			return err
		}
	}
	changes, err := m.stageChanges(ctx, tx, consents > 0)
	if err != nil {
		return err
	}
	if changes > 0 {
		if err := m.applyChanges(ctx, tx, consents > 0, counts); err != nil {
			return err
		}
	}
	if consents > 0 {
		// Whoever has a new consent in the history changed too.
		err = tx.GetContext(ctx, &changes, `
			SELECT count(*) FROM (SELECT member_id FROM import_changes UNION SELECT member_id FROM import_consents) either`)
	}
	counts.Updated += changes
	counts.Unchanged += int64(joined) - changes
	return err
}

// valueColumns returns the columns of memberships that the file has, besides
// consents.
func (m *merger) valueColumns() []string {
	var columns []string
	for _, a := range m.attributes {
		columns = append(columns, a.Slot)
	}
	if m.zones {
		columns = append(columns, "time_zone")
	}
	if m.keys {
		columns = append(columns, "member_key")
	}
	return columns
}

// stageChanges notes the members whose row says something else than is known,
// and returns how many there are. An empty cell says nothing.
func (m *merger) stageChanges(ctx context.Context, tx *sqlx.Tx, consents bool) (int64, error) {
	into, values, read := "", "", ""
	differs := []string{"false"}
	for _, c := range m.valueColumns() {
		into += ", " + c
		values += ", r." + c
		read += ", " + c
		differs = append(differs, "r."+c+" IS NOT NULL AND s."+c+" IS DISTINCT FROM r."+c)
	}
	newest := `
		(SELECT NULL::bigint AS member_id, NULL::boolean AS mail, NULL::boolean AS tracking, NULL::timestamptz AS confirmed_at
		  WHERE false)`
	if consents {
		newest = newestConsents
		differs = append(differs, "k.mail <> s.mail_consent", "k.tracking <> s.tracking_consent",
			"k.confirmed_at IS NOT NULL AND k.confirmed_at IS DISTINCT FROM s.confirmed_at")
	}
	done, err := tx.ExecContext(ctx, `
		INSERT INTO import_changes (member_id, was_mailable, mail, tracking, confirmed_at`+into+`)
		SELECT i.member_id, i.was_mailable, k.mail, k.tracking, k.confirmed_at`+values+`
		  FROM import_members i
		  JOIN import_rows r ON r.n = i.n
		  LEFT JOIN `+newest+` k ON k.member_id = i.member_id
		 CROSS JOIN LATERAL (SELECT mail_consent, tracking_consent, confirmed_at`+read+` FROM memberships
		                      WHERE label_id = $1 AND member_id = i.member_id OFFSET 0) s
		 WHERE i.joined AND (`+strings.Join(differs, " OR ")+`)
		 ORDER BY i.member_id`, m.options.Label)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// newestConsents is the newest consent, by kind, of each member who has a new one
// in the file: not of the file's but of all that were ever recorded, so that an
// older consent never undoes a withdrawal.
const newestConsents = `
	(SELECT member_id, bool_or(given) FILTER (WHERE kind = 'mail') AS mail,
	        bool_or(given) FILTER (WHERE kind = 'tracking') AS tracking,
	        max(confirmed_at) FILTER (WHERE kind = 'mail') AS confirmed_at
	   FROM (SELECT DISTINCT ON (x.member_id, c.kind) x.member_id, c.kind, c.given, c.confirmed_at
	           FROM (SELECT DISTINCT member_id FROM import_consents) x
	          CROSS JOIN LATERAL (SELECT kind, given, at, id, confirmed_at FROM consents
	                               WHERE member_id = x.member_id AND label_id = $1 OFFSET 0) c
	          ORDER BY x.member_id, c.kind, c.at DESC, c.given, c.id DESC) newest
	  GROUP BY member_id)`

// applyChanges writes what was found, over what is there at that moment: what
// the file doesn't say may be changing under a person's hands. Consents are set
// only when there are new ones, because triggers watch that column.
func (m *merger) applyChanges(ctx context.Context, tx *sqlx.Tx, consents bool, counts *Counts) error {
	var set []string
	for _, c := range m.valueColumns() {
		set = append(set, c+" = coalesce(x."+c+", s."+c+")")
	}
	if consents {
		set = append(set, "mail_consent = coalesce(x.mail, s.mail_consent)", "tracking_consent = coalesce(x.tracking, s.tracking_consent)",
			"confirmed_at = coalesce(x.confirmed_at, s.confirmed_at)")
	}
	// An updated table can't be looked up by OFFSET 0; this has the same effect.
	if _, err := tx.ExecContext(ctx, `SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`); err != nil {
		return err
	}
	var lost, won int64
	err := tx.QueryRowxContext(ctx, `
		WITH changed AS (
		  UPDATE memberships s SET `+strings.Join(set, ", ")+`
		    FROM import_changes x
		   WHERE s.label_id = $1 AND s.member_id = x.member_id
		  RETURNING x.was_mailable, s.mail_consent AS mailable)
		SELECT count(*) FILTER (WHERE was_mailable AND NOT mailable), count(*) FILTER (WHERE mailable AND NOT was_mailable) FROM changed`,
		m.options.Label).Scan(&lost, &won)
	if err != nil {
		return err
	}
	counts.NotMailable += lost - won
	_, err = tx.ExecContext(ctx, `SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on`)
	return err
}
