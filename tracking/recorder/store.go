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
	facts, events, engagements, behaviours, counts *sqlx.Stmt
}

// prepare readies the statements. database/sql prepares them again on each
// connection that it opens.
func prepare(ctx context.Context, db *sqlx.DB) (*statements, error) {
	s := &statements{}
	for query, into := range map[string]**sqlx.Stmt{
		factsSQL: &s.facts, eventsSQL: &s.events, engagementsSQL: &s.engagements, behavioursSQL: &s.behaviours,
		tracking.CountSQL: &s.counts,
	} {
		stmt, err := db.PreparexContext(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("prepare recording: %w", err)
		}
		*into = stmt
	}
	return s, nil
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
	if err := tx.StmtxContext(ctx, s.facts).SelectContext(ctx, &found, months, sends, member, labels); err != nil {
		return fmt.Errorf("read about %d fetches: %w", len(fetches), err)
	}
	for _, of := range found {
		fetches[of.N-1].facts = of
	}
	return nil
}

const eventsSQL = `
	INSERT INTO events (send_month, send_id, member_id, at, kind, machine, reason, link_id, click_ref, detail)
	SELECT month, send, member, at, kind::event_kind, machine, reason, nullif(link, 0), nullif(click, ''), detail
	  FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::text[], $6::boolean[], $7::text[], $8::bigint[], $9::text[], $10::text[])
	    AS u(month, send, member, at, kind, machine, reason, link, click, detail)`

func (s *statements) insertEvents(ctx context.Context, tx *sqlx.Tx, events []event) error {
	if len(events) == 0 {
		return nil
	}
	var (
		months, ats, kinds, reasons, clicks, details pq.StringArray
		sends, members, links                        pq.Int64Array
		machines                                     pq.BoolArray
	)
	for _, e := range events {
		f := e.of
		months, sends, members = append(months, f.send.month), append(sends, f.send.ID), append(members, e.member)
		ats, kinds, machines = append(ats, postgres.Stamp(f.at)), append(kinds, f.ref.Kind.String()), append(machines, e.machine)
		reasons, links, details = append(reasons, f.reason), append(links, f.link.ID), append(details, f.family)
		click := ""
		if f.ref.Kind == tracking.Click {
			click = ClickRef(f.clickID)
		}
		clicks = append(clicks, click)
	}
	_, err := tx.StmtxContext(ctx, s.events).ExecContext(ctx, months, sends, members, ats, kinds, machines, reasons, links, clicks, details)
	if err != nil {
		return fmt.Errorf("record %d events: %w", len(events), err)
	}
	return nil
}

const engagementsSQL = `
	INSERT INTO engagements AS e (send_month, send_id, member_id, opens, clicks, machine_opens, machine_clicks, first_open_at, first_click_at, links)
	SELECT month, send, member, opens, clicks, machine_opens, machine_clicks,
	       nullif(open_at, '')::timestamptz, nullif(click_at, '')::timestamptz, links::bigint[]
	  FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::int[], $8::text[], $9::text[], $10::text[])
	    AS u(month, send, member, opens, clicks, machine_opens, machine_clicks, open_at, click_at, links)
	ON CONFLICT (send_month, send_id, member_id) DO UPDATE
	   SET opens = e.opens + excluded.opens, clicks = e.clicks + excluded.clicks,
	       machine_opens = e.machine_opens + excluded.machine_opens, machine_clicks = e.machine_clicks + excluded.machine_clicks,
	       first_open_at = coalesce(e.first_open_at, excluded.first_open_at),
	       first_click_at = coalesce(e.first_click_at, excluded.first_click_at),
	       links = e.links || excluded.links
	RETURNING e.send_id, e.member_id, e.opens + e.clicks + e.machine_opens + e.machine_clicks AS total`

// upsertEngagements adds to what members did. Returns errRace when a row that
// wasn't there a moment ago holds more than we put in: what was counted as
// unique wasn't.
func (s *statements) upsertEngagements(ctx context.Context, tx *sqlx.Tx, all []*engagement) error {
	if len(all) == 0 {
		return nil
	}
	var (
		months, firstOpens, firstClicks, links   pq.StringArray
		sends, members                           pq.Int64Array
		opens, clicks, machineOpens, machineClks pq.Int32Array
		fresh                                    = map[delivered]int{}
	)
	for _, g := range all {
		f := g.of
		months, sends, members = append(months, f.send.month), append(sends, f.send.ID), append(members, f.ref.Member)
		opens, clicks = append(opens, int32(g.opens)), append(clicks, int32(g.clicks))
		machineOpens, machineClks = append(machineOpens, int32(g.machineOpens)), append(machineClks, int32(g.machineClick))
		firstOpens, firstClicks = append(firstOpens, stampOrEmpty(g.firstOpen)), append(firstClicks, stampOrEmpty(g.firstClick))
		links = append(links, arrayText(g.links))
		if !f.facts.Engaged {
			fresh[delivered{f.send.ID, f.ref.Member}] = g.opens + g.clicks + g.machineOpens + g.machineClick
		}
	}
	var after []struct {
		Send   int64 `db:"send_id"`
		Member int64 `db:"member_id"`
		Total  int   `db:"total"`
	}
	if err := tx.StmtxContext(ctx, s.engagements).SelectContext(ctx, &after, months, sends, members, opens, clicks, machineOpens,
		machineClks, firstOpens, firstClicks, links); err != nil {
		return fmt.Errorf("record %d engagements: %w", len(all), err)
	}
	for _, a := range after {
		if put, ours := fresh[delivered{a.Send, a.Member}]; ours && a.Total != put {
			return errRace
		}
	}
	return nil
}

const behavioursSQL = `
	INSERT INTO behaviours AS b (label_id, kind, day, campaign_id, mailing_id, member_id, n)
	SELECT label, kind::event_kind, day, campaign, mailing, member, n
	  FROM unnest($1::int[], $2::text[], $3::date[], $4::bigint[], $5::bigint[], $6::bigint[], $7::int[])
	    AS u(label, kind, day, campaign, mailing, member, n)
	ON CONFLICT (label_id, kind, day, campaign_id, mailing_id, member_id) DO UPDATE SET n = b.n + excluded.n`

// inOrder is the order in which all lock behaviours.
func inOrder(a, b behaviour) int {
	return cmp.Or(cmp.Compare(a.member, b.member), cmp.Compare(a.mailing, b.mailing), cmp.Compare(a.campaign, b.campaign),
		cmp.Compare(a.kind, b.kind), cmp.Compare(a.day, b.day))
}

func (s *statements) upsertBehaviours(ctx context.Context, tx *sqlx.Tx, all map[behaviour]int) error {
	if len(all) == 0 {
		return nil
	}
	keys := make([]behaviour, 0, len(all))
	for b, n := range all {
		if n != 0 {
			keys = append(keys, b)
		}
	}
	slices.SortFunc(keys, inOrder)
	var (
		labels, ns                   pq.Int32Array
		kinds, days                  pq.StringArray
		campaigns, mailings, members pq.Int64Array
	)
	for _, b := range keys {
		labels, kinds, days = append(labels, int32(b.label)), append(kinds, b.kind), append(days, b.day)
		campaigns, mailings, members = append(campaigns, b.campaign), append(mailings, b.mailing), append(members, b.member)
		ns = append(ns, int32(all[b]))
	}
	if _, err := tx.StmtxContext(ctx, s.behaviours).ExecContext(ctx, labels, kinds, days, campaigns, mailings, members, ns); err != nil {
		return fmt.Errorf("record %d behaviours: %w", len(keys), err)
	}
	return nil
}

func (s *statements) count(ctx context.Context, tx *sqlx.Tx, deltas []tracking.Delta) error {
	args, n := tracking.CountArgs(deltas)
	if n == 0 {
		return nil
	}
	if _, err := tx.StmtxContext(ctx, s.counts).ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("count %d outcomes: %w", n, err)
	}
	return nil
}

func stampOrEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return postgres.Stamp(t)
}

// arrayText writes ids as PostgreSQL reads an array within an array.
func arrayText(ids []int64) string {
	return "{" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(ids)), ","), "[]") + "}"
}
