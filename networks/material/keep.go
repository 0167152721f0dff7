package material

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
)

// Says is what the source of a pick, a network or a feed, says of it now, as the
// database writes it down: an answer is about that, and holds for as long.
type Says string

// Kept is what a person said last of a pick that isn't at its source what it was: that
// it stays. Zero: nobody did.
type Kept struct {
	Is     bool       `db:"is"` // the source still says what it said then
	Name   string     `db:"name"`
	Reason string     `db:"reason"`
	At     *time.Time `db:"at"`
}

// KeptColumns are those of Says and Kept in a query where now is what the source says,
// and w the newest answer.
const KeptColumns = `now.says, coalesce(w.says = now.says, false) AS "kept.is", coalesce(actor_name(w.answered_by), '') AS "kept.name",
	       coalesce(w.reason, '') AS "kept.reason", w.answered_at AS "kept.at"`

// ProductPickID names a pick of a product: networks/products.
type ProductPickID int64

// Stays is a pick of which a person says that it stays: one of a network's, or one of a
// product.
type Stays struct {
	Network *PickID
	Product *ProductPickID
	Says    Says
	Seen    Says // what whoever says so was shown of it
	Asks    bool // there is something to be said
}

// maxReason bounds why something stays, in characters.
const maxReason = 500

// Keep notes that the pick stays, and why. Returns a conflict if nothing is asked of it,
// or its source says something else of it by now than the person was shown: what stays
// at one price needn't at a higher one.
func (s Stays) Keep(ctx context.Context, db *sqlx.DB, reason string) error {
	if reason == "" || !form.Line(reason, maxReason) {
		return fault.At("reason", "programmes.reason")
	}
	if !s.Asks {
		return fault.New(fault.Conflict, "material.nothing_asked")
	}
	if s.Seen != s.Says {
		return fault.New(fault.Conflict, "material.said_otherwise")
	}
	return postgres.InTx(ctx, db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO pick_answers (network_pick_id, product_pick_id, says, reason) VALUES ($1, $2, $3, $4)`,
			s.Network, s.Product, s.Says, reason)
		return postgres.Fault(err, "thing.pick_answer")
	})
}
