//go:build bench

package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"keur/internal/benchtest"
	"keur/segments/columns"
	"keur/web/webtest"

	"github.com/jmoiron/sqlx"
)

// What a large publisher has: of the mailings, some sends each of a part of the
// members, with the opens and clicks that these led to; and one send to all.
const (
	grownMembers    = 1_000_000
	grownSends      = 200
	grownDeliveries = 50_000 // of each send
	grownOpens      = 65_000
	grownClicks     = 30_000
)

// grow turns the world of the tests into a large publisher, past the triggers:
// approval is not measured here, and what others note row by row is noted at
// once. Its biggest mailing is the one that was sent already.
func grow(t *testing.T, b *benchtest.Bench, d *webtest.Desk) {
	t.Helper()
	conn, err := d.Owner.Connx(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	began := time.Now()
	named := strings.NewReplacer("$sent", fmt.Sprint(d.Planned.ID), "$now", "timestamptz '"+d.Clock.Now().UTC().Format(time.RFC3339)+"'")
	run(t, conn, named.Replace(grownWorld), grownMembers, grownSends)
	var sends []int64
	if err := conn.SelectContext(context.Background(), &sends, `SELECT id FROM sends WHERE id >= $1 AND mailing_id IN (SELECT mailing_id FROM grown) ORDER BY id`, d.Planned.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range sends {
		deliveries, opens, clicks := grownDeliveries, grownOpens, grownClicks
		if id == int64(d.Planned.ID) {
			deliveries, opens, clicks = grownMembers, 700_000, 300_000
		}
		each := strings.NewReplacer("$send", fmt.Sprint(id), "$deliveries", fmt.Sprint(deliveries), "$step",
			fmt.Sprint(grownMembers/deliveries),
			"$opens", fmt.Sprint(opens), "$clicks", fmt.Sprint(clicks), "$members", fmt.Sprint(grownMembers))
		run(t, conn, each.Replace(grownSend))
	}
	run(t, conn, grownEnd)
	run(t, conn, `VACUUM (ANALYZE)`)
	for what, duty := range map[string]func(context.Context) (int, error){"panels": columns.NewPanels(d.DB).Refresh,
		"packs": columns.NewPacks(d.DB).Fill} {
		if n, err := duty(t.Context()); err != nil || n == 0 {
			t.Fatalf("%d %s made: %v", n, what, err)
		}
	}
	var size struct{ Members, Mailings, Sends, Deliveries, Events int }
	if err := d.Owner.Get(&size, `
		SELECT (SELECT count(*) FROM memberships) AS members, (SELECT count(*) FROM mailings) AS mailings, (SELECT count(*) FROM sends) AS sends,
		       (SELECT count(*) FROM deliveries) AS deliveries, (SELECT count(*) FROM events) AS events`); err != nil {
		t.Fatal(err)
	}
	b.Say("%d members, %d mailings, %d sends, %d deliveries, %d events, made in %v",
		size.Members, size.Mailings, size.Sends, size.Deliveries, size.Events, time.Since(began).Round(time.Second))
	if size.Events < 20_000_000 {
		t.Errorf("%d events are fewer than twenty million", size.Events)
	}
}

func run(t *testing.T, conn *sqlx.Conn, statements string, numbers ...any) {
	t.Helper()
	if len(numbers) > 0 {
		statements = fmt.Sprintf(statements, numbers...)
	}
	if _, err := conn.ExecContext(context.Background(), statements); err != nil {
		t.Fatalf("%.300s: %v", statements, err)
	}
}

const grownWorld = `
	SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'; SET timezone = 'UTC'; SELECT setseed(0.5);
	INSERT INTO members (address, address_key, domain)
	SELECT a, a, d FROM generate_series(1, %[1]d) i,
	       LATERAL (SELECT (ARRAY['gmail.example', 'ziggo.example', 'kpn.example', 'gmx.example', 'post.example'])[1 + i %% 5] AS d) x,
	       LATERAL (SELECT 'groei' || i || '@' || d AS a) y;
	INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent, joined_at, t1)
	SELECT 1, id, true, true, $now - random() * interval '1800 days', 'Lid' || id %% 500 FROM members WHERE address_key LIKE 'groei%%' ORDER BY id;
	INSERT INTO panel_changes (label_id, block, first, last)
	SELECT label_id, member_id >> 15, min(member_id), max(member_id) FROM memberships GROUP BY 1, 2;
	INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on, currency)
	SELECT 1, 1, 'Campagne ' || i, ($now)::date - 200, ($now)::date + 200, 'EUR' FROM generate_series(1, 400) i;
	INSERT INTO mailings (label_id, name, kind, state) SELECT 1, 'Mailing ' || i, 'solo', 'done' FROM generate_series(1, 2000) i;

	CREATE TEMPORARY TABLE ground AS SELECT min(id) AS first FROM members WHERE address_key LIKE 'groei%%';

	-- The sends are copies of the one that was made by the rules.
	CREATE TEMPORARY TABLE grown AS
	SELECT m.id AS mailing_id, row_number() OVER (ORDER BY m.id) AS n, s.slot_at - row_number() OVER (ORDER BY m.id) * interval '60 hours' AS at, s.revision_id AS model
	  FROM mailings m, sends s WHERE s.id = $sent AND m.name LIKE 'Mailing %%' ORDER BY m.id LIMIT %[2]d;
	INSERT INTO revisions (mailing_id, number, content, author_id, created_at)
	SELECT g.mailing_id, 1, r.content, r.author_id, g.at - interval '3 days' FROM grown g JOIN revisions r ON r.id = g.model;
	UPDATE mailings m SET revision_id = r.id FROM revisions r, grown g WHERE r.mailing_id = m.id AND g.mailing_id = m.id;
	INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
	SELECT m.revision_id, p.key, p.position, p.campaign_id, p.advertiser_id
	  FROM grown g JOIN mailings m ON m.id = g.mailing_id JOIN revision_placements p ON p.revision_id = g.model;
	INSERT INTO links (revision_id, number, url, placement_key, campaign_id, subid_parameter)
	SELECT m.revision_id, l.number, l.url, l.placement_key, l.campaign_id, l.subid_parameter
	  FROM grown g JOIN mailings m ON m.id = g.mailing_id JOIN links l ON l.revision_id = g.model;
	SELECT ensure_partitions(($now - interval '20 months')::date, ($now + interval '2 months')::date);
	INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, deadline_at, waterfall, audience, frozen_at, started_at, finished_at)
	SELECT g.mailing_id, m.revision_id, 1, g.at AT TIME ZONE 'Europe/Amsterdam', g.at, date_trunc('month', g.at AT TIME ZONE 'UTC')::date, 'finished',
	       g.at + interval '2 days', s.waterfall, 50000, g.at, g.at, g.at + interval '1 hour'
	  FROM grown g JOIN mailings m ON m.id = g.mailing_id JOIN sends s ON s.id = $sent ORDER BY g.n;
	INSERT INTO grown SELECT mailing_id, 0, slot_at, revision_id FROM sends WHERE id = $sent;
	UPDATE sends SET audience = (SELECT count(*) FROM memberships) WHERE id = $sent`

// grownSend gives a send its deliveries, events, and all that is counted of
// them: some open more often than others, most of them soon.
const grownSend = `
	CREATE TEMPORARY TABLE got ON COMMIT DROP AS
	SELECT i, m.id AS member_id, m.domain FROM generate_series(0, $deliveries - 1) i
	  JOIN members m ON m.id = (SELECT first FROM ground) + (i::bigint * $step + $send) % $members;
	INSERT INTO deliveries (send_month, send_id, member_id, state, changed_at, sent_at, attempts, reply_code, message_id)
	SELECT s.month, s.id, g.member_id, 'sent', s.slot_at + g.i * interval '2 milliseconds', s.slot_at + g.i * interval '2 milliseconds', 1, 250, 'd.' || s.id || '.' || g.member_id
	  FROM sends s, got g WHERE s.id = $send;
	CREATE TEMPORARY TABLE did ON COMMIT DROP AS
	SELECT s.month, s.id AS send_id, s.mailing_id, g.member_id, g.domain, x.at, x.kind, l.id AS link_id, coalesce(l.campaign_id, 0) AS campaign_id
	  FROM sends s,
	       LATERAL (SELECT k.kind, floor(power(random(), 1.6) * 0.6 * $deliveries)::int AS i,
	                       least(s.slot_at + power(random(), 4) * interval '20 days', s.slot_at + interval '3 days') AS at,
	                       floor(random() * (SELECT count(*) FROM links WHERE revision_id = s.revision_id))::int AS number
	                  FROM (VALUES ('open'::event_kind, $opens), ('click', $clicks)) k (kind, n), generate_series(1, k.n)) x
	  JOIN got g USING (i)
	  LEFT JOIN LATERAL (SELECT * FROM links WHERE revision_id = s.revision_id AND number = x.number) l ON x.kind = 'click'
	 WHERE s.id = $send;
	INSERT INTO events (send_month, send_id, member_id, at, kind, link_id) SELECT month, send_id, member_id, at, kind, link_id FROM did;
	INSERT INTO engagements (send_month, send_id, member_id, first_open_at, first_click_at, opens, clicks, links)
	SELECT month, send_id, member_id, min(at) FILTER (WHERE kind = 'open'), min(at) FILTER (WHERE kind = 'click'),
	       count(*) FILTER (WHERE kind = 'open'), count(*) FILTER (WHERE kind = 'click'),
	       coalesce(array_agg(DISTINCT link_id) FILTER (WHERE link_id IS NOT NULL), '{}')
	  FROM did GROUP BY 1, 2, 3
	    ON CONFLICT DO NOTHING;
	INSERT INTO outcome_counts (send_id, measure, hour, link_id, domain, n)
	SELECT send_id, kind::text, date_trunc('hour', at), coalesce(link_id, 0), domain, count(*) FROM did GROUP BY 1, 2, 3, 4, 5
	UNION ALL
	SELECT send_id, kind || '_unique', date_trunc('hour', at), 0, domain, count(*)
	  FROM (SELECT send_id, kind, member_id, domain, min(at) AS at FROM did GROUP BY 1, 2, 3, 4) u GROUP BY 1, 2, 3, 5
	UNION ALL
	SELECT send_id, 'click_link_unique', date_trunc('hour', at), link_id, domain, count(*)
	  FROM (SELECT send_id, link_id, member_id, domain, min(at) AS at FROM did WHERE kind = 'click' GROUP BY 1, 2, 3, 4) u GROUP BY 1, 3, 4, 5
	UNION ALL
	SELECT s.id, 'sent', date_trunc('hour', s.slot_at), 0, domain, count(*) FROM sends s, got WHERE s.id = $send GROUP BY 1, 3, 5
	    ON CONFLICT (send_id, measure, hour, variant, link_id, domain) DO UPDATE SET n = outcome_counts.n + EXCLUDED.n;
	INSERT INTO behaviours (label_id, kind, mailing_id, day, member_id, campaign_id, n)
	SELECT 1, kind, mailing_id, (at AT TIME ZONE 'Europe/Amsterdam')::date, member_id, campaign_id, count(*) FROM did GROUP BY 2, 3, 4, 5, 6
	 ORDER BY 2, 3, 4, 5
	    ON CONFLICT DO NOTHING`

const grownEnd = `
	INSERT INTO last_engagements (label_id, kind, member_id, day)
	SELECT label_id, kind, member_id, max(day) FROM behaviours GROUP BY 1, 2, 3
	    ON CONFLICT DO NOTHING`
