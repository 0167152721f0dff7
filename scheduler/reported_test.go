package scheduler_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/pgtest"
	"keur/mailings"
)

// TestASendKnowsWhetherItsMailIsReported: as its label's route is when it begins, and
// whatever becomes of that route afterwards.
func TestASendKnowsWhetherItsMailIsReported(t *testing.T) {
	t.Parallel()
	for _, reports := range []bool{true, false} {
		d := newDesk(t, 3)
		d.Approved(t, d.Brief(t, slot))
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`
				WITH r AS (INSERT INTO smtp_routes (name, host, port, tls, reports) VALUES ('relay', '127.0.0.1', 25, 'none', $1) RETURNING id)
				UPDATE labels SET smtp_route_id = r.id FROM r`, reports)
		})
		d.tick(t, slotAt)
		pgtest.Unguarded(t, d.db.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE smtp_routes SET reports = NOT reports`) })
		if n := pgtest.Count(t, d.db.Owner, `SELECT count(*) FROM sends WHERE reported = $1 AND started_at IS NOT NULL`, reports); n != 1 ||
			d.only(t).State != mailings.Sending {
			t.Errorf("over a route that reports (%t) the send is %s, %d know", reports, d.only(t).State, n)
		}
	}
}
