//go:build bench

package trial

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/segments"
)

// TestBenchFreezeUnderCaps freezes the audience of a million who got five
// million mails in the last thirty days, under caps that look back on some of
// these mails, and on all.
func TestBenchFreezeUnderCaps(t *testing.T) {
	const members = 1_000_000
	server := pgtest.Server(t)
	app, owner := pgtest.Open(t, server.AppURL()), pgtest.Open(t, server.OwnerURL())
	stage, err := deliverytest.New(t.Context(), owner, app, clock.System{}, members)
	if err != nil {
		t.Fatal(err)
	}
	makePast(t, owner, members)
	scope := segments.Scope{
		Label: 1, Advertisers: []int64{3}, Categories: []string{"travel"},
		Audience: segments.Audience{Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}},
	}
	for _, c := range []struct {
		name string
		caps []labels.Cap
	}{
		{"without caps", nil},
		{"caps of 7, 30 and 14 days", []labels.Cap{
			{Scope: labels.PerLabel, Days: 7, AtMost: 3}, {Scope: labels.PerAdvertiser, Days: 30, AtMost: 1}, {Scope: labels.PerCategory, Days: 14, AtMost: 2},
		}},
		{"caps of 30 days", []labels.Cap{
			{Scope: labels.PerLabel, Days: 30, AtMost: 9}, {Scope: labels.PerAdvertiser, Days: 30, AtMost: 1}, {Scope: labels.PerCategory, Days: 30, AtMost: 3},
		}},
	} {
		scope.Caps = c.caps
		frozen, took, used := freezeCapped(t, stage, scope)
		all := frozen.Queued + frozen.Skipped[string(segments.Frequency)]
		rate := float64(all) / took.Seconds()
		t.Logf("%-26s %7d of %d frozen, %.0f members/s, %.1f µs of PostgreSQL's CPU each", c.name, frozen.Queued, all, rate, float64(used)/1e3/float64(all))
		if rate < 100_000 {
			t.Errorf("%.0f members/s, wanted 100,000", rate)
		}
		if len(c.caps) > 0 && frozen.Skipped[string(segments.Frequency)] == 0 {
			t.Error("the caps let everyone through")
		}
	}
}

// freezeCapped freezes a send for the scope, and takes it back so that the next
// one finds the same past.
func freezeCapped(t *testing.T, stage *deliverytest.Stage, scope segments.Scope) (frozen delivery.Frozen, took, used time.Duration) {
	t.Helper()
	send, err := stage.NewSend(t.Context(), deliverytest.Content(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	before, from := databaseCPU(t, stage.Owner), time.Now()
	if err := postgres.InTx(t.Context(), stage.App, func(tx *sqlx.Tx) error {
		sql, args, err := segments.NewEngine(stage.App, stage.Clock, segments.SQL{}).AudienceSQL(t.Context(), tx, scope)
		if err != nil {
			return err
		}
		frozen, err = stage.Ledger.Freeze(t.Context(), tx, send, sql, args, delivery.FreezeOptions{NotBefore: send.SlotAt, Weights: []int{1, 1}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	took, used = time.Since(from), databaseCPU(t, stage.Owner)-before
	if _, err := stage.Owner.Exec(`DELETE FROM deliveries WHERE send_id = $1`, send.ID); err != nil {
		t.Fatal(err)
	}
	return frozen, took, used
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
