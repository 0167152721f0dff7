package policies

import (
	"time"

	"keur/internal/fault"
	"keur/mailings"
	"keur/mailings/schedules"
)

// usualCeiling is how many members one occurrence of a series may have at most
// if its maker says nothing else: fewer if a lead would have to approve so many.
const usualCeiling = 1000

// Ceiling returns how many members an occurrence of what recurs may have at
// most: as many as its maker typed, else as many as there are now and the drift
// that the policy allows. Who reach a step of a series can't be counted ahead.
// Without one, for what goes out once, it is nil.
func (p *Policy) Ceiling(kind schedules.Kind, audience, typed int) *int {
	if kind == schedules.Once {
		return nil
	}
	if typed > 0 {
		return &typed
	}
	most := audience + audience*p.DriftPercent/100
	if kind == schedules.Series {
		usual := usualCeiling
		if p.LeadFrom != nil {
			usual = min(usual, *p.LeadFrom-1)
		}
		most = max(most, usual)
	}
	return &most
}

// mostSlots bounds the slots of a series, which has one a day, for two years.
const mostSlots = 750

// farthestYears is how far ahead a single slot may lie: further is a slip.
const farthestYears = 2

// CheckFar returns an Invalid fault if the schedule's one slot, or the beginning of
// what recurs, lies further ahead than anybody plans.
func CheckFar(s *schedules.Schedule, zone *time.Location, now time.Time) error {
	begins := s.From
	if s.Kind == schedules.Once {
		begins = s.At
	}
	if !begins.IsZero() && begins.In(zone).After(now.AddDate(farthestYears, 0, 0)) {
		return fault.New(fault.Invalid, "approval.slot_far", "slot", begins, "years", farthestYears)
	}
	return nil
}

// Slots returns what an approval of content is for when it is submitted: its
// one slot, or those of what recurs, from now on, until the policy's occurrences
// or months are over. Of a series, which has a slot a day, the months count
// alone. ends is the last one if the schedule goes on after it. Returns a
// Conflict if no slot comes any more, or none within the policy's months.
func (p *Policy) Slots(content *mailings.Content, now time.Time) (slots []schedules.Slot, ends *time.Time, err error) {
	zone, err := content.Zone()
	if err != nil {
		return nil, nil, err
	}
	schedule := &content.Schedule
	if err := CheckFar(schedule, zone, now); err != nil {
		return nil, nil, err
	}
	if schedule.Kind == schedules.Once {
		return []schedules.Slot{{Local: schedule.At, At: schedule.At.In(zone)}}, nil, nil
	}
	from, most := now, p.RecurringOccurrences
	if start := schedule.From.In(zone); !schedule.From.IsZero() && start.After(from) {
		from = start
	}
	if schedule.Kind == schedules.Series {
		most = mostSlots
	}
	slots = schedule.Slots(zone, now, from.AddDate(0, p.RecurringMonths, 0), most)
	if len(slots) == 0 {
		if next, later := schedule.Next(zone, from); later {
			return nil, nil, fault.New(fault.Conflict, "approval.slot_beyond", "slot", next.Local, "months", p.RecurringMonths)
		}
		return nil, nil, fault.New(fault.Conflict, "approval.no_slot_ahead")
	}
	last := slots[len(slots)-1].At
	if _, more := schedule.Next(zone, last); more {
		ends = &last
	}
	return slots, ends, nil
}
