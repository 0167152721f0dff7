package claims

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/networks"
)

// Networks are the interfaces of networks, as networks.Claimant has them.
type Networks interface {
	Claims(network string) networks.ClaimCapabilities
	Claim(ctx context.Context, id networks.ConnectionID, claim networks.Claim) (networks.Receipt, error)
	ClaimByKey(ctx context.Context, id networks.ConnectionID, key string) (*networks.Receipt, error)
}

// Sender sends claims through the interfaces of networks.
type Sender struct {
	store    *Store
	networks Networks
}

// NewSender returns the sender of a store's claims.
func NewSender(s *Store, n Networks) *Sender { return &Sender{s, n} }

const (
	lookAfter = 5 * time.Minute // a call is over by then, whatever became of it
	giveUp    = 24 * time.Hour  // of looking at a network that doesn't answer
)

// Takes reports whether the account by which a case is claimed takes claims through
// its network's interface.
func (s *Sender) Takes(c Case, k Known) bool {
	a, is := k.account(c.Facts)
	return is && s.networks.Claims(a.Network).Send
}

// Send sends the claim of a case to its network. That it is being sent is kept before
// the network is called, and what it answered after: if anything dies in between, the
// claim isn't sent again until it is known whether the network has it. Returns the
// network's words if it refuses, and the case is as it was.
func (s *Sender) Send(ctx context.Context, id ID, remark string) (Case, error) {
	if !form.Lines(remark, maxNote) {
		return Case{}, fault.At("remark", "input.use_at_most_characters", "most", maxNote)
	}
	of, claim, err := s.begin(ctx, id, remark)
	if err != nil {
		return Case{}, err
	}
	receipt, err := s.networks.Claim(ctx, of.Connection, claim)
	ctx = context.WithoutCancel(ctx)
	switch {
	case err == nil:
		return s.taken(ctx, of, claim.Key, receipt, claim.Notes)
	case networks.IsNotTaken(err):
		return Case{}, cmp.Or(s.notTaken(ctx, claim.Key, words.OfError(err)), refusal(err))
	}
	return Case{}, fault.Wrap(err, fault.Conflict, "claims.unsure")
}

// refusal is what a person is told who claims: that the network refuses is no trouble
// of ours.
func refusal(err error) error {
	if !fault.Is(err, fault.Unavailable) {
		return err
	}
	said := words.OfError(err)
	return fault.Wrap(err, fault.Conflict, said.Key, said.Args...)
}

// begin notes that a claim is being sent, and returns what it asks.
func (s *Sender) begin(ctx context.Context, id ID, remark string) (of Case, claim networks.Claim, err error) {
	of, err = s.store.update(ctx, id, func(tx *sqlx.Tx, c *Case) (string, error) {
		if err := notBeingSent(ctx, tx, id); err != nil {
			return "", err
		}
		known, err := s.store.known(ctx, tx, *c)
		if err != nil {
			return "", err
		}
		trial := *c
		if err := claimed(ctx, s.store, tx, &trial, known, ByNetwork, ""); err != nil {
			return "", err
		}
		if a, is := known.account(c.Facts); !is || a.Programme == "" {
			return "", fault.At("connection_id", "claims.no_programme")
		}
		claim, err = s.draft(ctx, tx, *c, known, remark)
		if err != nil {
			return "", err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO case_claims (case_id, connection_id, key, sent_at) VALUES ($1, $2, $3, $4)`,
			id, c.Connection, claim.Key, s.store.clock.Now())
		return "", postgres.Fault(err, "thing.case_numbered", "id", id)
	})
	return of, claim, err
}

// draft writes what the network is asked.
func (s *Sender) draft(ctx context.Context, tx *sqlx.Tx, c Case, k Known, remark string) (networks.Claim, error) {
	var of struct {
		Locale string
		Before int
	}
	if err := tx.GetContext(ctx, &of, `
		SELECT (SELECT locale FROM labels WHERE id = $1) AS locale, (SELECT count(*) FROM case_claims WHERE case_id = $2) AS before`,
		c.Label, c.ID); err != nil {
		return networks.Claim{}, postgres.Fault(err, "thing.case_numbered", "id", c.ID)
	}
	zone, err := zoneOf(ctx, tx, c.Label)
	return asked(fmt.Sprintf("keur-%d-%d", c.ID, of.Before+1), of.Locale, c, k, remark, zone, s.store.clock.Now()), err
}

// notBeingSent refuses what mustn't happen to a case while one of its claims is on its
// way to a network, or may be there.
func notBeingSent(ctx context.Context, q sqlx.QueryerContext, id ID) error {
	var sending bool
	if err := sqlx.GetContext(ctx, q, &sending, `
		SELECT EXISTS (SELECT FROM case_claims WHERE case_id = $1 AND state IN ('sending', 'in_doubt'))`, id); err != nil {
		return postgres.Fault(err, "thing.case_numbered", "id", id)
	}
	if sending {
		return fault.New(fault.Conflict, "claims.being_sent")
	}
	return nil
}

// taken notes that the network has a claim. Somebody may have found that out before.
func (s *Sender) taken(ctx context.Context, of Case, key string, receipt networks.Receipt, said string) (Case, error) {
	return s.store.update(ctx, of.ID, func(tx *sqlx.Tx, c *Case) (string, error) {
		done, err := tx.ExecContext(ctx, `
			UPDATE case_claims SET state = 'taken', ref = $3, raw = $4
			 WHERE case_id = $1 AND key = $2 AND state IN ('sending', 'in_doubt')`,
			of.ID, key, form.Fit(receipt.Ref, maxRef), networks.AsKept(receipt.Raw))
		if err != nil {
			return "", postgres.Fault(err, "thing.case_numbered", "id", of.ID)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 || !c.Claimable() {
			return "", err
		}
		return said, arrived(ctx, s.store, tx, c)
	})
}

// notTaken notes why the network hasn't got a claim.
func (s *Sender) notTaken(ctx context.Context, key string, why words.Message) error {
	return postgres.InTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE case_claims SET state = 'not_taken', problem = $2 WHERE key = $1 AND state IN ('sending', 'in_doubt')`, key, why)
		return postgres.Fault(err, "thing.cases")
	})
}

// unsure is a claim of which nobody knows whether the network has it.
type unsure struct {
	Case       ID                    `db:"case_id"`
	Connection networks.ConnectionID `db:"connection_id"`
	Key        string                `db:"key"`
	SentAt     time.Time             `db:"sent_at"`
}

// LookUp looks at the networks for claims of which the call had no answer, or whose
// sender died. What is there is taken; what isn't listed may still come, so that a
// person decides. Returns of how many that was found out.
func (s *Sender) LookUp(ctx context.Context) (int, error) {
	now := s.store.clock.Now()
	page := func(ctx context.Context, after unsure) (found []unsure, err error) {
		err = s.store.db.SelectContext(ctx, &found, `
			SELECT case_id, connection_id, key, sent_at FROM case_claims
			 WHERE state = 'sending' AND sent_at <= $1 AND (sent_at, key) > ($3, $4) ORDER BY sent_at, key LIMIT $2`,
			now.Add(-lookAfter), settleAtOnce, after.SentAt, after.Key)
		return found, postgres.Fault(err, "thing.cases")
	}
	return each.Pages(ctx, 1, page, func(ctx context.Context, f unsure) error {
		receipt, err := s.networks.ClaimByKey(ctx, f.Connection, f.Key)
		switch {
		case err != nil && f.SentAt.After(now.Add(-giveUp)):
			return err // it is looked for again
		case err == nil && receipt != nil:
			_, err = s.taken(ctx, Case{ID: f.Case}, f.Key, *receipt, "")
			return err
		}
		return s.doubt(ctx, f.Key)
	})
}

// doubt leaves it to a person whether the network has a claim.
func (s *Sender) doubt(ctx context.Context, key string) error {
	return postgres.InTx(ctx, s.store.db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE case_claims SET state = 'in_doubt' WHERE key = $1 AND state = 'sending'`, key)
		return postgres.Fault(err, "thing.cases")
	})
}

// Clear says whether the network has the claim of a case that is in doubt, as a person
// saw there. If it hasn't, it may be sent again.
func (s *Sender) Clear(ctx context.Context, id ID, taken bool) (Case, error) {
	var key string
	if err := s.store.db.GetContext(ctx, &key, `
		SELECT coalesce((SELECT key FROM case_claims WHERE case_id = $1 AND state = 'in_doubt'), '')`, id); err != nil {
		return Case{}, postgres.Fault(err, "thing.case_numbered", "id", id)
	}
	if key == "" {
		return Case{}, fault.New(fault.Conflict, "claims.nothing_in_doubt")
	}
	if taken {
		return s.taken(ctx, Case{ID: id}, key, networks.Receipt{}, "")
	}
	if err := s.notTaken(ctx, key, words.Message{}); err != nil {
		return Case{}, err
	}
	return s.store.Get(ctx, id)
}

// atNetwork are the columns of a claim at a network.
const atNetwork = `c.id, c.connection_id, n.name, n.network, c.key, c.state, c.sent_at, c.sent_by, c.ref, c.problem, c.verdict,
	c.unknown_word, c.said, c.read_at`

// AtNetworks returns the claims of a case at networks, the newest first.
func (s *Sender) AtNetworks(ctx context.Context, id ID) ([]AtNetwork, error) {
	found := []AtNetwork{}
	err := s.store.db.SelectContext(ctx, &found, `
		SELECT `+atNetwork+` FROM case_claims c JOIN network_connections n ON n.id = c.connection_id
		 WHERE c.case_id = $1 ORDER BY c.id DESC`, id)
	return found, postgres.Fault(err, "thing.case_numbered", "id", id)
}
