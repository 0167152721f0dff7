package mailings

import (
	"context"

	"keur/internal/civil"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings/schedules"
)

// Unreached returns those of the slots that reach nobody: none of their mail may
// leave before it lapses, or those who got the slots before may get no more by
// the caps that hold for the label, so that only somebody new could. Slots come
// in their order.
func (c *Content) Unreached(slots []schedules.Slot, label *labels.Label, caps []labels.Cap) (found []schedules.UnreachedSlot) {
	hours, zone, lapse := schedules.HoursOf(&c.Schedule, label), label.Location(), c.Schedule.LapseAfter()
	var left []civil.Date // the days on which the slots before count
	for _, slot := range slots {
		open, ok := hours.Next(slot.At, zone)
		if !ok || !open.Before(slot.At.Add(lapse)) {
			found = append(found, schedules.UnreachedSlot{Slot: slot,
				Why: words.Of("mailings.never_leaves", "slot", slot.Local, "hours", int(lapse.Hours()))})
			continue
		}
		day := civil.DateOf(open.In(zone))
		if full, is := c.fullCap(caps, left, day); is {
			found = append(found, schedules.UnreachedSlot{Slot: slot, Why: words.Of("mailings.capped_slot",
				"slot", slot.Local, "most", full.AtMost, "days", full.Days)})
			continue
		}
		left = append(left, day)
	}
	return found
}

// Unreached is Content's, under the hours and caps of the label as they are.
func (r *Reach) Unreached(ctx context.Context, id labels.ID, content *Content, slots []schedules.Slot) ([]schedules.UnreachedSlot, error) {
	label, err := r.labels.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	caps, err := r.labels.AllCaps(ctx, id)
	return content.Unreached(slots, &label, caps), err
}

// fullCap returns a cap that those who got mail on the days before have reached.
// A step of a series is never sent twice to the same member.
func (c *Content) fullCap(caps []labels.Cap, before []civil.Date, day civil.Date) (labels.Cap, bool) {
	if c.Schedule.Kind == schedules.Series {
		return labels.Cap{}, false
	}
	for _, one := range caps {
		switch one.Scope {
		case labels.PerAdvertiser:
			if len(c.Advertisers()) == 0 {
				continue
			}
		case labels.PerCategory:
			if len(c.Categories()) == 0 {
				continue
			}
		}
		first, n := day.AddDays(1-one.Days), 0
		for _, earlier := range before {
			if earlier.Compare(first) >= 0 {
				n++
			}
		}
		if n >= one.AtMost {
			return one, true
		}
	}
	return labels.Cap{}, false
}
