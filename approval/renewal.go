package approval

import (
	"context"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
)

// The approval of what recurs is renewed beside the one that stands: its
// newest revision is put up once more while its sends go on. When the renewal is
// approved, it stands from the next occurrence on, and the other one has ended;
// until then, and when it is turned down, that one lasts to its own end.

// nextState returns what becomes of a mailing when a round of it is decided or
// closed. standing reports whether another approval of it stands, open whether
// another round of it is open.
func (r *Round) nextState(now mailings.State, standing, open bool) mailings.State {
	switch {
	case r.State == RoundApproved && now == mailings.InReview:
		return mailings.Approved
	case r.State == Open, r.State == RoundApproved, standing:
		return now
	case r.State == RoundEnded && open:
		return mailings.InReview
	case r.State == RoundChanges:
		return mailings.ChangesRequested
	}
	return mailings.Draft
}

// occasion returns which letter tells the maker of a round why it has ended, or
// will, by what became of the mailing.
func (r *Round) occasion(why string, now mailings.State) string {
	switch {
	case r.State == RoundEnded && now == mailings.InReview:
		return "ended_renewing"
	case r.State != RoundApproved && (now == mailings.Approved || now == mailings.Scheduled):
		return "renewal_closed"
	}
	return why
}

// beside reports whether another approval of the round's mailing stands, and
// whether another round of it is open.
func (s *Store) beside(ctx context.Context, tx *sqlx.Tx, r *Round) (standing, open bool, err error) {
	var others []RoundState
	err = tx.SelectContext(ctx, &others, `
		SELECT state FROM approval_rounds WHERE mailing_id = $1 AND id <> $2 AND state IN ('open', 'approved')`, r.MailingID, r.ID)
	for _, state := range others {
		standing, open = standing || state == RoundApproved, open || state == Open
	}
	return standing, open, postgres.Fault(err, "thing.approval_of_mailing", "mailing", r.MailingID)
}

// inState returns the round of a mailing that is open, or that stands, or a
// NotFound fault.
func (s *Store) inState(ctx context.Context, id mailings.ID, state RoundState) (Round, error) {
	return s.load(ctx, s.db, `SELECT `+roundColumns+` FROM approval_rounds WHERE mailing_id = $1 AND state = $2`,
		words.Of("thing.approval_of_mailing", "mailing", id), id, state)
}

// Renewals are decided beside the approvals that they take the place of.
type Renewals struct{ engine *Engine }

// takeOver ends the approval that a round renews, if it still stands, as the
// round is about to be approved.
func (n *Renewals) takeOver(ctx context.Context, tx *sqlx.Tx, renewal *Round) error {
	if renewal.Renews == nil {
		return nil
	}
	_, err := n.engine.update(ctx, tx, *renewal.Renews, func(r *Round) error {
		if r.State != RoundApproved {
			return nil // it ended before
		}
		return r.Close(RoundEnded, words.Of("approval.renewed"), n.engine.clock.Now())
	})
	return err
}

// Withdraw takes back the renewal of a mailing that is open beside its approval,
// which goes on. Returns a Conflict if there is none.
func (n *Renewals) Withdraw(ctx context.Context, id mailings.ID, reason string) (Round, error) {
	round, err := n.engine.inState(ctx, id, Open)
	if fault.Is(err, fault.NotFound) || err == nil && round.Renews == nil {
		return round, fault.New(fault.Conflict, "approval.no_renewal")
	}
	if err == nil {
		err = n.engine.close(ctx, &round, withdrawn(reason, n.engine.clock.Now()))
	}
	return round, err
}
