package approval

import (
	"context"
	"time"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// mostSlots bounds the slots of a series, which has one a day, for two years.
const mostSlots = 750

// farthestYears is how far ahead a single slot may lie: further is a slip.
const farthestYears = 2

// Slots returns what an approval of content is for when it is submitted: its
// one slot, or those of what recurs, from now on, until the policy's occurrences
// or months are over. Of a series, which has a slot a day, the months count
// alone. ends is the last one if the schedule goes on after it. Returns a
// Conflict if no slot comes any more.
func (p *Policy) Slots(content *mailings.Content, now time.Time) (slots []mailings.Slot, ends *time.Time, err error) {
	zone, err := content.Zone()
	if err != nil {
		return nil, nil, err
	}
	schedule := &content.Schedule
	if schedule.Kind == mailings.Once {
		if schedule.At.In(zone).After(now.AddDate(farthestYears, 0, 0)) {
			return nil, nil, fault.New(fault.Invalid, "approval.slot_far", "slot", schedule.At, "years", farthestYears)
		}
		return []mailings.Slot{{Local: schedule.At, At: schedule.At.In(zone)}}, nil, nil
	}
	from, most := now, p.RecurringOccurrences
	if start := schedule.From.In(zone); !schedule.From.IsZero() && start.After(from) {
		from = start
	}
	if schedule.Kind == mailings.Series {
		most = mostSlots
	}
	slots = schedule.Slots(zone, now, from.AddDate(0, p.RecurringMonths, 0), most)
	if len(slots) == 0 {
		return nil, nil, fault.New(fault.Conflict, "approval.no_slot_ahead")
	}
	last := slots[len(slots)-1].At
	if _, more := schedule.Next(zone, last); more {
		ends = &last
	}
	return slots, ends, nil
}

// Unreached returns the slots that an approval of content is for when it is
// submitted now, and those of them that reach nobody.
func (e *Engine) Unreached(
	ctx context.Context, label labels.ID, content *mailings.Content,
) (slots []mailings.Slot, unreached []mailings.UnreachedSlot, err error) {
	policy, err := e.PolicyFor(ctx, label, content.Advertisers())
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
