package scheduler_test

import (
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/internal/pgtest"
	"keur/mailings/schedules"
	"keur/scheduler"
)

// What a server refused for now is tried again within the window, and not in the second
// before somebody looks whether that is open.
func TestARetryLeavesWithinTheWindow(t *testing.T) {
	t.Parallel()
	var parts *scheduler.Parts
	d := newDesk(t, 2, func(p *scheduler.Parts) { parts = p })
	b := d.Brief(t, slot)
	b.Schedule.Window = &schedules.Window{From: "09:00", Until: "11:00"}
	d.Approved(t, b)
	d.tick(t, slotAt)
	pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE deliveries SET state = 'deferred', attempts = 1, changed_at = $1`, slotAt)
		tx.MustExec(`UPDATE delivery_batches SET state = 'done', fence = 1`)
		tx.MustExec(`INSERT INTO delivery_retries (send_month, send_id, member_id, due_at) SELECT send_month, send_id, member_id, $1 FROM deliveries`,
			slotAt.Add(70*time.Minute))
	})
	d.World.Clock.Set(slotAt.Add(75 * time.Minute)) // 11:15 in Amsterdam
	hours := delivery.Hours{Mailings: parts.Mailings, Labels: parts.Labels}
	if n, err := parts.Ledger.Requeue(pgtest.Acting(t.Context(), "system:delivery"), hours); err != nil || n != 2 {
		t.Fatalf("%d are queued again: %v", n, err)
	}
	var at time.Time
	noError(t, d.World.DB.Get(&at, `SELECT not_before FROM delivery_batches WHERE state = 'waiting'`))
	if got := at.UTC().Format("02 15:04"); got != "25 08:00" {
		t.Errorf("they leave from %s on", got)
	}
}
