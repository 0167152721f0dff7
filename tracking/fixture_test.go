package tracking_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/tracking"
)

// world is a label with one send to some members, sent a minute ago.
type world struct {
	pgtest.DB
	ring  *tracking.Keyring
	clock *clock.Fake
	send  int64
	sent  time.Time
}

// linkTargets are where the links of the world's mailing lead, in order.
var linkTargets = []string{"https://shop.example/a?x=1", "https://shop.example/b", "https://shop.example/c#d", "https://label.example/imprint"}

// newWorld makes a world of members 1 to n. They all consent to be tracked,
// but the last one.
func newWorld(t testing.TB, n int) *world {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	w := &world{DB: pgtest.Database(t), ring: ring, clock: clock.NewFake(now), sent: now.Add(-time.Minute)}
	tx := w.Owner.MustBegin()
	defer func() { _ = tx.Rollback() }()
	// The guards of other rooms are proven there; here they would need a whole approval.
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	tx.MustExec(`INSERT INTO users (email, name) VALUES ('a@b.nl', 'A')`)
	tx.MustExec(`INSERT INTO labels (code, name, locale, time_zone, public_url, bounce_domain, list_id, imprint_name, imprint_address)
		VALUES ('nl', 'Acties', 'nl', 'Europe/Amsterdam', 'https://label.example', 'bounce.label.example', 'acties.label.example', 'Label BV', 'Straat 1')`)
	tx.MustExec(`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'M', 'solo', 'scheduled')`)
	tx.MustExec(`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{}', 1)`)
	for i, target := range linkTargets {
		parameter := map[bool]string{true: "ws"}[i < 2]
		tx.MustExec(`INSERT INTO links (revision_id, number, url, subid_parameter) VALUES (1, $1, $2, $3)`, i, target, parameter)
	}
	tx.MustExec(`INSERT INTO members (address, address_key, domain) SELECT 'm' || i || '@x.nl', 'm' || i || '@x.nl', CASE WHEN i % 2 = 0 THEN 'even.nl' ELSE 'odd.nl' END FROM generate_series(1, $1::int) i`, n)
	tx.MustExec(`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) SELECT 1, id, true, id < $1 FROM members`, n)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	w.send = w.newSend(t, w.sent)
	return w
}

// newSend makes a send to all members at the time.
func (w *world) newSend(t testing.TB, at time.Time) (id int64) {
	t.Helper()
	tx := w.Owner.MustBegin()
	defer func() { _ = tx.Rollback() }()
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	tx.MustExec(`SELECT ensure_partitions($1::date, $1::date)`, at)
	if err := tx.Get(&id, `
		INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state)
		VALUES (1, 1, 1, $1::timestamptz AT TIME ZONE 'UTC', $1, date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date, 'sending') RETURNING id`, at); err != nil {
		t.Fatal(err)
	}
	tx.MustExec(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at, variant)
		SELECT s.month, s.id, m.id, 'sent', $2, m.id % 2 FROM sends s, members m WHERE s.id = $1`, id, at)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) must(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := w.Owner.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// record runs a recorder until the test ends.
func (w *world) record(t testing.TB) *tracking.Recorder {
	t.Helper()
	r, err := tracking.NewRecorder(context.Background(), w.App, w.ring, w.clock)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return r
}

func (w *world) token(kind tracking.Kind, member int64, link uint16) string {
	return w.ring.Token(tracking.Ref{Kind: kind, Send: w.send, Member: member, Link: link})
}

// counts returns the send's outcomes by measure.
func (w *world) counts(t testing.TB) map[string]int {
	t.Helper()
	var rows []struct {
		Measure string
		N       int
	}
	if err := w.App.Select(&rows, `SELECT measure, sum(n) AS n FROM outcomes WHERE send_id = $1 GROUP BY measure`, w.send); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, r := range rows {
		if r.N != 0 {
			counts[r.Measure] = r.N
		}
	}
	return counts
}

// one returns a single number of the base.
func (w *world) one(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := w.App.Get(&n, query, args...); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return n
}
