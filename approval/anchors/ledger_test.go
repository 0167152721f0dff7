package anchors_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"keur/approval/anchors"
	"keur/internal/pgtest"
)

// frozen makes a send of the approved mailing with so many deliveries, sealed,
// whose row the trail tells.
func frozen(t *testing.T, db pgtest.DB, n int) {
	t.Helper()
	tx := db.Owner.MustBegin()
	defer func() { _ = tx.Rollback() }()
	for _, sql := range []string{
		`SELECT ensure_partitions('2026-11-01', '2026-11-01')`,
		`ALTER TABLE sends ENABLE ALWAYS TRIGGER sends_audit`,
		`ALTER TABLE audit_pending ENABLE ALWAYS TRIGGER audit_pending_chain`,
		`SET LOCAL session_replication_role = replica`,
		`INSERT INTO sends (mailing_id, revision_id, label_id, slot_local, slot_at, month, state, sealed_count, sealed_members)
		 SELECT mailing_id, revision_id, 1, '2026-11-24 10:00', '2026-11-24 09:00Z', '2026-11-01', 'sending', ` + fmt.Sprint(n) + `,
		        (SELECT sha256(string_agg(int8send(m), '' ORDER BY m)) FROM generate_series(1, ` + fmt.Sprint(n) + `) m) FROM approval_rounds`,
		`INSERT INTO deliveries (send_month, send_id, member_id) SELECT month, id, m FROM sends, generate_series(1, ` + fmt.Sprint(n) + `) m`,
		`SET CONSTRAINTS ALL IMMEDIATE`,
	} {
		tx.MustExec(sql)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// A delivery that the owner adds, takes away or gives to another member isn't in
// what was frozen.
func TestLedgersAreHeldToTheirSeals(t *testing.T) {
	t.Parallel()
	_, db, verify := world(t)
	frozen(t, db, 3)
	if p := verify(); len(p.Wrong) > 0 {
		t.Fatalf("an honest ledger: %q", p.Wrong)
	}
	for _, try := range []struct{ do, undo, has string }{
		{`INSERT INTO deliveries (send_month, send_id, member_id) SELECT month, id, 9 FROM sends`, `DELETE FROM deliveries WHERE member_id = 9`, "has 4 "},
		{`DELETE FROM deliveries WHERE member_id = 2`, `INSERT INTO deliveries (send_month, send_id, member_id) SELECT month, id, 2 FROM sends`,
			"has 2 "},
		{`UPDATE deliveries SET member_id = 9 WHERE member_id = 2`, `UPDATE deliveries SET member_id = 2 WHERE member_id = 9`, "has 3 "},
	} {
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(try.do) })
		if found := strings.Join(verify().Wrong, "\n"); !strings.Contains(found, try.has+"deliveries that aren't the 3 that were frozen") {
			t.Errorf("%s: found %q", try.do, found)
		}
		pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) { tx.MustExec(try.undo) })
	}
	if p := verify(); len(p.Wrong) > 0 {
		t.Errorf("as it was: %q", p.Wrong)
	}
}

// Reading a ledger says how far it is, and ends when nobody waits for it.
func TestReadingALedgerIsWatched(t *testing.T) {
	t.Parallel()
	_, db, _ := world(t)
	frozen(t, db, 25_000)
	key := anchors.KeyOf(pgtest.Box()).Public().(ed25519.PublicKey)
	var far []int64
	note := func(n, of int64) { far = append(far, n, of) }
	if _, err := anchors.Verify(t.Context(), db.App, nil, key, anchors.Watcher{Ledger: note}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{10_000, 25_000, 20_000, 25_000, 25_000, 25_000}, far); diff != "" {
		t.Errorf("it says %s", diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	leave := func(int64, int64) { cancel() }
	if _, err := anchors.Verify(ctx, db.App, nil, key, anchors.Watcher{Ledger: leave}); !errors.Is(err, context.Canceled) {
		t.Errorf("a walk that nobody waits for ends with %v", err)
	}
}
