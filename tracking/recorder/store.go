package recorder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/tracking"
)

// statements are those of the recorder, prepared: they run thousands of times
// a second, and planning them costs more than running them.
type statements struct {
	readStmt, recordStmt *sqlx.Stmt
}

// prepare readies the statements. database/sql prepares them again on each
// connection that it opens.
func prepare(ctx context.Context, db *sqlx.DB) (*statements, error) {
	facts, err := db.PreparexContext(ctx, factsSQL)
	if err != nil {
		return nil, fmt.Errorf("prepare recording: %w", err)
	}
	record, err := db.PreparexContext(ctx, recordSQL)
	if err != nil {
		return nil, fmt.Errorf("prepare recording: %w", err)
	}
	return &statements{facts, record}, nil
}

// Each lateral looks up one primary key: a join would be planned by a guess
// and might read a whole partition. A mail whose reply was lost has no time of
// sending, but one of its intent. The lock on the engagement holds what is
// unique until it is counted.
const factsSQL = `
	SELECT u.n, d.found IS NOT NULL AS known, coalesce(p.tracking_consent, false) AS tracked,
	       coalesce(d.variant, 0) AS variant, d.sent_at, coalesce(m.domain, '') AS domain,
	       e.found IS NOT NULL AS engaged, coalesce(e.opens, 0) AS opens, coalesce(e.clicks, 0) AS clicks,
	       coalesce(e.links, '{}') AS links
	  FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::int[]) WITH ORDINALITY AS u(month, send, member, label, n)
	  LEFT JOIN LATERAL (SELECT true AS found, variant, coalesce(sent_at, changed_at) AS sent_at FROM deliveries
	        WHERE send_month = u.month AND send_id = u.send AND member_id = u.member LIMIT 1) d ON true
	  LEFT JOIN LATERAL (SELECT tracking_consent FROM memberships
	        WHERE label_id = u.label AND member_id = u.member LIMIT 1) p ON true
	  LEFT JOIN LATERAL (SELECT domain FROM members WHERE id = u.member LIMIT 1) m ON true
	  LEFT JOIN LATERAL (SELECT true AS found, opens, clicks, links FROM engagements
	        WHERE send_month = u.month AND send_id = u.send AND member_id = u.member LIMIT 1 FOR UPDATE) e ON true`

// readFacts fills in the facts of fetches, and locks their engagements.
func (s *statements) readFacts(ctx context.Context, tx *sqlx.Tx, fetches []*fetch) error {
	var (
		months        pq.StringArray
		sends, member pq.Int64Array
		labels        pq.Int32Array
	)
	for _, f := range fetches {
		months, sends = append(months, f.send.month), append(sends, f.send.ID)
		member, labels = append(member, f.ref.Member), append(labels, int32(f.send.Label))
	}
	var found []facts
	if err := tx.StmtxContext(ctx, s.readStmt).SelectContext(ctx, &found, months, sends, member, labels); err != nil {
		return fmt.Errorf("read about %d fetches: %w", len(fetches), err)
	}
	for _, of := range found {
		fetches[of.N-1].facts = of
	}
	return nil
}

// recordSQL writes what a group comes to, all in one statement.
const recordSQL = `SELECT send, member, total FROM record_engagements($1, $2, $3, $4)`

// record writes what a group comes to, or the part of it that is there. Returns
// errRace when an engagement that wasn't there a moment ago holds more than we put
// in: what was counted as unique wasn't.
func (s *statements) record(
	ctx context.Context, tx *sqlx.Tx, events []event, engagements []*engagement, behaviours map[behaviour]int, deltas []tracking.Delta,
) error {
	added, fresh := engagementRecords(engagements)
	var after []struct {
		Send   int64 `db:"send"`
		Member int64 `db:"member"`
		Total  int   `db:"total"`
	}
	err := tx.StmtxContext(ctx, s.recordStmt).SelectContext(ctx, &after,
		eventRecords(events), added, behaviourRecords(behaviours), deltaRecords(deltas))
	if err != nil {
		return fmt.Errorf("record %d events: %w", len(events), err)
	}
	for _, a := range after {
		if put, ours := fresh[delivered{a.Send, a.Member}]; ours && a.Total != put {
			return errRace
		}
	}
	return nil
}

// eventRecords writes events as recorded_event[].
func eventRecords(events []event) string {
	var rows postgres.Records
	for _, e := range events {
		f := e.of
		var link, click any
		if f.link.ID != 0 {
			link = f.link.ID
		}
		if f.ref.Kind == tracking.Click {
			click = ClickRef(f.clickID)
		}
		rows.Add(f.send.month, f.send.ID, e.member, f.at, f.ref.Kind.String(), e.machine, f.reason, link, click, f.family)
	}
	return rows.String()
}

// engagementRecords writes engagements as recorded_engagement[], and returns what
// those come to that aren't in the base yet.
func engagementRecords(all []*engagement) (string, map[delivered]int) {
	var rows postgres.Records
	fresh := map[delivered]int{}
	for _, g := range all {
		f := g.of
		rows.Add(f.send.month, f.send.ID, f.ref.Member, int64(g.opens), int64(g.clicks), int64(g.machineOpens), int64(g.machineClick),
			orNull(g.firstOpen), orNull(g.firstClick), arrayText(g.links))
		if !f.facts.Engaged {
			fresh[delivered{f.send.ID, f.ref.Member}] = g.opens + g.clicks + g.machineOpens + g.machineClick
		}
	}
	return rows.String(), fresh
}

// inOrder is the order in which all lock behaviours.
func inOrder(a, b behaviour) int {
	return cmp.Or(cmp.Compare(a.member, b.member), cmp.Compare(a.mailing, b.mailing), cmp.Compare(a.campaign, b.campaign),
		cmp.Compare(a.kind, b.kind), cmp.Compare(a.day, b.day))
}

// behaviourRecords writes behaviours as recorded_behaviour[].
func behaviourRecords(all map[behaviour]int) string {
	keys := make([]behaviour, 0, len(all))
	for b, n := range all {
		if n != 0 {
			keys = append(keys, b)
		}
	}
	slices.SortFunc(keys, inOrder)
	var rows postgres.Records
	for _, b := range keys {
		rows.Add(int64(b.label), b.kind, b.day, b.campaign, b.mailing, b.member, int64(all[b]))
	}
	return rows.String()
}

// deltaRecords writes deltas as recorded_delta[].
func deltaRecords(deltas []tracking.Delta) string {
	var rows postgres.Records
	for _, d := range tracking.Sum(deltas) {
		rows.Add(d.Send, string(d.Measure), d.Hour, int64(d.Variant), d.Link, d.Domain, d.N)
	}
	return rows.String()
}

// orNull returns a moment, or null for none.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// arrayText writes ids as PostgreSQL reads an array within a record.
func arrayText(ids []int64) string {
	return "{" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ","), "[]") + "}"
}
