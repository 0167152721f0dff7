package delivery_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/internal/pgtest"
)

// TestABatchIsDoneWhenItsMailIsOut: the application's login can't call it done
// before, waiting or running, so its mail is taken and its send finishes.
func TestABatchIsDoneWhenItsMailIsOut(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 3)
	w.send = w.start(t, delivery.FreezeOptions{})
	const done, open = `UPDATE delivery_batches SET state = 'done', worker = NULL, lease_until = NULL`, "mail of this batch has yet to leave"
	running := `UPDATE delivery_batches SET state = 'running', fence = fence + 1; `
	refuseAll(t, w.App, map[string]attempt{
		"a waiting batch": {done, open},
		"a running batch": {running + done, open},
		"with one mail under way": {running + `UPDATE deliveries SET state = 'sending' WHERE member_id = 1;
			UPDATE deliveries SET state = 'skipped', reason = 'suppressed' WHERE member_id > 1; ` + done, open},
		"its send is finished":   {`UPDATE sends SET state = 'finished', finished_at = now()`, "mail of this send has yet to leave"},
		"with another set aside": {`UPDATE deliveries SET part = 1 WHERE member_id = 1`, "after its first moment"},
	})
	w.deliver(t, accepted)
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM deliveries WHERE state = 'sent'`); n != 3 {
		t.Errorf("%d of 3 mails left", n)
	}
	if n := pgtest.Count(t, w.App, `SELECT count(*) FROM delivery_batches WHERE state <> 'done'`); n != 0 {
		t.Errorf("%d batches are open after their mail left", n)
	}
	must(t, tried(t.Context(), w.App, `UPDATE sends SET state = 'finished', finished_at = now()`))
}

// TestABatchOfWhoWasTakenOutIsDone: whose mail was withdrawn doesn't keep it open,
// and neither does who gets it in another part.
func TestABatchOfWhoWasTakenOutIsDone(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 2)
	w.start(t, delivery.FreezeOptions{})
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'skipped', reason = 'suppressed' WHERE member_id = 1`)
		tx.MustExec(`UPDATE deliveries SET part = 1 WHERE member_id = 2`)
	})
	must(t, tried(t.Context(), w.App, `UPDATE delivery_batches SET state = 'done'`))
}
