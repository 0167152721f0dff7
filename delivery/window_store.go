package delivery

import (
	"context"
	"time"

	"keur/internal/postgres"
	"keur/mailings"
)

// WaitingZones returns the members' time zones, "" for the label's, of which a
// send has deliveries that may leave now.
func (l *Ledger) WaitingZones(ctx context.Context, send mailings.SendID, now time.Time) ([]string, error) {
	var zones []string
	err := l.db.SelectContext(ctx, &zones, `
		SELECT DISTINCT time_zone FROM delivery_batches WHERE send_id = $1 AND state <> 'done' AND not_before <= $2`, send, now)
	return zones, postgres.Fault(err, "the batches of send %d", send)
}

// Postpone makes what is left of a zone wait until a later moment: the
// mailing's window has closed. A batch that a worker has in hand is given back
// with its next intent, so that a slow pace carries nothing past the window.
func (l *Ledger) Postpone(ctx context.Context, send mailings.SendID, zone string, until time.Time) error {
	_, err := l.db.ExecContext(ctx, `
		UPDATE delivery_batches SET not_before = $3
		 WHERE send_id = $1 AND time_zone = $2 AND state <> 'done' AND not_before < $3`, send, zone, until)
	return postgres.Fault(err, "the batches of send %d", send)
}
