package approval

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval/linkcodes"
	"keur/approval/shown"
	"keur/authors"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/mailings"
)

// Approve records a user's approval of a review. When it was the last one, the
// round and the mailing are approved, and the scheduler is woken.
func (e *Engine) Approve(ctx context.Context, id ReviewID, g Given, by accounts.UserID) (Round, error) {
	return e.decide(ctx, id, by.Actor(), g, func(v *Review, r *Round, g Given) error {
		return v.Approve(r, g, Decider{User: by}, e.clock.Now())
	})
}

// RequestChanges sends the mailing back to its makers with a reason.
func (e *Engine) RequestChanges(ctx context.Context, id ReviewID, g Given, by accounts.UserID) (Round, error) {
	return e.decide(ctx, id, by.Actor(), g, func(v *Review, r *Round, g Given) error {
		return v.RequestChanges(r, g, Decider{User: by}, e.clock.Now())
	})
}

// Waive goes on without the client, where the policy allows it.
func (e *Engine) Waive(ctx context.Context, id ReviewID, g Given, by accounts.UserID) (Round, error) {
	_, round, err := e.Review(ctx, id)
	if err != nil {
		return round, err
	}
	if err := e.MayWaive(ctx, &round, by); err != nil {
		return round, err
	}
	return e.decide(ctx, id, by.Actor(), g, func(v *Review, r *Round, g Given) error {
		return v.Waive(r, g, by, e.clock.Now())
	})
}

// MayWaive returns why the user may not go on without a client of the round, or
// nil: the policy says who may, and nobody who made it or decided another step.
func (e *Engine) MayWaive(ctx context.Context, round *Round, by accounts.UserID) error {
	m, err := e.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return err
	}
	content, err := e.mailings.Content(ctx, round.RevisionID)
	if err != nil {
		return err
	}
	policy, err := e.Policies.For(ctx, m.LabelID, content.Advertisers())
	if err != nil {
		return err
	}
	u, err := e.announcer.accounts.Get(ctx, by)
	if err != nil {
		return err
	}
	if !policy.WaivedBy.Allows(u, m.LabelID) {
		return fault.New(fault.Forbidden, "approval.waived_by_others")
	}
	return round.May(authors.Waive, by)
}

// DecideByLink records the client's verdict, in the contact's name: approval,
// or changes with a reason.
func (e *Engine) DecideByLink(ctx context.Context, by linkcodes.Credential, approve bool, g Given) (Round, error) {
	inv, err := e.Links.Open(ctx, by)
	if err != nil {
		return Round{}, err
	}
	if err := inv.Refused.Err(); err != nil {
		return inv.Round, err
	}
	client := Decider{Contact: inv.Contact.ID}
	return e.decide(by.As(ctx, client.Actor()), inv.Review.ID, client.Actor(), g, func(v *Review, r *Round, g Given) error {
		if approve {
			return v.Approve(r, g, client, e.clock.Now())
		}
		return v.RequestChanges(r, g, client, e.clock.Now())
	})
}

// decide applies a verdict and what follows from it, in one transaction. Which
// faces the actor has seen is read there, from the record of what was shown.
func (e *Engine) decide(
	ctx context.Context, id ReviewID, actor string, g Given, verdict func(*Review, *Round, Given) error,
) (Round, error) {
	_, round, err := e.Review(ctx, id)
	if err != nil {
		return round, err
	}
	today, err := e.Today(ctx, round.MailingID, round.RevisionID)
	if err != nil {
		return round, err
	}
	g.Lost = e.Faces.Whole(ctx, round.RevisionID)
	err = postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) error {
		if err := today.Takes(postgres.By(ctx)); err != nil {
			return err
		}
		if err := obey(ctx, tx, &round, &today); err != nil {
			return err
		}
		if err := standsIn(ctx, tx, g.For, actor, e.clock.Now()); err != nil {
			return err
		}
		round, err = e.update(ctx, tx, round.ID, func(r *Round) error {
			if err := r.outgrown(&today); err != nil {
				return err
			}
			v, err := r.review(id)
			if err != nil {
				return err
			}
			if g.Faces, err = shown.Seen(ctx, tx, r.FaceSetID, actor); err != nil {
				return err
			}
			if g.Opened, err = shown.Opened(ctx, tx, r.RevisionID, actor); err != nil {
				return err
			}
			if err := verdict(v, r, g); err != nil {
				return err
			}
			action := accounts.Action{Review: int64(id), Verdict: string(v.Verdict)}
			if err := accounts.DemandProof(ctx, tx, today.StrongProof, action); err != nil {
				return err
			}
			return settle(ctx, tx, e, v, r)
		})
		if err != nil {
			return err
		}
		return e.follow(ctx, tx, &round)
	})
	return round, err
}

// settle ends the round if a verdict that was just given does.
func settle(ctx context.Context, tx *sqlx.Tx, e *Engine, v *Review, r *Round) error {
	now := e.clock.Now()
	switch {
	case v.Verdict == ChangesRequested:
		return turnDown(r, v.Reason, now)
	case r.Complete():
		if err := rests(r); err != nil {
			return err
		}
		if err := e.Renewals.takeOver(ctx, tx, r); err != nil {
			return err
		}
		return r.Close(RoundApproved, words.Message{}, now)
	}
	return nil
}

// standsIn returns why the actor can't decide for another one, or nil: they are
// the deputy of one who is away now.
func standsIn(ctx context.Context, tx *sqlx.Tx, other accounts.UserID, actor string, now time.Time) error {
	if other == 0 {
		return nil
	}
	away, err := accounts.Away(ctx, tx, now)
	if err == nil && away[other].DeputyID.Actor() != actor {
		return fault.New(fault.Forbidden, "accounts.not_deputy")
	}
	return err
}

// follow moves the mailing along with its round, and tells whose turn it is.
func (e *Engine) follow(ctx context.Context, tx *sqlx.Tx, round *Round) error {
	if round.State == Open {
		return e.announcer.announce(ctx, tx, round)
	}
	standing, open, err := e.beside(ctx, tx, round)
	if err != nil {
		return err
	}
	if _, err := e.mailings.UpdateIn(ctx, tx, round.MailingID, func(m *mailings.Mailing) error {
		next := round.nextState(m.State, standing, open)
		if next == m.State {
			return nil
		}
		return m.MoveTo(next)
	}); err != nil {
		return err
	}
	if round.State != RoundApproved {
		return e.announcer.notifyMaker(ctx, tx, round)
	}
	if err := mailings.NewCauses(e.db).Note(ctx, tx, round.RevisionID, mailings.Approving); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `SELECT pg_notify('keur', 'sends')`)
	return postgres.Fault(err, "thing.mailing", "id", round.MailingID)
}

// Withdraw takes an approval back, at any time until the mailing is sent: it is
// a draft again and its slots are free. A renewal that is open falls with it.
// Anyone who may edit or approve it may.
func (e *Engine) Withdraw(ctx context.Context, id mailings.ID, reason string) (Round, error) {
	round, err := e.inState(ctx, id, RoundApproved)
	if fault.Is(err, fault.NotFound) {
		round, err = e.Latest(ctx, id)
	}
	if err == nil {
		err = e.close(ctx, &round, withdrawn(reason, e.clock.Now()))
	}
	return round, err
}

func withdrawn(reason string, now time.Time) func(*Round) error {
	return func(r *Round) error { return r.Close(RoundWithdrawn, words.Verbatim(reason), now) }
}

// close ends a round early, as end does, and takes the mailing along.
func (e *Engine) close(ctx context.Context, round *Round, end func(*Round) error) error {
	return postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) (err error) {
		*round, err = e.update(ctx, tx, round.ID, end)
		if err != nil {
			return err
		}
		return e.follow(ctx, tx, round)
	})
}

// ExpireDue closes every round in which a step is open past its deadline, or
// whose single slot passed: the mailing becomes a draft again, and a late
// approval can fire nothing. Returns how many.
func (e *Engine) ExpireDue(ctx context.Context) (int, error) {
	var late []RoundID
	if err := e.db.SelectContext(ctx, &late, `
		SELECT DISTINCT r.id FROM approval_rounds r JOIN approval_reviews v ON v.round_id = r.id
		 WHERE r.state = 'open' AND v.verdict = 'pending' AND v.due_at <= $1 ORDER BY r.id`, e.clock.Now()); err != nil {
		return 0, fmt.Errorf("find late approvals: %w", err)
	}
	expired := 0
	_, err := each.Try(ctx, 1, late, func(ctx context.Context, id RoundID) error {
		round, err := e.Round(ctx, id)
		if err == nil {
			err = e.close(ctx, &round, func(r *Round) error { return r.Expire(e.clock.Now()) })
		}
		switch {
		case err == nil:
			expired++
		case fault.Is(err, fault.Conflict) && !postgres.Refused(err):
			return nil // someone decided, or closed it, since it was found
		default:
			return fmt.Errorf("expire round %d: %w", id, err)
		}
		return nil
	})
	return expired, err
}

// OpenedByLink records that the client opened an attachment.
func (e *Engine) OpenedByLink(ctx context.Context, by linkcodes.Credential, number int) error {
	inv, err := e.Links.Asked(ctx, by)
	if err != nil {
		return err
	}
	return e.Faces.NoteOpened(by.As(ctx, inv.Contact.ID.Actor()), inv.Round.RevisionID, number)
}

// NoteByLink records that the client was shown a face.
func (e *Engine) NoteByLink(ctx context.Context, by linkcodes.Credential, number int) error {
	inv, err := e.Links.Asked(ctx, by)
	if err != nil {
		return err
	}
	set, err := e.Faces.OfRound(ctx, inv.Round.FaceSetID)
	if err != nil {
		return err
	}
	return e.Faces.Note(by.As(ctx, inv.Contact.ID.Actor()), &set, number)
}
