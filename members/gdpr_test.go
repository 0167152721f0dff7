package members

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
)

// mailed is a mailing that the member got, opened and clicked, and was told of by
// colleagues. Who approved it is proven elsewhere.
var mailed = []string{
	`SELECT ensure_partitions('2026-11-01', '2026-11-30')`,
	`INSERT INTO users (email, name) VALUES ('a@b.nl', 'A')`,
	`INSERT INTO mailings (label_id, name, kind, state) SELECT min(id), 'Herfst', 'house', 'done' FROM labels`,
	`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{}', 1)`,
	`INSERT INTO links (revision_id, number, url) VALUES (1, 0, 'https://label.test/over')`,
	`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state)
	 SELECT 1, 1, min(id), '2026-11-20 10:00', '2026-11-20 09:00Z', '2026-11-01', 'finished' FROM labels`,
	`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at, message_id)
		SELECT '2026-11-01', 1, id, 'sent', '2026-11-20 09:00Z', 'M-1' FROM members`,
	`INSERT INTO events (send_month, send_id, member_id, at, kind, link_id) SELECT '2026-11-01', 1, id, '2026-11-20 09:07Z', 'click', 1
		FROM members`,
	`INSERT INTO engagements (send_month, send_id, member_id, first_click_at, clicks) SELECT '2026-11-01', 1, id, '2026-11-20 09:07Z', 41
		FROM members`,
	`INSERT INTO soft_bounces (member_id, send_id, at) SELECT id, 7, now() FROM members`,
	`INSERT INTO network_connections (label_id, network, name) SELECT min(id), 'awin', 'Awin' FROM labels`,
	`INSERT INTO conversions (connection_id, label_id, network, transaction_ref, reported_at, digest, month, member_id, status, currency, occurred_at)
		SELECT n.id, n.label_id, 'awin', 'T-1', now(), sha256(''), date_trunc('month', now())::date, m.id, 'pending', 'EUR', now()
		  FROM members m, network_connections n`,
	`INSERT INTO requests (label_id, kind, title, about_kind, about_ref, created_at, updated_at)
	 SELECT 1, 'question', 'Cashback kwijt', 'member', id::text, now(), now() FROM members`,
	`INSERT INTO request_comments (request_id, body, created_at) VALUES (1, 'Jan belt morgen', now())`,
	`INSERT INTO advertisers (name, category) VALUES ('Zonneland', 'travel')`,
	`INSERT INTO member_cases (label_id, member_id, advertiser_id, order_ref, ordered_on, sale_minor, currency, created_at, updated_at)
	 SELECT 1, id, 1, 'ORD-77', '2026-11-20', 4995, 'EUR', now(), now() FROM members`,
	`INSERT INTO erasure_requests (member_id, label_id, reason, requested_by, requested_at, state, decided_at)
	 SELECT id, 1, 'wil weg, en toch niet', 1, now(), 'withdrawn', now() FROM members`,
}

func TestExport(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	if _, err := d.Declare(ctx, d.nl, "city", Text); err != nil {
		t.Fatal(err)
	}
	m, err := d.Create(pgtest.Acting(ctx, "console:anna"), Newcomer{
		Label: d.nl, Address: "Jan@x.nl", Attributes: map[string]any{"city": "Breda"}, Consents: []Consent{consent(d.clock.Now())},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Suppress(ctx, nil, m.ID, d.nl, Manual, "asked by telephone", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.SetPreferences(ctx, m.ID, Preferences{Label: d.nl}); err != nil {
		t.Fatal(err)
	}
	pgtest.Unguarded(t, d.owner, func(tx *sqlx.Tx) {
		for _, q := range mailed {
			tx.MustExec(q)
		}
	})
	e, err := d.Export(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Jan@x.nl", "Breda", "Ja, stuur mij acties", "asked by telephone", `"off_topics":[]`, `"send_id":7`, "T-1", `"imprint_name":"Label BV"`,
		`"mailing":"Herfst"`, "M-1", "https://label.test/over", `"clicks":41`, "Cashback kwijt", "Jan belt morgen", "ORD-77", "wil weg", "members.create",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the export lacks %s: %s", want, text)
		}
	}
}

// TestEraseLeavesNoAddress looks for the address in each column of each table.
func TestEraseLeavesNoAddress(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), context.Background()
	const address = "Weg.Ermee@xn--mller-kva.de"
	m, err := d.Create(ctx, Newcomer{Label: d.nl, Address: address, Consents: []Consent{consent(d.clock.Now())}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Suppress(ctx, nil, m.ID, d.nl, Unsubscribe, "one-click", nil); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO notices (key, recipient, subject, body) VALUES ('a', $1, 'about ' || $1, 'x')`,
		`INSERT INTO notices (key, recipient, subject, body, error) VALUES ('b', 'user@x.nl', 'about', 'x', '550 ' || lower($1))`,
		`WITH u AS (INSERT INTO users (email, name) VALUES ('user@x.nl', 'U') RETURNING id)
		 INSERT INTO idempotency_keys (user_id, key, request_hash, of_members, response)
			SELECT id, 'k', 'h', true, convert_to('{"address":"' || $1 || '"}', 'UTF8') FROM u`,
		`INSERT INTO requests (label_id, kind, title, body, about_kind, about_ref, created_at, updated_at)
		 SELECT (SELECT min(id) FROM labels), 'question', 'Waar is mijn geld?', lower($1) || ' belde', 'member', id::text, now(), now() FROM members WHERE address = $1`,
		`INSERT INTO requests (label_id, kind, title, body, created_at, updated_at)
			VALUES ((SELECT min(id) FROM labels), 'task', upper($1) || ' en x.' || $1, 'zie boven', now(), now())`,
		`INSERT INTO request_comments (request_id, body, created_at) VALUES (1, 'Een verhaal over hem', now()), (2, 'van <' || $1 || '>', now())`,
		`INSERT INTO advertisers (name, category) SELECT 'Zonneland', 'travel' WHERE $1 <> ''`,
		`INSERT INTO member_cases (label_id, member_id, advertiser_id, order_ref, ordered_on, sale_minor, currency, note, created_at, updated_at)
		 SELECT (SELECT min(id) FROM labels), id, 1, address, '2026-11-20', 4995, 'EUR', address || ' belde', now(), now() FROM members WHERE address = $1`,
		`INSERT INTO member_case_steps (case_id, state, said, at) VALUES (1, 'open', $1 || ' belde', now()), (1, 'open', '', now())`,
		`INSERT INTO network_connections (label_id, network, name) SELECT min(id), 'impact', CASE WHEN $1 <> '' THEN 'impact' END FROM labels`,
		`UPDATE member_cases SET connection_id = (SELECT max(id) FROM network_connections) WHERE order_ref = $1`,
		`INSERT INTO case_claims (case_id, connection_id, key, sent_at, raw)
		 SELECT id, connection_id, '', now(), jsonb_build_object('order', $1::text) FROM member_cases`,
		`INSERT INTO member_case_files (case_id, name, size, bytes, created_at) VALUES (1, $1, 9, convert_to($1, 'UTF8'), now())`,
		`INSERT INTO request_blobs (hash, bytes) VALUES (sha256('a'), convert_to($1, 'UTF8')), (sha256('b'), 'een plaatje')`,
		`INSERT INTO request_files (request_id, hash, name, size, created_at)
		 VALUES (1, sha256('a'), $1 || '.pdf', 9, now()), (1, sha256('b'), 'x', 9, now()), (2, sha256('b'), 'mail van ' || $1 || '.eml', 9, now())`,
		`INSERT INTO requests (label_id, kind, title, department, address, created_at, updated_at)
		 VALUES ((SELECT min(id) FROM labels), 'task', 'x', 'Iets met ' || lower($1), 'it@x.nl', now(), now()),
		        ((SELECT min(id) FROM labels), 'task', 'y', 'Het lid', $1, now(), now())`,
		`INSERT INTO request_links (token_hash, request_id, address, expires_at) VALUES (sha256('t'), 4, $1, now())`,
	} {
		if _, err := d.owner.Exec(q, address); err != nil {
			t.Fatal(err)
		}
	}
	d.reason = "the letter of WEG.ermee@xn--mller-kva.de, of May"
	if err := d.erase(m.ID); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Count(t, d.db, `SELECT count(*) FROM erasure_requests WHERE reason = 'the letter of …, of May'`); n != 1 {
		t.Error("it isn't said any more why the member was erased")
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM requests WHERE title = '…' AND body = '' AND about_kind = 'member'`:    1,
		`SELECT count(*) FROM request_comments WHERE request_id = 1 AND body = '…'`:                  1,
		`SELECT count(*) FROM requests WHERE title LIKE '… en x.%' AND body = 'zie boven'`:           1,
		`SELECT count(*) FROM request_comments WHERE request_id = 2 AND body = 'van <…>'`:            1,
		`SELECT count(*) FROM member_cases WHERE order_ref = '' AND note = '' AND sale_minor = 4995`: 1,
		`SELECT count(*) FROM member_case_steps WHERE said IN ('…', '')`:                             2,
		`SELECT count(*) FROM member_case_files`:                                                     0,
		`SELECT count(*) FROM case_claims`:                                                           0,
		`SELECT count(*) FROM request_files WHERE request_id = 2 AND name = 'mail van ….eml'`:        1,
		`SELECT count(*) FROM requests WHERE department = 'Iets met …' AND address = 'it@x.nl'`:      1,
		`SELECT count(*) FROM requests WHERE title = 'y' AND department = '' AND address = ''`:       1,
		`SELECT count(*) FROM request_links`:                                                         0,
		`SELECT (SELECT count(*) FROM request_files) + (SELECT count(*) FROM request_blobs) AS both`: 2,
	} {
		if n := pgtest.Count(t, d.db, query); n != want {
			t.Errorf("%s: %d", query, n)
		}
	}
	d.owner.MustExec(`UPDATE requests SET title = 'x'`) // another member's address, which only ends alike
	var tables []string
	if err := d.owner.Select(&tables, `
		SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var n int
		if err := d.owner.Get(&n, `
			SELECT count(*) FROM `+table+` x WHERE position(lower($1) in lower(to_jsonb(x)::text)) > 0
			    OR position(encode(convert_to($1, 'UTF8'), 'hex') in to_jsonb(x)::text) > 0`, address); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Errorf("%s still has the address", table)
		}
	}
	if err := d.erase(m.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("erased twice: %v", err)
	}
	if _, err := d.Create(ctx, Newcomer{Label: d.de, Address: strings.ToUpper(address)}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an erased member came back: %v", err)
	}
}
