package approval

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/approval/carried"
	"keur/approval/policies"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/words"
	"keur/mailings"
)

// earlier finds, for each client's step of a round that is to be put up, what the
// client approved of the mailing before and may still count; of who has to be asked
// again it notes why. The mails are held to each other here; insert asks the database.
func earlier(
	ctx context.Context, e *Engine, m *mailings.Mailing, content *mailings.Content, round *Round, policy *policies.Policy,
) error {
	if m.Kind == mailings.Solo {
		return nil
	}
	for i := range round.Reviews {
		v := &round.Reviews[i]
		if v.Step != Client {
			continue
		}
		last, err := carried.Last(ctx, e.db, m.ID, *v.AdvertiserID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		why, err := again(ctx, e, &last, content, *v.AdvertiserID, policy)
		if err != nil {
			return err
		}
		if why == "" {
			v.Carried = &last
		} else {
			v.AskedAgain = why
		}
	}
	return nil
}

// again returns why a client is asked again, by the policy and by what the mails are;
// "" if they needn't be. A newer Keur may render otherwise what they were shown.
func again(
	ctx context.Context, e *Engine, last *carried.From, content *mailings.Content, client campaigns.AdvertiserID, policy *policies.Policy,
) (carried.Reason, error) {
	if policy.AsksAll {
		return carried.Policy, nil
	}
	err := e.Faces.Verify(ctx, last.Faces)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) || last.Faces == nil {
		return carried.Template, nil
	}
	if err != nil {
		return "", err
	}
	before, err := e.mailings.Content(ctx, last.RevisionID)
	if err != nil {
		return "", err
	}
	return carried.Refusal(ctx, e.compiler, &before, content, int64(client))
}

// mayCarry asks the database whether the verdict that a client's step of a new round
// would rest on counts for it. If it does, the client may object up to the first slot.
func mayCarry(ctx context.Context, tx *sqlx.Tx, r *Round, v *Review) error {
	if v.Carried == nil {
		return nil
	}
	why, err := carried.Refused(ctx, tx, int64(r.ID), v.Carried)
	switch {
	case err != nil:
		return err
	case why != "":
		v.Carried, v.AskedAgain = nil, why
	default:
		v.DueAt = r.Slots[0].At
	}
	return nil
}

// carry settles the steps of clients whose earlier verdict counts.
func carry(r *Round, now time.Time) {
	for i := range r.Reviews {
		if v := &r.Reviews[i]; v.Carried != nil && v.Verdict == Pending {
			v.Verdict, v.DecidedAt = Carried, &now
		}
	}
}

// rests returns a conflict if the round rests on an earlier verdict that doesn't
// count any more.
func rests(r *Round) error {
	if slices.ContainsFunc(r.Reviews, func(v Review) bool { return v.Verdict == Carried && (v.Carried == nil || !v.Carried.Stands) }) {
		return fault.New(fault.Conflict, "approval.carries_not")
	}
	return nil
}

// objectable reports whether the client may still object to what goes out by what
// they approved before.
func (v *Review) objectable(r *Round) bool {
	return v.Verdict == Carried && (r.State == Open || r.State == RoundApproved)
}

// turnDown ends a round of which a party asks for changes, or an approval to which a
// client objects.
func turnDown(r *Round, reason string, now time.Time) error {
	state := RoundChanges
	if r.State == RoundApproved {
		state = RoundWithdrawn
	}
	return r.Close(state, words.Verbatim(reason), now)
}
