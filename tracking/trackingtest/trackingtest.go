// Package trackingtest makes what tests of tracking begin with: a label with a
// send to some members, and numbers of what was kept and counted of it.
package trackingtest

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/tracking"
)

// World is a label with one send to some members, sent a minute ago.
type World struct {
	pgtest.DB
	Ring  *tracking.Keyring
	Clock *clock.Fake
	Send  int64
	Sent  time.Time
}

// LinkTargets are where the links of the world's mailing lead, in order.
var LinkTargets = []string{"https://shop.example/a?x=1", "https://shop.example/b", "https://shop.example/c#d",
	"https://label.example/imprint"}

// New makes a world of members 1 to n in a fresh base. They all consent to be tracked,
// but the last one.
func New(t testing.TB, db pgtest.DB, n int) *World {
	t.Helper()
	ring, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	w := &World{DB: db, Ring: ring, Clock: clock.NewFake(now), Sent: now.Add(-time.Minute)}
	// The guards of other rooms are proven there; here they would need a whole approval.
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		pgtest.User(t, tx, "A")
		pgtest.Label(t, tx, "nl")
		tx.MustExec(`INSERT INTO mailings (label_id, name, kind, state) VALUES (1, 'M', 'solo', 'scheduled')`)
		tx.MustExec(`INSERT INTO revisions (mailing_id, number, content, author_id) VALUES (1, 1, '{}', 1)`)
		for i, target := range LinkTargets {
			parameter := map[bool]string{true: "ws"}[i < 2]
			tx.MustExec(`INSERT INTO links (revision_id, number, url, subid_parameter) VALUES (1, $1, $2, $3)`, i, target, parameter)
		}
		tx.MustExec(`INSERT INTO members (address, address_key, domain)
			SELECT 'm' || i || '@x.nl', 'm' || i || '@x.nl', CASE WHEN i % 2 = 0 THEN 'even.nl' ELSE 'odd.nl' END FROM generate_series(1, $1::int) i`, n)
		tx.MustExec(`INSERT INTO memberships (label_id, member_id, mail_consent, tracking_consent) SELECT 1, id, true, id < $1 FROM members`, n)
	})
	w.Send = w.NewSend(t, w.Sent)
	return w
}

// NewSend makes a send to all members at the time.
func (w *World) NewSend(t testing.TB, at time.Time) (id int64) {
	t.Helper()
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`SELECT ensure_partitions($1::date, $1::date)`, at)
		id = int64(pgtest.Count(t, tx, `
			INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state)
			VALUES (1, 1, 1, $1::timestamptz AT TIME ZONE 'UTC', $1, date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date, 'sending')
			RETURNING id`, at))
		tx.MustExec(`INSERT INTO deliveries (send_month, send_id, member_id, state, sent_at, variant)
			SELECT s.month, s.id, m.id, 'sent', $2, m.id % 2 FROM sends s, members m WHERE s.id = $1`, id, at)
	})
	return id
}

// OldSend makes a send to all members, two years ago, whose month was dropped since.
func (w *World) OldSend(t testing.TB) int64 {
	t.Helper()
	id := w.NewSend(t, w.Sent.AddDate(-2, 0, 0))
	w.Must(t, `SELECT drop_partitions((now() - interval '13 months')::date)`)
	return id
}

// Must runs a statement as the owner.
func (w *World) Must(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := w.Owner.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Token returns the token of a link in the mail of the world's send.
func (w *World) Token(kind tracking.Kind, member int64, link uint16) string {
	return w.Ring.Token(tracking.Ref{Kind: kind, Send: w.Send, Member: member, Link: link})
}

// Counts returns the send's outcomes by measure.
func (w *World) Counts(t testing.TB) map[string]int {
	t.Helper()
	var rows []struct {
		Measure string
		N       int
	}
	if err := w.App.Select(&rows, `SELECT measure, sum(n) AS n FROM outcomes WHERE send_id = $1 GROUP BY measure`, w.Send); err != nil {
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

// WantCounts fails the test if the send's outcomes are others.
func (w *World) WantCounts(t testing.TB, want map[string]int) {
	t.Helper()
	if got := w.Counts(t); !maps.Equal(got, want) {
		t.Errorf("counted %v, not %v", got, want)
	}
}
