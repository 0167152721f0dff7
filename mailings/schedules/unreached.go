package schedules

import (
	"keur/internal/fault"
	"keur/internal/words"
)

// UnreachedSlot is a slot of what recurs that reaches nobody, and why.
type UnreachedSlot struct {
	Slot
	Why words.Message
}

// ConfirmUnreached returns an Invalid fault if none of the slots reaches anybody,
// or if more than a quarter of them reach nobody and the schedule doesn't name
// how many at most are meant to.
func (s *Schedule) ConfirmUnreached(slots []Slot, unreached []UnreachedSlot) error {
	switch n := len(unreached); {
	case n > 0 && n == len(slots):
		return fault.New(fault.Invalid, unreached[0].Why.Key, unreached[0].Why.Args...)
	case n*4 > len(slots) && n > s.Unreached:
		return fault.At("schedule.unreached", "mailings.confirm_unreached", "n", n, "of", len(slots), "why", unreached[0].Why)
	}
	return nil
}
