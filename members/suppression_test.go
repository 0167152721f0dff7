package members

import (
	"testing"

	"keur/internal/fault"
)

func TestReasonCheck(t *testing.T) {
	t.Parallel()
	for reason, good := range map[Reason]bool{
		HardBounce: true, SoftBounces: true, Complaint: true, Unsubscribe: true, Manual: true,
		"": false, "bounce": false, "Manual": false, "manual ": false,
	} {
		if err := reason.Check(); (err == nil) != good || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", reason, err)
		}
	}
}
