package worker

import (
	"testing"

	"keur/delivery"
)

// TestAMailOfWhichNobodyIsToldCostsNothing more: neither memory nor a call.
func TestAMailOfWhichNobodyIsToldCostsNothing(t *testing.T) {
	b := &batch{Batch: &delivery.Batch{Send: &delivery.ActiveSend{}}}
	if n := testing.AllocsPerRun(100, func() {
		at := tell(b)
		at.next("smtp")
		at.answered(delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250, Enhanced: "2.0.0"})
		at.end()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
