package tracking_test

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/members"
	"keur/tracking"
)

// What never left is held against nobody, by whichever way it is told.
func TestWhatNeverLeftSuppressesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	s := store(w)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'queued', sent_at = NULL WHERE member_id = 1`)
		tx.MustExec(`UPDATE deliveries SET state = 'skipped', reason = 'suppressed' WHERE member_id = 2`)
		tx.MustExec(`UPDATE deliveries SET state = 'lapsed' WHERE member_id = 3`)
		tx.MustExec(`UPDATE deliveries SET state = 'failed', reason = 'ours: no smtputf8', attempts = 1 WHERE member_id = 4`)
		tx.MustExec(`UPDATE deliveries SET state = 'failed', reason = 'unclear', attempts = 3 WHERE member_id = 5`) // in doubt once: it may have left
	})
	for member := int64(1); member <= 6; member++ {
		left := member > 4
		receive(t, w, s, member, "5.1.1", "failed")
		if got := suppressed(t, w, member); (got == "hard_bounce@0") != left {
			t.Errorf("a letter about member %d suppresses by %q", member, got)
		}
		for _, insert := range []string{
			`INSERT INTO suppressions (member_id, reason, source, send_id) VALUES ($1, 'soft_bounces', 'session', $2)`,
			`INSERT INTO soft_bounces (member_id, send_id, at) VALUES ($1, $2, now())`,
		} {
			if _, err := w.App.Exec(insert, member, w.Send); (err == nil) != left {
				t.Errorf("psql, member %d: %s: %v", member, insert, err)
			}
		}
		if _, err := w.App.Exec(`INSERT INTO suppressions (member_id, reason, send_id) VALUES ($1, 'complaint', $2)`, member, w.Send); err != nil {
			t.Errorf("what member %d says isn't heard: %v", member, err)
		}
	}
	w.WantCounts(t, map[string]int{"bounce_hard": 2})
}

func TestUnfoundedSuppressionsAreLifted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE members SET address = 'zoë' || id || '@x.nl' WHERE id <= 3`)
		// 1 and 2: our own refusal, misread; 3: the server's; 4: an address in ASCII that isn't there; 5: never left.
		tx.MustExec(`UPDATE deliveries SET state = 'bounced', reply_code = CASE WHEN member_id = 3 THEN 550 ELSE 553 END,
			reason = 'hard: unknown user', attempts = 1 WHERE member_id <= 4`)
		tx.MustExec(`UPDATE deliveries SET state = 'failed', reason = 'ours: no smtputf8' WHERE member_id = 5`)
		tx.MustExec(`INSERT INTO suppressions (member_id, reason, source, send_id)
			SELECT id, CASE id WHEN 5 THEN 'soft_bounces' ELSE 'hard_bounce' END, 'session', $1 FROM members`, w.Send)
		tx.MustExec(`INSERT INTO suppressions (member_id, label_id, reason, source) VALUES (1, 1, 'unsubscribe', 'one-click')`)
	})
	u := tracking.NewUnfounded(w.App, members.NewStore(w.App, w.Clock, []byte("key")))
	asAdmin := pgtest.Acting(context.Background(), "user:1")
	if n, of, err := u.Count(asAdmin); err != nil || n != 3 || of != 3 {
		t.Fatalf("%d of %d, %v", n, of, err)
	}
	if err := u.Lift(asAdmin, 2); !fault.Is(err, fault.Conflict) {
		t.Errorf("another number than was shown: %v", err)
	}
	if err := u.Lift(asAdmin, 3); err != nil {
		t.Fatal(err)
	}
	for member, want := range map[int64]string{1: "unsubscribe@1", 2: "", 3: "hard_bounce@0", 4: "hard_bounce@0", 5: ""} {
		if got := suppressed(t, w, member); got != want {
			t.Errorf("member %d is suppressed by %q, want %q", member, got, want)
		}
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM audit_log WHERE action = 'suppressions.lift' AND actor = 'user:1'
		AND detail->'what' ? 'never_left'`); n != 3 {
		t.Errorf("%d on the trail", n)
	}
}
