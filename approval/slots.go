package approval

import (
	"context"
	"time"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
)

// Unreached returns the slots that an approval of content is for when it is
// submitted now, and those of them that reach nobody.
func (e *Engine) Unreached(
	ctx context.Context, label labels.ID, content *mailings.Content,
) (slots []schedules.Slot, unreached []schedules.UnreachedSlot, err error) {
	policy, err := e.Policies.For(ctx, label, content.Advertisers())
	if err != nil {
		return nil, nil, err
	}
	if slots, _, err = policy.Slots(content, e.clock.Now()); err != nil {
		return nil, nil, err
	}
	unreached, err = e.reach.Unreached(ctx, label, content, slots)
	return slots, unreached, err
}

// Over reports whether the approval's last slot has passed, while the schedule
// goes on.
func (r *Round) Over(now time.Time) bool {
	return r.State == RoundApproved && r.EndsAt != nil && r.EndsAt.Before(now)
}

// End ends an approval that is over, or that doesn't stand any more because the
// policy became stricter: its makers submit the mailing anew. Returns a Conflict
// if it is neither.
func (r *Round) End(stands bool, now time.Time) error {
	switch {
	case r.Over(now):
		return r.Close(RoundEnded, words.Of("approval.over"), now)
	case !stands:
		return r.Close(RoundEnded, words.Of("approval.stricter"), now)
	}
	return fault.New(fault.Conflict, "approval.not_over")
}
