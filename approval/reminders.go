package approval

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/postgres"
	"keur/mailings"
)

// Reminders reminds those who have not decided yet.
type Reminders struct {
	store     *Store
	announcer *announcer
}

// SendDue reminds, once each, those who have not decided so long before
// their deadline as the policy says. Returns how many steps.
func (r *Reminders) SendDue(ctx context.Context) (int, error) {
	var open []Review
	for v, err := range paging.All(func(ask paging.Ask) (paging.Page[Review], error) { return r.store.Open(ctx, Filter{}, ask) }) {
		if err != nil {
			return 0, err
		}
		if v.RemindedAt == nil {
			open = append(open, v)
		}
	}
	reminded := 0
	_, err := each.Try(ctx, 1, open, func(ctx context.Context, v Review) error {
		did, err := r.sendIfDue(ctx, v)
		if err != nil {
			return fmt.Errorf("remind of review %d: %w", v.ID, err)
		}
		if did {
			reminded++
		}
		return nil
	})
	return reminded, err
}

func (r *Reminders) sendIfDue(ctx context.Context, v Review) (bool, error) {
	round, err := r.store.Round(ctx, v.RoundID)
	if err != nil {
		return false, err
	}
	m, err := r.store.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return false, err
	}
	content, err := r.store.mailings.Content(ctx, round.RevisionID)
	if err != nil {
		return false, err
	}
	policy, err := r.store.Policies.For(ctx, m.LabelID, content.Advertisers())
	if err != nil {
		return false, err
	}
	// Whoever has little time is not reminded on the heels of the invitation.
	half := round.SubmittedAt.Add(v.DueAt.Sub(round.SubmittedAt) / 2)
	if now := r.store.clock.Now(); now.Before(half) || now.Before(v.DueAt.Add(-policy.RemindBefore())) {
		return false, nil
	}
	return r.sendOnce(ctx, &v, &round, &m)
}

// Send reminds those whose turn it is before the policy would. Each step is
// reminded of once; after that it returns a Conflict.
func (r *Reminders) Send(ctx context.Context, id ReviewID) error {
	v, round, err := r.store.Review(ctx, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(round.Current(), func(now Review) bool { return now.ID == id }) {
		return fault.New(fault.Conflict, "approval.not_their_turn")
	}
	m, err := r.store.mailings.Get(ctx, round.MailingID)
	if err != nil {
		return err
	}
	did, err := r.sendOnce(ctx, &v, &round, &m)
	if err == nil && !did {
		return fault.New(fault.Conflict, "approval.already_reminded")
	}
	return err
}

// sendOnce reminds of a step, unless that was done before: then it returns
// false.
func (r *Reminders) sendOnce(ctx context.Context, v *Review, round *Round, m *mailings.Mailing) (bool, error) {
	label, err := r.announcer.labels.Get(ctx, m.LabelID)
	if err != nil {
		return false, err
	}
	did := false
	err = postgres.InTx(ctx, r.store.db, func(tx *sqlx.Tx) error {
		// Only one process marks the review, so only one queues.
		done, err := tx.ExecContext(ctx, `
			UPDATE approval_reviews SET reminded_at = $2 WHERE id = $1 AND reminded_at IS NULL AND verdict = 'pending'`, v.ID, r.store.clock.Now())
		if err != nil {
			return postgres.Fault(err, "thing.review", "id", v.ID)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		did = true
		if v.Step == Client {
			return r.announcer.inviteContacts(ctx, tx, &label, m, round, v, "remind")
		}
		return r.announcer.notifyApprovers(ctx, tx, &label, m, round, v, "remind_user")
	})
	return did, err
}
