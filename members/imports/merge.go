package imports

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/members"
)

// merge brings staged rows into the base, set by set. It is made for one lane
// of one import; its statements differ by the columns of the file only.
type merge struct {
	*importRun
	lane       int
	staged     []string
	attributes []members.Attribute
	zones      bool     // the file has the members' own zones
	strangers  bool     // so far, nobody in the rows of this lane was a member
	erased     []Reject // rows of the last chunk whose address was erased
	fresh      *freshWriter
}

func newMerge(r *importRun, lane int) *merge {
	m := &merge{importRun: r, lane: lane, strangers: true}
	m.staged = newRowWriter(r.plan, nil, nil).staged
	_, m.zones = r.plan.at[toTimeZone]
	for _, c := range r.plan.columns {
		if c.attribute.Name != "" {
			m.attributes = append(m.attributes, c.attribute)
		}
	}
	m.fresh = newFreshWriter(m)
	return m
}

// run merges the chunk and returns what that changed. Everything is undone with
// the transaction, so it may be run again.
func (m *merge) run(ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, c *chunk) (Counts, error) {
	counts := c.counts
	m.erased = nil
	if c.rows == 0 {
		return counts, nil
	}
	// Two imports into labels that share members take turns by lane. A chunk that a
	// power cut takes back takes how far the lane came with it, so that only the
	// end of an import has to wait for the disk.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`
		SET LOCAL work_mem = '64MB'; SET LOCAL synchronous_commit = off;
		SELECT pg_advisory_xact_lock(hashtextextended('keur.import', %d))`, m.lane)); err != nil {
		return counts, err
	}
	if err := members.ShareErasures(ctx, tx); err != nil {
		return counts, err
	}
	var erasures bool
	if err := tx.GetContext(ctx, &erasures, `SELECT EXISTS (SELECT FROM erased_addresses)`); err != nil {
		return counts, err
	}
	if err := m.meet(ctx, tx, c); err != nil {
		return counts, err
	}
	if m.strangers && !erasures {
		err := m.enterAll(ctx, conn, tx, c, &counts)
		return counts, err
	}
	if err := postgres.CopyText(ctx, conn, "import_rows", m.staged, c.text); err != nil {
		return counts, err
	}
	if erasures {
		if err := m.dropErased(ctx, tx, c, &counts); err != nil {
			return counts, err
		}
	}
	rows := c.rows - len(m.erased)
	known, joined, err := m.know(ctx, tx, &counts)
	if err != nil {
		return counts, err
	}
	if known < rows {
		if err := m.enter(ctx, tx); err != nil {
			return counts, err
		}
	}
	if joined > 0 {
		if err := m.update(ctx, tx, joined, &counts); err != nil {
			return counts, err
		}
	}
	if joined < rows {
		err = m.join(ctx, tx, &counts)
	}
	return counts, err
}

// meet finds out whether somebody in the chunk is a member, until one is: in a
// file with one there are more, and in an empty base there can't be any.
func (m *merge) meet(ctx context.Context, tx *sqlx.Tx, c *chunk) error {
	if !m.strangers || m.newBase {
		return nil
	}
	return tx.GetContext(ctx, &m.strangers, `
		SELECT NOT EXISTS (SELECT FROM unnest($1::text[]) k
		                    CROSS JOIN LATERAL (SELECT FROM members WHERE address_key = k OFFSET 0) m)`, pq.Array(c.keys))
}

// dropErased takes out rows of addresses that were erased at their owner's
// request: to keep them again is what was refused.
func (m *merge) dropErased(ctx context.Context, tx *sqlx.Tx, c *chunk, counts *Counts) error {
	found, err := m.store.ErasedAmong(ctx, tx, c.keys)
	if err != nil || len(found) == 0 {
		return err
	}
	email := m.plan.columns[m.plan.email].header
	lines := make([]string, len(found))
	for i, at := range found {
		lines[i] = fmt.Sprint(c.lines[at])
		m.erased = append(m.erased, Reject{Row: c.lines[at], Column: email, Reason: members.ErasedSentence, Whole: true})
	}
	counts.Rejected += int64(len(found))
	_, err = tx.ExecContext(ctx, `DELETE FROM import_rows WHERE n IN (`+strings.Join(lines, ", ")+`)`)
	return err
}

// know finds who of the rows is a member already, and of this label. Here and
// in all that follows, OFFSET 0 makes the planner look each row up by its key.
// Left to itself it joins the whole table to the chunk, because a base that just
// grew has no statistics yet: 75 µs a row with 200,000 members, against 4.
func (m *merge) know(ctx context.Context, tx *sqlx.Tx, counts *Counts) (known, joined int, err error) {
	var unwilling int64
	err = tx.QueryRowxContext(ctx, `
		WITH found AS (
		  INSERT INTO import_members (n, member_id, joined, was)
		  SELECT r.n, m.id, s.member_id IS NOT NULL, coalesce(s.mail_consent, false)
		    FROM import_rows r
		   CROSS JOIN LATERAL (SELECT id FROM members WHERE address_key = r.key OFFSET 0) m
		    LEFT JOIN LATERAL (SELECT member_id, mail_consent FROM memberships
		                        WHERE label_id = $1 AND member_id = m.id OFFSET 0) s ON true
		  RETURNING joined, was)
		SELECT count(*), count(*) FILTER (WHERE joined), count(*) FILTER (WHERE joined AND NOT was) FROM found`,
		m.options.Label).Scan(&known, &joined, &unwilling)
	counts.NotMailable += unwilling
	return known, joined, err
}

// enter adds those who aren't members yet. In the order of their addresses:
// neighbours in the index come one after the other.
func (m *merge) enter(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `
		WITH entered AS (
		  INSERT INTO members (address, address_key, domain, disposable, created_at)
		  SELECT coalesce(r.address, r.key), r.key, r.domain, r.disposable, $1
		    FROM import_rows r
		   WHERE NOT EXISTS (SELECT FROM import_members i WHERE i.n = r.n)
		   ORDER BY r.key
		  RETURNING id, address_key)
		INSERT INTO import_members (n, member_id, joined, was)
		SELECT r.n, e.id, false, false FROM entered e JOIN import_rows r ON r.key = e.address_key`, m.clock.Now())
	return err
}

// join adds the memberships of those who have none under the label, with the
// consents that the file proves.
func (m *merge) join(ctx context.Context, tx *sqlx.Tx, counts *Counts) error {
	slots, values := "", ""
	for _, a := range m.attributes {
		slots += ", " + a.Slot
		values += ", r." + a.Slot
	}
	var joined, unwilling int64
	err := tx.QueryRowxContext(ctx, `
		WITH joined AS (
		  INSERT INTO memberships (label_id, member_id, joined_at, mail_consent, tracking_consent, confirmed_at, source, time_zone`+slots+`)
		  SELECT $1, i.member_id, coalesce(r.joined_at, $2), coalesce(r.mail, false), coalesce(r.tracking, false),
		         CASE WHEN r.mail THEN r.confirmed_at END, coalesce(r.source, $3), r.time_zone`+values+`
		    FROM import_members i JOIN import_rows r ON r.n = i.n
		   WHERE NOT i.joined
		   ORDER BY i.member_id
		  RETURNING mail_consent)
		SELECT count(*), count(*) FILTER (WHERE NOT mail_consent) FROM joined`,
		m.options.Label, m.plan.started, m.options.Source).Scan(&joined, &unwilling)
	if err != nil {
		return err
	}
	counts.Inserted += joined
	counts.NotMailable += unwilling
	for _, kind := range m.kinds() {
		// A no without a time adds nothing to a history that has no yes.
		if err := m.record(ctx, tx, kind, `
			SELECT i.n, i.member_id, '`+string(kind.kind)+`' AS kind, r.`+kind.column+` AS given, `+kind.at+` AS at, `+kind.statement+` AS statement_id
			  FROM import_members i JOIN import_rows r ON r.n = i.n
			 WHERE NOT i.joined AND (r.`+kind.column+` OR NOT r.`+kind.column+` AND r.mail_at IS NOT NULL)`); err != nil {
			return err
		}
	}
	return nil
}
