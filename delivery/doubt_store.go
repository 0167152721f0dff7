package delivery

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/members"
)

// Doubt is a delivery of which nobody knows whether it arrived: the answer to
// it was lost, or the worker that sent it.
type Doubt struct {
	Member    members.ID `db:"member_id" json:"member_id"`
	MessageID string     `db:"message_id" json:"message_id"` // by which the relay's log can tell
	Since     time.Time  `db:"changed_at" json:"in_doubt_at"`
	Reason    string     `db:"reason" json:"reason"`
	Attempts  int        `db:"attempts" json:"attempts"`
}

// Doubts returns a page of the send's deliveries in doubt, by member.
func (l *Ledger) Doubts(ctx context.Context, send mailings.Send, ask paging.Ask) (paging.Page[Doubt], error) {
	found, err := paging.Select(ctx, l.db, []paging.Order[Doubt]{{Name: "member", Keys: []paging.Key[Doubt]{
		paging.Number("member_id", func(d Doubt) members.ID { return d.Member }),
	}}}, ask, `
		SELECT member_id, coalesce(message_id, '') AS message_id, changed_at, coalesce(reason, '') AS reason, attempts
		  FROM deliveries
		 WHERE send_month = $1 AND send_id = $2 AND state = 'in_doubt'`, send.Month, send.ID)
	return found, postgres.Fault(err, "thing.doubts_of_send", "send", send.ID)
}

// Resolution is what a person decides on a delivery in doubt.
type Resolution string

// The resolutions.
const (
	Resend Resolution = "resend" // it didn't arrive, or twice is better than never
	Leave  Resolution = "leave"  // it may have arrived, and twice would be worse
)

// Resolve does with a delivery in doubt what a person decided, which goes on
// the record. Returns a conflict if it isn't in doubt, or if its send doesn't
// send any more.
func (l *Ledger) Resolve(ctx context.Context, send mailings.Send, member members.ID, by accounts.UserID, how Resolution) error {
	if how != Resend && how != Leave {
		return fault.At("resolution", "delivery.resolution")
	}
	return postgres.InTx(ctx, l.db, func(tx *sqlx.Tx) error {
		at, err := lock(ctx, tx, send.Month.String(), int64(send.ID), int64(member))
		if err != nil {
			return err
		}
		if at.State != InDoubt {
			return fault.New(fault.Conflict, "delivery.not_in_doubt", "state", at.State)
		}
		now := l.clock.Now()
		if how == Leave {
			err = l.move(ctx, tx, at, Failed, "left_in_doubt", 0, now)
		} else {
			err = l.resend(ctx, tx, at, now)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			SELECT audit_note('deliveries.resolved', 'sends:' || $1::bigint, jsonb_build_object('member_id', $2::bigint, 'how', $3::text, 'user_id', $4::bigint))`,
			send.ID, member, how, by)
		return postgres.Fault(err, "thing.resolution")
	})
}

// resend makes a locked delivery due at once.
func (l *Ledger) resend(ctx context.Context, tx *sqlx.Tx, at row, now time.Time) error {
	var state mailings.SendState
	if err := tx.GetContext(ctx, &state, `SELECT state FROM sends WHERE id = $1 FOR SHARE`, at.Send); err != nil {
		return postgres.Fault(err, "thing.send", "id", at.Send)
	}
	if state != mailings.Sending && state != mailings.Paused && state != mailings.Held {
		return fault.New(fault.Conflict, "delivery.send_sends_no_more", "state", state)
	}
	if err := l.move(ctx, tx, at, Deferred, "resend", 0, now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO delivery_retries (send_month, send_id, member_id, due_at) VALUES ($1, $2, $3, $4)
		    ON CONFLICT (send_id, member_id) DO UPDATE SET due_at = excluded.due_at`, at.Month, at.Send, at.Member, now)
	return postgres.Fault(err, "thing.retry")
}
