package reports_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/members"
	"keur/reports"
	"keur/tracking"
	"keur/tracking/recorder"
)

// world is a label with two mailings: a newsletter of two advertisers, one of
// which has two campaigns in three placements of it, and a solo of the other.
type world struct {
	pgtest.DB
	clock    *clock.Fake
	ring     *tracking.Keyring
	recorder *recorder.Recorder
	tracking *tracking.Store
	reports  *reports.Store
}

const (
	audience   = 60
	newsletter = 1 // sends; the solo is sent twice
	soloFirst  = 2
	soloSecond = 3
)

func newWorld(t testing.TB) *world {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{DB: pgtest.Database(t), ring: ring, clock: clock.NewFake(time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC))}
	w.reports = reports.NewStore(w.App)
	w.tracking = tracking.NewStore(w.App, ring, members.NewStore(w.App, w.clock, []byte("key")), w.clock, pgtest.Key())
	// Four eyes are proven where they live; here they'd need a publisher.
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`SELECT ensure_partitions('2026-11-01', '2026-11-30')`)
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		for _, statement := range publisher {
			tx.MustExec(statement)
		}
	})
	if w.recorder, err = recorder.New(t.Context(), w.App, w.AppURL, pgtest.Key(), ring, w.clock); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.recorder.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait(); w.recorder.Close() })
	w.count(t)
	return w
}

var publisher = []string{
	`INSERT INTO advertisers (name, category) VALUES ('Zonneland', 'travel'), ('=Schoen', 'fashion')`,
	`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on) VALUES
	 (1, 1, 'Herfst', '2026-10-01', '2026-12-01'), (1, 1, 'Winter', '2026-10-01', '2026-12-01'), (1, 2, 'Laarzen', '2026-10-01', '2026-12-01')`,
	`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'Nieuws', 'newsletter', 'done'), (1, 'Laarzen', 'solo', 'done')`,
	`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES
	 (1, 1, '{"subjects":[{"key":"a","text":"Eén","weight":1},{"key":"b","text":"Twee","weight":1}]}', 1), (2, 1, '{"subjects":[]}', 1)`,
	`INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id) VALUES
	 (1, 'top', 0, 1, 1), (1, 'mid', 1, 2, 1), (1, 'end', 2, 1, 1), (1, 'side', 3, 3, 2), (2, 'top', 0, 3, 2)`,
	`INSERT INTO links (revision_id, number, url, placement_key, campaign_id) VALUES
	 (1, 0, 'https://z.example/1', 'top', 1), (1, 1, 'https://z.example/2', 'top', 1), (1, 2, 'https://z.example/w', 'mid', 2),
	 (1, 3, 'https://z.example/3', 'end', 1), (1, 4, 'https://s.example/', 'side', 3), (1, 5, 'https://label.example/over', '', NULL),
	 (2, 0, 'https://s.example/', 'top', 3), (2, 1, 'https://s.example/2', 'top', 3)`,
	`INSERT INTO members (address, address_key, domain) SELECT 'm' || i || '@x.nl', 'm' || i || '@x.nl', 'd' || i % 3 || '.nl' FROM generate_series(1, 60) i`,
	`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) SELECT 1, id, true, id <= 54 FROM members`,
	`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, audience, frozen_at, waterfall)
	 SELECT m, m, 1, at AT TIME ZONE 'Europe/Amsterdam', at, '2026-11-01', 'finished', 60, at,
	        '{"matched": 70, "steps": [{"reason": "excluded", "n": 4}, {"reason": "suppressed", "n": 6}], "audience": 60}'
	   FROM (VALUES (1, '2026-11-24 09:00Z'::timestamptz), (2, '2026-11-24 23:30Z'), (2, '2026-11-30 09:00Z')) v(m, at)`,
	`INSERT INTO deliveries (send_month, send_id, member_id, variant, state, changed_at, sent_at)
	 SELECT s.month, s.id, m.id, m.id % 2, x.state, at, CASE x.state WHEN 'sent' THEN at END
	   FROM sends s, members m,
	        LATERAL (SELECT (CASE m.id % 20 WHEN 3 THEN 'bounced' WHEN 5 THEN 'deferred' WHEN 7 THEN 'failed' WHEN 11 THEN 'skipped' WHEN 13 THEN 'in_doubt'
	                 WHEN 17 THEN 'lapsed' ELSE 'sent' END)::delivery_state AS state, '2026-11-24 08:00Z'::timestamptz + (m.id % 4) * interval '1 hour' AS at) x`,
}

// count counts the ledger as package delivery does, batch by batch.
func (w *world) count(t testing.TB) {
	t.Helper()
	var deltas []tracking.Delta
	for batch := range 3 {
		rows, err := w.App.Query(`
			SELECT d.send_id, d.state, d.variant, m.domain, d.changed_at FROM deliveries d JOIN members m ON m.id = d.member_id WHERE m.id % 3 = $1`, batch)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			d := tracking.Delta{N: 1}
			if err := rows.Scan(&d.Send, &d.Measure, &d.Variant, &d.Domain, &d.Hour); err != nil {
				t.Fatal(err)
			}
			deltas = append(deltas, d)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.InTx(t.Context(), w.App, func(tx *sqlx.Tx) error { return tracking.Count(t.Context(), tx, deltas) }); err != nil {
		t.Fatal(err)
	}
}

const (
	browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	scanner = "Mozilla/5.0 (compatible; Proofpoint)"
)

// crowd lets members open, click, leave and complain, and machines pretend to.
func (w *world) crowd(t testing.TB) {
	t.Helper()
	links := map[int64][]uint16{newsletter: {0, 1, 2, 3, 4, 5}, soloFirst: {0, 1}, soloSecond: {0, 1}}
	dice := rand.New(rand.NewPCG(1, 2)) // the same crowd each time
	for i := range 400 {
		w.clock.Add(97 * time.Second)
		send, member := 1+dice.Int64N(3), 1+dice.Int64N(audience)
		link := links[send][dice.IntN(len(links[send]))]
		agent := browser
		if i%9 == 0 {
			agent = scanner
		}
		switch {
		case i%3 == 0:
			w.must(t, w.recorder.Open(t.Context(), w.token(tracking.Open, send, member, 0), "GET", agent))
		case i%31 == 5: // a scanner that looks like a person until the honeypot
			w.click(t, send, member, link, browser)
			w.click(t, send, member, tracking.HoneypotLink, browser)
		default:
			w.click(t, send, member, link, agent)
			w.clock.Add(time.Minute)
			w.click(t, send, member, links[send][dice.IntN(len(links[send]))], agent)
		}
	}
	for i := range int64(8) {
		ref := tracking.Ref{Kind: tracking.Unsubscribe, Send: 1 + i%2, Member: 2 + 5*i}
		w.must(t, w.tracking.Unsubscribe(t.Context(), ref, false, tracking.ByOneClick))
		w.report(t, 1+i%3, 4*i+2, "message/delivery-status",
			"Reporting-MTA: dns; x.example\r\n\r\nFinal-Recipient: rfc822; m@x.nl\r\nAction: failed\r\nStatus: 5.1.1\r\n")
		w.report(t, 1+i%3, 4*i+6, "message/feedback-report", "Feedback-Type: abuse\r\n")
	}
}

// report is a letter that comes back on the return path of a delivery.
func (w *world) report(t testing.TB, send, member int64, kind, part string) {
	t.Helper()
	to := string(w.ring.AppendReturnPath(nil, send, member, "bounce.label.example"))
	_, err := w.tracking.Receive(t.Context(), []string{to},
		strings.NewReader("From: MAILER-DAEMON@x.example\r\nTo: "+to+"\r\nMIME-Version: 1.0\r\n"+
			"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: "+kind+"\r\n\r\n"+part+"\r\n--x--\r\n"))
	w.must(t, err)
}

func (w *world) click(t testing.TB, send, member int64, link uint16, agent string) {
	t.Helper()
	_, err := w.recorder.Click(t.Context(), w.token(tracking.Click, send, member, link), "GET", agent)
	w.must(t, err)
}

func (w *world) token(kind tracking.Kind, send, member int64, link uint16) string {
	return w.ring.Token(tracking.Ref{Kind: kind, Send: send, Member: member, Link: link})
}

func (w *world) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
