package tracking

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members"
)

// Unfounded are suppressions for a bounce of a mail that never left. The base
// takes none since; these are from before, when a refusal of our own was read
// as a server's.
type Unfounded struct {
	db      *sqlx.DB
	members *members.Store
}

// NewUnfounded returns the unfounded suppressions in db.
func NewUnfounded(db *sqlx.DB, members *members.Store) *Unfounded {
	return &Unfounded{db: db, members: members}
}

// unfoundedSQL finds them. What the ledger called bounced with our own code 553
// went to an address beyond ASCII, in a session: the server wasn't asked.
const unfoundedSQL = `
	SELECT x.member_id, x.label_id, x.reason, x.send_id, x.at
	  FROM suppressions x
	 WHERE x.reason IN ('hard_bounce', 'soft_bounces') AND x.send_id IS NOT NULL
	   AND (delivery_never_left(x.send_id, x.member_id)
	        OR x.source = 'session' AND EXISTS (
	           SELECT FROM sends s
	             JOIN deliveries d ON d.send_month = s.month AND d.send_id = s.id AND d.member_id = x.member_id
	             JOIN members m ON m.id = d.member_id
	            WHERE s.id = x.send_id AND d.state = 'bounced' AND d.reply_code = 553 AND d.reason = 'hard: unknown user'
	              AND m.address ~ '[^[:ascii:]].*@'))`

// UnfoundedOne is one of them.
type UnfoundedOne struct {
	Member members.ID     `db:"member_id"`
	Label  labels.ID      `db:"label_id"` // members.EveryLabel: of all
	Reason members.Reason `db:"reason"`
	Send   int64          `db:"send_id"` // whose mail never left
	At     time.Time      `db:"at"`
}

// List returns a page of them, by member.
func (u *Unfounded) List(ctx context.Context, ask paging.Ask) (paging.Page[UnfoundedOne], error) {
	found, err := paging.Select(ctx, u.db, []paging.Order[UnfoundedOne]{{Keys: []paging.Key[UnfoundedOne]{
		paging.Number("x.member_id", func(o UnfoundedOne) members.ID { return o.Member }),
		paging.Number("x.label_id", func(o UnfoundedOne) labels.ID { return o.Label }),
		paging.Text(`x.reason COLLATE "C"`, func(o UnfoundedOne) string { return string(o.Reason) }),
	}}}, ask, unfoundedSQL)
	return found, postgres.Fault(err, "thing.suppressions")
}

// Count returns how many there are, and of how many members.
func (u *Unfounded) Count(ctx context.Context) (suppressions, of int, err error) {
	err = u.db.QueryRowxContext(ctx, `SELECT count(*), count(DISTINCT member_id) FROM (`+unfoundedSQL+`) f`).Scan(&suppressions, &of)
	return suppressions, of, postgres.Fault(err, "thing.suppressions")
}

// Lift ends them all, each on the trail as lifted by who acts, who proves to be
// there if they are signed in. Seen is the number that they were shown: if there are
// others by now, nothing is lifted.
func (u *Unfounded) Lift(ctx context.Context, seen int) error {
	return postgres.InTx(ctx, u.db, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT demand_proof(false)`); err != nil {
			return postgres.Fault(err, "thing.suppressions")
		}
		var found []UnfoundedOne
		if err := tx.SelectContext(ctx, &found, unfoundedSQL+` ORDER BY x.member_id, x.label_id, x.reason FOR UPDATE OF x`); err != nil {
			return postgres.Fault(err, "thing.suppressions")
		}
		if len(found) != seen {
			return fault.New(fault.Conflict, "tracking.unfounded_changed", "seen", seen, "now", len(found))
		}
		for _, f := range found {
			if err := u.members.Lift(ctx, tx, f.Member, f.Label, f.Reason, "never_left"); err != nil {
				return err
			}
		}
		return nil
	})
}
