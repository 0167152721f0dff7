package claims

import (
	"cmp"
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
	"keur/networks"
)

// Answers takes in what networks say of claims.
type Answers struct{ store *Store }

// NewAnswers returns what takes answers into a store's cases.
func NewAnswers(s *Store) *Answers { return &Answers{s} }

// Told takes in what a connection's network says of claims. Those of no case of ours
// are left. The same again, in any order, comes to the same.
func (a *Answers) Told(ctx context.Context, by networks.ConnectionID, reports []networks.ClaimReport) error {
	for _, r := range reports {
		if r.State == networks.ClaimAsks || r.State == networks.ClaimRefused {
			r.Said = cmp.Or(r.Said, nothingSaid)
		}
		if err := postgres.InTx(ctx, a.store.db, func(tx *sqlx.Tx) error { return a.told(ctx, tx, by, r) }); err != nil {
			return err
		}
	}
	return nil
}

// answered is a claim at a network, with its case.
type answered struct {
	AtNetwork
	Case   ID   `db:"case_id"`
	Counts bool `db:"counts"` // it asks what the case does now, and no claim of the case was taken later
}

func (a *Answers) told(ctx context.Context, tx *sqlx.Tx, by networks.ConnectionID, r networks.ClaimReport) error {
	of, err := a.meant(ctx, tx, by, r)
	if err != nil || of == nil || !overtakes(of.AtNetwork, r) {
		return err
	}
	// Where it has our key of one claim and the number of another, it is of neither.
	done, err := tx.ExecContext(ctx, `
		UPDATE case_claims c
		   SET state = 'taken', ref = $2, verdict = $3, unknown_word = $4, said = $5, read_at = $6, raw = $7
		 WHERE id = $1 AND NOT EXISTS (
		       SELECT FROM case_claims o WHERE o.connection_id = c.connection_id AND o.ref = $2 AND o.ref <> '' AND o.id <> c.id)`,
		of.ID, r.Ref, r.State, r.Unknown, r.Said, r.At, networks.AsKept(r.Raw))
	if err != nil {
		return postgres.Fault(err, "thing.case_numbered", "id", of.Case)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	isNew := of.State != Taken
	if !of.Counts || !isNew && of.Verdict == r.State && of.Said == r.Said {
		return nil
	}
	if isNew && of.Key != "" { // nobody knew whether the network had it
		if _, err := amend(ctx, a.store, tx, of.Case, func(tx *sqlx.Tx, c *Case) (string, error) {
			return "", arrived(ctx, a.store, tx, c)
		}); err != nil {
			return err
		}
	}
	_, err = amend(ctx, a.store, tx, of.Case, func(_ *sqlx.Tx, c *Case) (string, error) { return c.hear(r) })
	return err
}

// arrived notes that the network has the newest claim of a case.
func arrived(ctx context.Context, s *Store, tx *sqlx.Tx, c *Case) error {
	if !c.Claimable() {
		return nil
	}
	known, err := s.known(ctx, tx, *c)
	if err != nil {
		return err
	}
	return claimed(ctx, s, tx, c, known, ByNetwork, "")
}

// meant finds the claim of which a network tells: by our key or its number, or as the
// only one that waits for an answer about the order, made on the network's own pages.
// nil: it is of no case of ours.
func (a *Answers) meant(ctx context.Context, tx *sqlx.Tx, by networks.ConnectionID, r networks.ClaimReport) (*answered, error) {
	var found []answered
	if err := tx.SelectContext(ctx, &found, `
		SELECT `+atNetwork+`, c.case_id,
		       (m.connection_id = c.connection_id AND m.order_ref = c.order_ref) IS TRUE
		       AND NOT EXISTS (SELECT FROM case_claims l WHERE l.case_id = c.case_id AND l.id > c.id AND l.state = 'taken') AS counts
		  FROM case_claims c JOIN network_connections n ON n.id = c.connection_id JOIN member_cases m ON m.id = c.case_id
		 WHERE c.connection_id = $1 AND (c.key = $2 AND $2 <> '' OR c.ref = $3)
		 ORDER BY c.key = $2 DESC LIMIT 1 FOR UPDATE OF c`, by, r.Key, r.Ref); err != nil {
		return nil, postgres.Fault(err, "thing.cases")
	}
	if len(found) > 0 {
		return &found[0], nil
	}
	var waiting []ID
	if err := tx.SelectContext(ctx, &waiting, `
		SELECT id FROM member_cases c
		 WHERE connection_id = $1 AND order_ref = $2 AND $2 <> '' AND state = 'claimed' AND ($3 = '' OR sub_id IN ('', $3))
		   AND NOT EXISTS (SELECT FROM case_claims l WHERE l.case_id = c.id AND l.state <> 'not_taken'
		                      AND l.connection_id = c.connection_id AND l.order_ref = c.order_ref)
		 LIMIT 2`, by, r.Order, r.SubID); err != nil || len(waiting) != 1 {
		return nil, postgres.Fault(err, "thing.cases")
	}
	made := answered{AtNetwork: AtNetwork{State: BeingSent, Verdict: networks.ClaimWaits}, Case: waiting[0], Counts: true}
	err := tx.GetContext(ctx, &made.ID, `
		INSERT INTO case_claims (case_id, connection_id, key, sent_at) VALUES ($1, $2, '', $3) RETURNING id`, made.Case, by, a.store.clock.Now())
	return &made, postgres.Fault(err, "thing.cases")
}

// hear lets a case become what the network says of its newest claim, and returns what
// it said if the case is another for it.
func (c *Case) hear(r networks.ClaimReport) (string, error) {
	if c.State != Claimed {
		return "", nil
	}
	switch r.State {
	case networks.ClaimGranted, networks.ClaimRefused:
		return r.Said, c.Decide(r.State == networks.ClaimGranted, r.Said)
	case networks.ClaimAsks:
		c.Asks = r.Said
		return r.Said, nil
	}
	c.Asks = ""
	return "", nil
}
