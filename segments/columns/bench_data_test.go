//go:build bench

package columns_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
)

// benchMembers is how many members the bench has, and twenty events each.
// KEUR_BENCH_MEMBERS (make bench MEMBERS=…) sets another number for a quick look; below 250,000 members
// nothing is estimated.
func benchMembers(t *testing.T) int {
	t.Helper()
	text := cmp.Or(os.Getenv("KEUR_BENCH_MEMBERS"), "1000000")
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// benchBase starts a server of the product's own settings, with the members and
// events of 300 mailings over 18 months. It makes them the first time, which
// takes minutes, and keeps them for the next run.
func benchBase(t *testing.T) pgtest.DB {
	t.Helper()
	members := benchMembers(t)
	db := pgtest.Kept(t, fmt.Sprintf("../../.keur/bench/segments-%d", members), nil)
	var made bool
	if err := db.Owner.Get(&made, `SELECT to_regclass('bench_made') IS NOT NULL`); err != nil {
		t.Fatal(err)
	}
	if !made {
		makeBenchBase(t, db.Owner, members)
	}
	return db
}

// makeBenchBase fills the base set by set.
func makeBenchBase(t *testing.T, owner *sqlx.DB, members int) {
	t.Helper()
	conn, err := owner.Connx(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	run := func(what, sql string, args ...any) {
		t.Helper()
		began := time.Now()
		if _, err := conn.ExecContext(context.Background(), sql, args...); err != nil {
			t.Fatalf("make %s: %v", what, err)
		}
		t.Logf("made %s in %v", what, time.Since(began).Round(10*time.Millisecond))
	}
	// Past the triggers: approval is not measured here, and what others note row
	// by row is noted at once at the end.
	run("settings", `SET session_replication_role = replica; SET work_mem = '512MB'; SET synchronous_commit = off; SELECT setseed(0.5)`)
	run("label", benchLabel)
	run("members", benchPeople, members)
	run("memberships", benchMemberships, members)
	run("mailings", benchMailings)
	for first := 1; first <= 300; first += 30 {
		run("behaviours", benchBehaviours, first, first+29, members)
	}
	run("last engagements", `
		INSERT INTO last_engagements (label_id, kind, member_id, day)
		SELECT label_id, kind, member_id, max(day) FROM behaviours GROUP BY 1, 2, 3`)
	run("changes", `
		INSERT INTO panel_changes (label_id, block, first, last)
		SELECT label_id, member_id >> 15, min(member_id), max(member_id) FROM memberships GROUP BY 1, 2`)
	run("deliveries", `
		INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at)
		SELECT s.month, s.id, i, 'sent', s.slot_at FROM sends s, generate_series(1, $1::int) i
		 WHERE s.slot_at > now() - interval '7 days' AND (i + s.id) % 2 = 0`, members)
	run("connection", `INSERT INTO network_connections (label_id, network, name) SELECT min(id), 'awin', 'Awin' FROM labels`)
	run("conversions", `
		INSERT INTO conversions (connection_id, label_id, network, transaction_ref, reported_at, digest, month,
		                         advertiser_id, member_id, status, sale_minor, currency, occurred_at)
		SELECT n.id, n.label_id, n.network, 'x' || i, at, sha256(''), date_trunc('month', at)::date,
		       1 + i % 60, 1 + (i::bigint * 7919) % $1::int, 'approved', 1000 + i % 20000, 'EUR', at
		  FROM network_connections n, generate_series(1, $1::int * 3 / 10) i,
		       LATERAL (SELECT now() - random() * interval '540 days' + i * interval '0 s' AS at) v`, members)
	run("statistics", `VACUUM (ANALYZE, FREEZE)`)
	run("mark", `CREATE TABLE bench_made AS SELECT now() AS at`)
}

const benchLabel = `
	INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
	VALUES ('nl', 'NL', 'nl', 'Europe/Amsterdam', 'https://x.nl', 'b.x.nl', 'x.nl', 'X', 'Y');
	INSERT INTO attributes (label_id, name, type, slot)
	VALUES (1, 'gender', 'text', 't1'), (1, 'city', 'text', 't2'), (1, 'postal_code', 'text', 't3'), (1, 'country', 'text', 't4'),
	       (1, 'first_name', 'text', 't5'), (1, 'last_name', 'text', 't6'), (1, 'language', 'text', 't7'),
	       (1, 'birth_date', 'date', 'd1'), (1, 'points', 'number', 'n1'), (1, 'vip', 'bool', 'b1'), (1, 'interests', 'set', 's1')`

const benchPeople = `
	INSERT INTO members (id, address, address_key, domain) OVERRIDING SYSTEM VALUE
	SELECT i, 'member' || i || '@example.nl', 'member' || i || '@example.nl', 'example.nl'
	  FROM generate_series(1, $1::int) i`

const benchMemberships = `
	INSERT INTO memberships (label_id, member_id, joined_at, mail_consent, tracking_consent, n1, d1, b1,
	                         t1, t2, t3, t4, t5, t6, t7, s1, source)
	SELECT 1, i, now() - random() * interval '1800 days', random() < 0.9, random() < 0.7, floor(random() * 5000),
	       date '1945-01-01' + (random() * 22500)::int, random() < 0.05,
	       CASE WHEN random() < 0.03 THEN NULL WHEN random() < 0.52 THEN 'f' ELSE 'm' END,
	       coalesce((ARRAY['Amsterdam','Rotterdam','Den Haag','Utrecht','Eindhoven','Groningen','Tilburg','Almere','Breda',
	                       'Nijmegen'])[n], 'Plaats ' || n),
	       lpad((1000 + random() * 8999)::int::text, 4, '0'),
	       CASE WHEN random() < 0.93 THEN 'NL' ELSE 'BE' END,
	       'Voornaam' || (random() * 500)::int, 'Achternaam' || (random() * 5000)::int, 'nl',
	       CASE WHEN random() < 0.6
	            THEN (ARRAY['travel','fashion','home','sport','tech','food'])[1 + (random() * 3)::int : 4 + (random() * 2)::int] END,
	       'import'
	  FROM (SELECT i, 1 + floor(power(random(), 2) * 300)::int AS n FROM generate_series(1, $1::int) i) x`

const benchMailings = `
	INSERT INTO advertisers (id, name, category) OVERRIDING SYSTEM VALUE
	SELECT i, 'Advertiser ' || i, (ARRAY['travel','fashion','home','sport','tech','food','finance','beauty'])[1 + i % 8]
	  FROM generate_series(1, 60) i;
	INSERT INTO campaigns (id, label_id, advertiser_id, name, starts_on, ends_on) OVERRIDING SYSTEM VALUE
	SELECT i, 1, 1 + i % 60, 'Campaign ' || i, '2025-01-01', '2027-12-31' FROM generate_series(1, 400) i;
	INSERT INTO mailings (id, label_id, name, kind, state) OVERRIDING SYSTEM VALUE
	SELECT i, 1, 'Mailing ' || i, 'solo', 'done' FROM generate_series(1, 300) i;
	INSERT INTO revisions (id, mailing_id, number, content, author_id) OVERRIDING SYSTEM VALUE
	SELECT i, i, 1, '{}', 1 FROM generate_series(1, 300) i;
	INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
	SELECT i, 'p' || p, p, 1 + (i + p * 17) % 400, 1 + (1 + (i + p * 17) % 400) % 60
	  FROM generate_series(1, 300) i, generate_series(0, 4) p WHERE p = 0 OR i % 3 = 0;
	SELECT ensure_partitions((now() - interval '20 months')::date, (now() + interval '2 months')::date);
	INSERT INTO sends (id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, finished_at) OVERRIDING SYSTEM VALUE
	SELECT i, i, i, 1, at::timestamp, at, date_trunc('month', at AT TIME ZONE 'UTC')::date, 'finished', at + interval '2 hours'
	  FROM (SELECT i, now() - interval '540 days' + i * interval '43 hours' AS at FROM generate_series(1, 300) i) x`

// Of a million members about 53,000 open and 14,000 click a mailing, some more
// often than others, most of them soon after the send.
const benchBehaviours = `
	INSERT INTO behaviours (label_id, kind, mailing_id, day, member_id, campaign_id, n)
	SELECT 1, kind, mailing, day, 1 + (member * 610279) % $3::int, campaign, count(*)
	  FROM (SELECT k.kind, s.mailing_id AS mailing,
	               (s.slot_at + power(random(), 4) * interval '20 days')::date AS day,
	               floor(power(random(), 1.6) * 0.6 * $3::int)::bigint AS member,
	               CASE WHEN k.kind = 'click' THEN (SELECT campaign_id FROM revision_placements p WHERE p.revision_id = s.revision_id
	                                                 ORDER BY (p.position + i) % 5 LIMIT 1) ELSE 0 END AS campaign
	          FROM sends s,
	               (VALUES ('open'::event_kind, $3::int / 1000 * 53), ('click', $3::int / 1000 * 14)) k (kind, n),
	               LATERAL generate_series(1, k.n) i
	         WHERE s.mailing_id BETWEEN $1 AND $2
	           AND s.slot_at < now()) e
	 GROUP BY kind, mailing, day, member, campaign
	 ORDER BY kind, mailing, day, 5`
