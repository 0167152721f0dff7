package members

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"
)

// update brings members of the label up to date, and touches none who is so
// already: an update that changes nothing would cost as much as one that does.
func (m *merge) update(ctx context.Context, tx *sqlx.Tx, joined int, counts *Counts) error {
	said, err := m.findConsents(ctx, tx)
	if err != nil {
		return err
	}
	if said > 0 {
		if err := m.addConsents(ctx, tx); err != nil {
			return err
		}
	}
	set, differs := m.assignments(said > 0)
	if len(set) == 0 {
		counts.Unchanged += int64(joined)
		return nil
	}
	var changed, lost, won int64
	err = tx.QueryRowxContext(ctx, m.rulings(said > 0)+`
		, changed AS (
		  UPDATE memberships s SET `+strings.Join(set, ", ")+`
		    FROM import_members i
		    JOIN import_rows r ON r.n = i.n
		    LEFT JOIN ruling k ON k.member_id = i.member_id
		   WHERE i.joined AND s.label_id = $1 AND s.member_id = i.member_id
		     AND (`+strings.Join(differs, " OR ")+`)
		  RETURNING s.member_id, i.was, s.mail_consent AS is)
		SELECT (SELECT count(*) FROM (SELECT member_id FROM changed UNION SELECT member_id FROM import_consents) either),
		       count(*) FILTER (WHERE was AND NOT "is"), count(*) FILTER (WHERE "is" AND NOT was)
		  FROM changed`, m.options.Label).Scan(&changed, &lost, &won)
	if err != nil {
		return err
	}
	counts.Updated += changed
	counts.Unchanged += int64(joined) - changed
	counts.NotMailable += lost - won
	return nil
}

// assignments returns what the update sets, and when a row is in need of it. An
// empty cell leaves what is known.
func (m *merge) assignments(consents bool) (set, differs []string) {
	columns := []string{}
	for _, a := range m.attributes {
		columns = append(columns, a.Slot)
	}
	if m.zones {
		columns = append(columns, "time_zone")
	}
	for _, c := range columns {
		set = append(set, c+" = coalesce(r."+c+", s."+c+")")
		differs = append(differs, "r."+c+" IS NOT NULL AND s."+c+" IS DISTINCT FROM r."+c)
	}
	if consents {
		set = append(set, "mail_consent = coalesce(k.mail, s.mail_consent)", "tracking_consent = coalesce(k.tracking, s.tracking_consent)",
			"confirmed_at = coalesce(k.confirmed_at, s.confirmed_at)")
		differs = append(differs, "k.mail <> s.mail_consent", "k.tracking <> s.tracking_consent",
			"k.confirmed_at IS NOT NULL AND k.confirmed_at IS DISTINCT FROM s.confirmed_at")
	}
	return set, differs
}

// rulings returns the newest word, by kind, of each member who has a new one:
// not of the file's but of all that was ever said, so that an older consent
// never undoes a withdrawal.
func (m *merge) rulings(consents bool) string {
	if !consents {
		return `WITH ruling AS (SELECT NULL::bigint AS member_id WHERE false)`
	}
	return `
		WITH newest AS (
		  SELECT DISTINCT ON (c.member_id, c.kind) c.member_id, c.kind, c.given, c.confirmed_at
		    FROM (SELECT DISTINCT member_id FROM import_consents) x
		    JOIN consents c ON c.member_id = x.member_id AND c.label_id = $1
		   ORDER BY c.member_id, c.kind, c.at DESC, c.given, c.id DESC),
		ruling AS (
		  SELECT member_id, bool_or(given) FILTER (WHERE kind = 'mail') AS mail, bool_or(given) FILTER (WHERE kind = 'tracking') AS tracking,
		         max(confirmed_at) FILTER (WHERE kind = 'mail') AS confirmed_at
		    FROM newest GROUP BY member_id)`
}
