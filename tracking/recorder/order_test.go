package recorder

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
)

// TestWritersOfAnOldDayLockInOneOrder: two who each change a row and add one, of
// the other kind, hold what the other goes on to unless there is one order. A
// third holds both at the point where each has begun.
func TestWritersOfAnOldDayLockInOneOrder(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	pgtest.Unguarded(t, db.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO behaviours (label_id, kind, day, mailing_id, member_id, n)
			VALUES (1, 'open', '2020-02-03', 1, 1, 1), (1, 'click', '2020-02-03', 1, 2, 1)`)
		tx.MustExec(`INSERT INTO last_engagements (label_id, kind, member_id, day) VALUES (1, 'click', 3, '2020-02-01'), (1, 'open', 4, '2020-02-01')`)
	})
	holder := db.App.MustBegin()
	defer func() { _ = holder.Rollback() }()
	holder.MustExec(`SELECT FROM last_engagements ORDER BY member_id FOR UPDATE`)
	ended := make(chan error)
	of := func(kind string, member int64) behaviour {
		return behaviour{label: 1, kind: kind, day: "2020-02-03", mailing: 1, member: member}
	}
	for _, did := range []map[behaviour]int{ // the first is known, the second new
		{of("open", 1): 1, of("click", 3): 1},
		{of("click", 2): 1, of("open", 4): 1},
	} {
		go func() {
			// Not InTx, which tries again.
			_, err := db.App.Exec(recordSQL, "{}", "{}", behaviourRecords(did), "{}")
			ended <- err
		}()
	}
	pgtest.Await(t, db.Owner, `SELECT count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	if err := holder.Commit(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := pgtest.Count(t, db.App, `SELECT sum(n) FROM behaviours`); n != 6 {
		t.Errorf("%d are noted, not 6", n)
	}
}
