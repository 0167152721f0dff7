//go:build bench

package trial

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/benchtest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/segments"
)

// TestBenchFreeze freezes the audience of a million who got five million mails
// in the last thirty days: before they got these, then without caps, and under
// caps that look back on some of these mails, and on all.
func TestBenchFreeze(t *testing.T) {
	const members = 1_000_000
	server := pgtest.Server(t)
	app, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	b := benchtest.New(t, owner)
	stage, err := deliverytest.New(t.Context(), owner, app, clock.System{}, members)
	if err != nil {
		t.Fatal(err)
	}
	scope := segments.Scope{
		Label: 1, Advertisers: []int64{3}, Categories: []string{"travel"},
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}},
	}
	empty := b.Repeat(3, func() map[string]float64 { return freezeCapped(t, stage, scope, members) })
	b.Target("freezing, in an empty ledger", empty["rate"], b.Rate(150_000), "members/s")
	makePast(t, owner, members)
	for _, c := range []struct {
		name string
		caps []labels.Cap
	}{
		{"without caps", nil},
		{"caps of 7, 30 and 14 days", []labels.Cap{
			{Scope: labels.PerLabel, Days: 7, AtMost: 3}, {Scope: labels.PerAdvertiser, Days: 30, AtMost: 1},
			{Scope: labels.PerCategory, Days: 14, AtMost: 2},
		}},
		{"caps of 30 days", []labels.Cap{
			{Scope: labels.PerLabel, Days: 30, AtMost: 9}, {Scope: labels.PerAdvertiser, Days: 30, AtMost: 1},
			{Scope: labels.PerCategory, Days: 30, AtMost: 3},
		}},
	} {
		scope.Caps = c.caps
		f := b.Repeat(3, func() map[string]float64 { return freezeCapped(t, stage, scope, members) })
		b.Target("freezing, "+c.name, f["rate"], b.Rate(100_000), "members/s")
		b.Target("freezing, "+c.name+", CPU of PostgreSQL", f["postgres"], b.Within(20), "µs a member")
	}
}

// freezeCapped freezes a send for the scope, and takes it back so that the next
// one finds the same past.
func freezeCapped(t *testing.T, stage *deliverytest.Stage, scope segments.Scope, members int) map[string]float64 {
	t.Helper()
	send, err := stage.NewSend(t.Context(), deliverytest.Content(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var sql string
	var args []any
	if err := postgres.InTx(t.Context(), stage.App, func(tx *sqlx.Tx) (err error) {
		sql, args, err = segments.NewEngine(stage.App, stage.Clock, segments.SQL{}).AudienceSQL(t.Context(), tx, scope)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	before, from := benchtest.ServerCPU(t, stage.Owner), time.Now()
	frozen, err := stage.Freeze(t.Context(), send, sql, args, delivery.FreezeOptions{NotBefore: send.SlotAt, Weights: []int{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	took, used := time.Since(from), benchtest.ServerCPU(t, stage.Owner)-before
	capped := frozen.Skipped[string(segments.Frequency)]
	if frozen.Queued+capped != members || (capped > 0) != (len(scope.Caps) > 0) {
		t.Errorf("%d are frozen and %d held back by caps, of %d members", frozen.Queued, capped, members)
	}
	pgtest.Unguarded(t, stage.Owner, func(tx *sqlx.Tx) { tx.MustExec(`DELETE FROM deliveries WHERE send_id = $1`, send.ID) })
	stage.Owner.MustExec(`VACUUM deliveries`)
	return map[string]float64{"rate": float64(members) / took.Seconds(),
		"postgres": float64(used) / float64(time.Microsecond) / float64(members)}
}

// makePast gives the members twenty mailings of twelve advertisers in the last
// thirty days, of which each went to a quarter of them.
func makePast(t *testing.T, owner *sqlx.DB, members int) {
	t.Helper()
	conn, err := owner.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range []string{
		// Past the triggers: approval is not measured here.
		`SET session_replication_role = replica; SET synchronous_commit = off`,
		`INSERT INTO advertisers (id, name, category) OVERRIDING SYSTEM VALUE
		 SELECT i, 'Advertiser ' || i, (ARRAY['travel', 'fashion', 'home', 'sport'])[1 + i % 4] FROM generate_series(1, 12) i;
		 INSERT INTO campaigns (id, label_id, advertiser_id, name, starts_on, ends_on) OVERRIDING SYSTEM VALUE
		 SELECT i, 1, i, 'Campaign ' || i, '2025-01-01', '2027-12-31' FROM generate_series(1, 12) i;
		 INSERT INTO mailings (id, label_id, name, kind, state) OVERRIDING SYSTEM VALUE
		 SELECT 1000 + i, 1, 'Mailing ' || i, 'solo', 'done' FROM generate_series(1, 20) i;
		 INSERT INTO revisions (id, mailing_id, number, content, author_id) OVERRIDING SYSTEM VALUE
		 SELECT 1000 + i, 1000 + i, 1, '{}', 1 FROM generate_series(1, 20) i;
		 INSERT INTO revision_placements (revision_id, key, position, campaign_id, advertiser_id)
		 SELECT 1000 + i, 'p', 0, 1 + i % 12, 1 + i % 12 FROM generate_series(1, 20) i;
		 SELECT ensure_partitions((now() - interval '2 months')::date, now()::date);
		 INSERT INTO sends (id, mailing_id, revision_id, label_id, slot_local, slot_at, month, state, started_at, finished_at) OVERRIDING SYSTEM VALUE
		 SELECT 1000 + i, 1000 + i, 1000 + i, 1, at::timestamp, at, date_trunc('month', at AT TIME ZONE 'UTC')::date, 'finished', at, at + interval '2 hours'
		   FROM (SELECT i, now() - interval '30 days 1 hour' + (i - 1) * interval '36 hours' AS at FROM generate_series(1, 20) i) x`,
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for send := 1001; send <= 1020; send++ {
		if _, err := conn.ExecContext(t.Context(), `
			INSERT INTO deliveries (send_month, send_id, member_id, state, changed_at, sent_at, attempts, reply_code, message_id)
			SELECT s.month, s.id, i, CASE WHEN i % 101 = 0 THEN 'bounced' ELSE 'sent' END::delivery_state, at, at, 1, 250, 'd.' || s.id || '.' || i || '.abcdefghijklmnop'
			  FROM sends s, generate_series(1, $2) i, LATERAL (SELECT s.slot_at + i * interval '7 milliseconds' AS at) x
			 WHERE s.id = $1 AND hashint8extended(i, s.id) & 3 = 0`, send, members); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.ExecContext(t.Context(), `VACUUM ANALYZE`); err != nil {
		t.Fatal(err)
	}
}
