package approval

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/mailings"
)

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
	for _, id := range late {
		round, err := e.Round(ctx, id)
		if err != nil {
			return expired, err
		}
		// Someone may have decided, or closed it, since it was found.
		err = e.close(ctx, &round, func(r *Round) error { return r.Expire(e.clock.Now()) })
		switch {
		case err == nil:
			expired++
		case !fault.Is(err, fault.Conflict):
			return expired, err
		}
	}
	return expired, nil
}

// RemindDue reminds, once each, those who have not decided so long before
// their deadline as the policy says. Returns how many steps.
func (e *Engine) RemindDue(ctx context.Context) (int, error) {
	reminded := 0
	for v, err := range paging.All(func(ask paging.Ask) (paging.Page[Review], error) { return e.Open(ctx, Filter{}, ask) }) {
		if err != nil {
			return reminded, err
		}
		if v.RemindedAt != nil {
			continue
		}
		did, err := e.remind(ctx, v)
		if err != nil {
			return reminded, err
		}
		if did {
			reminded++
		}
	}
	return reminded, nil
}

func (e *Engine) remind(ctx context.Context, v Review) (bool, error) {
	round, err := e.Round(ctx, v.RoundID)
	if err != nil {
		return false, err
	}
	m, err := e.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return false, err
	}
	content, err := e.mailings.Content(ctx, round.RevisionID)
	if err != nil {
		return false, err
	}
	policy, err := e.PolicyFor(ctx, m.LabelID, content.Advertisers())
	if err != nil {
		return false, err
	}
	// Whoever has little time is not reminded on the heels of the invitation.
	half := round.SubmittedAt.Add(v.DueAt.Sub(round.SubmittedAt) / 2)
	if now := e.clock.Now(); now.Before(half) || now.Before(v.DueAt.Add(-policy.remindBefore())) {
		return false, nil
	}
	return e.sendReminder(ctx, &v, &round, &m)
}

// Remind reminds those whose turn it is before the policy would. Each step is
// reminded of once; after that it returns a Conflict.
func (e *Engine) Remind(ctx context.Context, id ReviewID) error {
	v, round, err := e.Review(ctx, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(round.Current(), func(now Review) bool { return now.ID == id }) {
		return fault.New(fault.Conflict, "approval.not_their_turn")
	}
	m, err := e.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return err
	}
	did, err := e.sendReminder(ctx, &v, &round, &m)
	if err == nil && !did {
		return fault.New(fault.Conflict, "approval.already_reminded")
	}
	return err
}

// sendReminder reminds of a step, unless that was done before: then it returns
// false.
func (e *Engine) sendReminder(ctx context.Context, v *Review, round *Round, m *mailings.Mailing) (bool, error) {
	label, err := e.labels.Get(ctx, m.LabelID)
	if err != nil {
		return false, err
	}
	did := false
	err = postgres.InTx(ctx, e.db, func(tx *sqlx.Tx) error {
		// Only one process marks the review, so only one queues.
		done, err := tx.ExecContext(ctx, `
			UPDATE approval_reviews SET reminded_at = $2 WHERE id = $1 AND reminded_at IS NULL AND verdict = 'pending'`, v.ID, e.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.review", "id", v.ID)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		did = true
		if v.Step == Client {
			return e.inviteContacts(ctx, tx, &label, m, round, v, "remind")
		}
		return e.notifyApprovers(ctx, tx, &label, m, round, v, "remind_user")
	})
	return did, err
}
