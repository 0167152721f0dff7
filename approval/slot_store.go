package approval

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/each"
	"keur/internal/postgres"
	"keur/mailings"
	"keur/mailings/schedules"
)

// insertSlots writes the slots that a new round is for.
func insertSlots(ctx context.Context, tx *sqlx.Tx, r *Round) error {
	local, at := make([]string, len(r.Slots)), make([]string, len(r.Slots))
	for i, slot := range r.Slots {
		local[i], at[i] = slot.Local.String(), postgres.Stamp(slot.At)
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO approval_slots (round_id, slot_local, slot_at)
		SELECT $1, * FROM unnest($2::timestamp[], $3::timestamptz[])`, r.ID, pq.Array(local), pq.Array(at))
	return postgres.Fault(err, "thing.approval", "id", r.ID)
}

func slotsOf(ctx context.Context, q sqlx.QueryerContext, id RoundID) ([]schedules.Slot, error) {
	slots := []schedules.Slot{}
	err := sqlx.SelectContext(ctx, q, &slots, `
		SELECT slot_local AS local, slot_at AS at FROM approval_slots WHERE round_id = $1 ORDER BY slot_at, slot_local`, id)
	return slots, postgres.Fault(err, "thing.approval", "id", id)
}

// EndIn ends the approval of a mailing, of which no send is under way, if it is
// over or the policy became stricter than it is: then the mailing is a draft
// again, or in review if a renewal is open, its maker is told, and it returns true.
func (e *Engine) EndIn(ctx context.Context, tx *sqlx.Tx, id mailings.ID) (bool, error) {
	now := e.clock.Now()
	var over []struct {
		ID     RoundID `db:"id"`
		Stands bool    `db:"stands"`
	}
	if err := tx.SelectContext(ctx, &over, `
		SELECT id, stands FROM (SELECT id, ends_at, round_is_complete(id) AS stands FROM approval_rounds WHERE mailing_id = $1 AND state = 'approved') r
		 WHERE (NOT stands OR ends_at < $2)
		   AND NOT EXISTS (SELECT FROM sends WHERE mailing_id = $1 AND state IN ('freezing', 'sending', 'paused', 'held'))`,
		id, now); err != nil || len(over) == 0 {
		return false, postgres.Fault(err, "thing.approval_of_mailing", "mailing", id)
	}
	round, err := e.update(ctx, tx, over[0].ID, func(r *Round) error { return r.End(over[0].Stands, now) })
	if err != nil {
		return false, err
	}
	return true, e.follow(ctx, tx, &round)
}

// SendEnding tells the makers of what recurs, once each, that its approval ends
// so many days ahead as the policy says, unless its renewal is open. Returns how many.
func (r *Reminders) SendEnding(ctx context.Context) (int, error) {
	var ids []RoundID
	now := r.store.clock.Now()
	if err := r.store.db.SelectContext(ctx, &ids, `
		SELECT r.id FROM approval_rounds r
		 WHERE r.state = 'approved' AND r.ends_at > $1
		   AND r.ends_at <= $1::timestamptz + make_interval(days => (SELECT min(coalesce(p.end_remind_days, 14)) FROM policies_for(r.revision_id) p))
		   AND NOT EXISTS (SELECT FROM approval_rounds o WHERE o.mailing_id = r.mailing_id AND o.state = 'open')
		   AND NOT EXISTS (SELECT FROM notices n WHERE n.key = 'round:' || r.id || ':ending')
		 ORDER BY r.id`, now); err != nil {
		return 0, postgres.Fault(err, "thing.approvals")
	}
	return each.Try(ctx, 1, ids, func(ctx context.Context, id RoundID) error {
		round, err := r.store.Round(ctx, id)
		if err != nil {
			return err
		}
		return postgres.InTx(ctx, r.store.db, func(tx *sqlx.Tx) error {
			return r.announcer.tellMaker(ctx, tx, &round, "ending", *round.EndsAt)
		})
	})
}
