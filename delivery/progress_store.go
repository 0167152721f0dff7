package delivery

import (
	"context"
	"strings"

	"keur/internal/postgres"
	"keur/mailings"
	"keur/tracking"
)

// Progress counts a send's deliveries by state: what is done from the counts,
// what a worker has in hand from the ledger itself. Its cost doesn't grow with
// the audience.
func (l *Ledger) Progress(ctx context.Context, send mailings.SendID) (Progress, error) {
	var counts []struct {
		State State `db:"state"`
		N     int   `db:"n"`
	}
	err := l.db.SelectContext(ctx, &counts, `
		SELECT state, sum(n) AS n FROM (
		  SELECT measure AS state, n FROM outcomes
		   WHERE send_id = $1 AND measure IN ('sent', 'deferred', 'bounced', 'failed', 'lapsed', 'skipped', 'in_doubt')
		  UNION ALL
		  SELECT 'queued', size FROM delivery_batches WHERE send_id = $1 AND state = 'waiting' AND fence = 0
		  UNION ALL
		  SELECT d.state::text, 1
		    FROM delivery_batches b
		    JOIN deliveries d ON d.send_month = b.send_month AND d.send_id = b.send_id
		     AND d.member_id BETWEEN b.first_member AND b.last_member AND d.part = b.part
		   WHERE b.send_id = $1 AND b.state <> 'done' AND b.fence > 0 AND (d.changed_at IS NOT NULL OR d.state = 'queued')
		) x GROUP BY 1 HAVING sum(n) <> 0`, send)
	progress := Progress{}
	for _, c := range counts {
		progress[c.State] = c.N
	}
	return progress, postgres.Fault(err, "thing.progress_of_send", "send", send)
}

// Health returns what a send is judged by, from its counts alone.
func (l *Ledger) Health(ctx context.Context, send mailings.SendID) (Health, error) {
	var counts []struct {
		Measure string `db:"measure"`
		N       int    `db:"n"`
	}
	var h Health
	err := l.db.SelectContext(ctx, &counts, `
		SELECT measure, sum(n) AS n FROM outcomes WHERE send_id = $1 GROUP BY 1`, send)
	for _, c := range counts {
		switch m := tracking.Measure(c.Measure); {
		case m == tracking.Measure(Sent), m == tracking.Measure(Bounced), m == tracking.Measure(Failed):
			h.Handled += c.N
		case strings.HasSuffix(c.Measure, "_hard"): // in the session, or by a letter afterwards
			h.HardBounces += c.N
		case strings.HasSuffix(c.Measure, "_block"), strings.HasSuffix(c.Measure, "_ours"):
			h.Blocked += c.N
		case m == tracking.Complained:
			h.Complaints += c.N
		}
	}
	return h, postgres.Fault(err, "thing.health_of_send", "send", send)
}
