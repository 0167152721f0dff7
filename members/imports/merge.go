package imports

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/members"
)

// errDry ends the transaction of a dry run.
var errDry = errors.New("a dry run keeps nothing")

// mergePartition merges the chunks of a partition, one after the other, over a
// connection that holds the partition's staging tables.
func (r *run) mergePartition(ctx context.Context, partition int, queue <-chan *chunk) error {
	conn, err := r.db.Connx(ctx)
	if err != nil {
		return postgres.Fault(err, "thing.database")
	}
	defer func() {
		// The connection goes back to the pool clean.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `DROP TABLE IF EXISTS `+stagingTables)
		_ = conn.Close()
	}()
	m := newMerger(r, partition)
	if err := m.stage(ctx, conn); err != nil {
		return err
	}
	for c := range queue {
		counts, err := r.mergeChunk(ctx, conn, m, c)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.state.add(counts)
		r.report(Progress{Import: r.state})
		r.mu.Unlock()
	}
	return ctx.Err()
}

// mergeChunk merges one chunk, in one transaction with how far the partition is.
func (r *run) mergeChunk(ctx context.Context, conn *sqlx.Conn, m *merger, c *chunk) (Counts, error) {
	var counts Counts
	for n := 1; ; n++ {
		err := postgres.InTx(ctx, conn, func(tx *sqlx.Tx) error {
			// Webhooks tell of an import, and not of each of its members.
			_, err := tx.ExecContext(ctx, `SELECT set_config('keur.bulk', 'import', true)`)
			if err != nil {
				return err
			}
			if counts, err = m.merge(ctx, conn, tx, c); err != nil {
				return err
			}
			if r.options.DryRun {
				return errDry
			}
			return r.saveProgress(ctx, tx, c, append(c.rejects, m.erased...), counts)
		})
		if errors.Is(err, errDry) {
			err = nil
		}
		// Someone added one of these members since the base was empty.
		var e *pq.Error
		if errors.As(err, &e) && e.Code == "23505" && n < 10 {
			m.allNew = false
			continue
		}
		if err != nil {
			return counts, postgres.Fault(err, "thing.rows_to_line", "line", c.last)
		}
		for _, reject := range m.erased {
			if err := r.reject(reject); err != nil {
				return counts, err
			}
		}
		return counts, nil
	}
}

// columnTypes are the types of PostgreSQL that attributes are kept in.
var columnTypes = map[members.Type]string{
	members.Text: "text", members.Number: "double precision", members.Date: "date", members.Bool: "boolean", members.Set: "text[]",
}

const stagingTables = `import_rows, import_members, import_consents, import_changes`

// stage makes the tables that a chunk is staged in: the rows as the file has
// them, whom they are about, which consents are new, and what changes.
func (m *merger) stage(ctx context.Context, conn *sqlx.Conn) error {
	var slots strings.Builder
	for _, a := range m.attributes {
		fmt.Fprintf(&slots, ", %s %s", a.Slot, columnTypes[a.Type])
	}
	_, err := conn.ExecContext(ctx, `
		DROP TABLE IF EXISTS `+stagingTables+`;
		CREATE TEMP TABLE import_rows (
		  n bigint, key text COLLATE "C", address text, domain text, disposable boolean, joined_at timestamptz, source text, time_zone text,
		  member_key text,
		  mail boolean, leaves smallint, left_at timestamptz, mail_at timestamptz, statement_id bigint, consent_source text, form_url text, ip inet,
		  optin_mailed_at timestamptz, confirmed_at timestamptz, confirmed_ip inet, tracking boolean`+slots.String()+`
		) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE import_members (n bigint, member_id bigint, joined boolean, was_mailable boolean) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE import_consents (
		  n bigint, member_id bigint, kind text, given boolean, at timestamptz, statement_id bigint
		) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE import_changes (
		  member_id bigint, was_mailable boolean, mail boolean, tracking boolean, confirmed_at timestamptz, time_zone text,
		  member_key text`+slots.String()+`
		) ON COMMIT DELETE ROWS`)
	return postgres.Fault(err, "thing.staging")
}

// merger merges staged rows into the base, set by set. It is made for one
// partition of one import; its statements differ by the columns of the file only.
type merger struct {
	*run
	partition  int
	staged     []string
	attributes []members.Attribute
	zones      bool     // the file has the members' own zones
	keys       bool     // the file has the publisher's own numbers of members
	stands     bool     // the file says how members stand
	allNew     bool     // nobody in the rows can be a member yet
	erased     []Reject // rows of the last chunk that the base refuses: their address was erased, or is another's
}

func newMerger(r *run, partition int) *merger {
	m := &merger{run: r, partition: partition, allNew: r.emptyBase}
	w := newRowWriter(r.mapping, nil, nil)
	m.staged, m.stands = w.staged, w.stands
	_, m.zones = r.mapping.at[toTimeZone]
	_, m.keys = r.mapping.at[toMemberKey]
	for _, c := range r.mapping.columns {
		if c.attribute.Name != "" {
			m.attributes = append(m.attributes, c.attribute)
		}
	}
	return m
}

// merge merges the chunk and returns what that changed. Everything is undone
// with the transaction, so it may be run again.
func (m *merger) merge(ctx context.Context, conn *sqlx.Conn, tx *sqlx.Tx, c *chunk) (Counts, error) {
	counts := c.counts
	m.erased = nil
	if c.rows == 0 {
		return counts, nil
	}
	// Two imports into labels that share members take turns by partition. A chunk
	// that a power cut takes back takes how far the partition came with it, so that
	// only the end of an import has to wait for the disk.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`
		SET LOCAL work_mem = '64MB'; SET LOCAL synchronous_commit = off;
		SELECT pg_advisory_xact_lock(hashtextextended('keur.import', %d))`, m.partition)); err != nil {
		return counts, err
	}
	if err := postgres.CopyText(ctx, conn, "import_rows", m.staged, c.text); err != nil {
		return counts, err
	}
	if err := m.deleteErased(ctx, tx, c, &counts); err != nil {
		return counts, err
	}
	if err := m.moveMembers(ctx, tx, &counts); err != nil {
		return counts, err
	}
	rows, known, joined := c.rows-len(m.erased), 0, 0
	if !m.allNew { // to look for members in an empty base would be an eighth of the work
		var err error
		if known, joined, err = m.matchMembers(ctx, tx, &counts); err != nil {
			return counts, err
		}
		if rows, err = m.matchFormer(ctx, tx, rows, &known, &joined, &counts); err != nil {
			return counts, err
		}
	}
	if known < rows {
		if err := m.insertMembers(ctx, tx); err != nil {
			return counts, err
		}
	}
	if joined > 0 {
		if err := m.updateMemberships(ctx, tx, joined, &counts); err != nil {
			return counts, err
		}
	}
	if joined < rows {
		if err := m.insertMemberships(ctx, tx, &counts); err != nil {
			return counts, err
		}
		if err := m.suppressListed(ctx, tx, c, &counts); err != nil {
			return counts, err
		}
	}
	return counts, m.suppressLeft(ctx, tx, &counts)
}

// deleteErased takes out rows of addresses that were erased at their owner's
// request: to keep them again is what was refused.
func (m *merger) deleteErased(ctx context.Context, tx *sqlx.Tx, c *chunk, counts *Counts) error {
	found, err := m.store.ErasedAmong(ctx, tx, c.keys)
	if err != nil || len(found) == 0 {
		return err
	}
	email := m.mapping.columns[m.mapping.email].header
	lines := make([]string, len(found))
	for i, at := range found {
		lines[i] = fmt.Sprint(c.lines[at])
		m.erased = append(m.erased, Reject{Row: c.lines[at], Column: email, Reason: members.ErrErased.Message, Whole: true})
	}
	counts.Rejected += int64(len(found))
	_, err = tx.ExecContext(ctx, `DELETE FROM import_rows WHERE n IN (`+strings.Join(lines, ", ")+`)`)
	return err
}

// matchMembers finds who of the rows is a member already, and of this label. Here
// and in all that follows, OFFSET 0 makes the planner look each row up by its key.
// Left to itself it joins the whole table to the chunk, because a base that just
// grew has no statistics yet: 75 µs a row with 200,000 members, against 4.
func (m *merger) matchMembers(ctx context.Context, tx *sqlx.Tx, counts *Counts) (known, joined int, err error) {
	var notMailable int64
	err = tx.QueryRowxContext(ctx, `
		WITH found AS (
		  INSERT INTO import_members (n, member_id, joined, was_mailable)
		  SELECT r.n, m.id, s.member_id IS NOT NULL, coalesce(s.mail_consent, false)
		    FROM import_rows r
		   CROSS JOIN LATERAL (SELECT id FROM members WHERE address_key = r.key OFFSET 0) m
		    LEFT JOIN LATERAL (SELECT member_id, mail_consent FROM memberships
		                        WHERE label_id = $1 AND member_id = m.id OFFSET 0) s ON true
		  RETURNING joined, was_mailable)
		SELECT count(*), count(*) FILTER (WHERE joined), count(*) FILTER (WHERE joined AND NOT was_mailable) FROM found`,
		m.options.Label).Scan(&known, &joined, &notMailable)
	counts.NotMailable += notMailable
	return known, joined, err
}

// insertMembers adds those who aren't members yet. In the order of their
// addresses: neighbours in the index come one after the other.
func (m *merger) insertMembers(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `
		WITH added AS (
		  INSERT INTO members (address, address_key, domain, disposable, created_at)
		  SELECT coalesce(r.address, r.key), r.key, r.domain, r.disposable, $1
		    FROM import_rows r
		   WHERE NOT EXISTS (SELECT FROM import_members i WHERE i.n = r.n)
		   ORDER BY r.key
		  RETURNING id, address_key)
		INSERT INTO import_members (n, member_id, joined, was_mailable)
		SELECT r.n, e.id, false, false FROM added e JOIN import_rows r ON r.key = e.address_key`, m.clock.Now())
	return err
}

// insertMemberships adds the memberships of those who have none under the label,
// with the consents that the file proves.
func (m *merger) insertMemberships(ctx context.Context, tx *sqlx.Tx, counts *Counts) error {
	slots, values := "", ""
	for _, a := range m.attributes {
		slots += ", " + a.Slot
		values += ", r." + a.Slot
	}
	var joined, notMailable int64
	err := tx.QueryRowxContext(ctx, `
		WITH joined AS (
		  INSERT INTO memberships (label_id, member_id, joined_at, mail_consent, tracking_consent, confirmed_at, source, time_zone, member_key`+slots+`)
		  SELECT $1, i.member_id, coalesce(r.joined_at, $2), coalesce(r.mail, false), coalesce(r.tracking, false),
		         CASE WHEN r.mail THEN r.confirmed_at END, coalesce(r.source, $3), r.time_zone, r.member_key`+values+`
		    FROM import_members i JOIN import_rows r ON r.n = i.n
		   WHERE NOT i.joined
		   ORDER BY i.member_id
		  RETURNING mail_consent)
		SELECT count(*), count(*) FILTER (WHERE NOT mail_consent) FROM joined`,
		m.options.Label, m.mapping.started, m.options.Source).Scan(&joined, &notMailable)
	if err != nil {
		return err
	}
	counts.Inserted += joined
	counts.NotMailable += notMailable
	for _, kind := range m.consentColumns() {
		// A no without a time adds nothing to a history that has no yes.
		if err := m.recordConsents(ctx, tx, kind, `
			SELECT i.n, i.member_id, '`+string(kind.kind)+`' AS kind, r.`+kind.column+` AS given,
			       `+kind.at+` AS at, `+kind.statement+` AS statement_id
			  FROM import_members i JOIN import_rows r ON r.n = i.n
			 WHERE NOT i.joined AND (r.`+kind.column+` OR NOT r.`+kind.column+` AND r.mail_at IS NOT NULL)`); err != nil {
			return err
		}
	}
	return nil
}
