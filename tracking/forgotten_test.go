package tracking_test

import (
	"testing"

	"keur/tracking"
	"keur/tracking/bounces"
)

// TestAMailOfADroppedMonthStillStops: who unsubscribes by an old mail or complains of it
// gets no more, though nothing is left to record it with. That it bounced says nothing,
// and keeps nothing else of a post from being taken.
func TestAMailOfADroppedMonthStillStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	s, old := store(w), w.OldSend(t)
	about := func(member int64) []string {
		return []string{string(w.Ring.AppendReturnPath(nil, old, member, "bounce.label.example"))}
	}
	for range 2 {
		ref := tracking.Ref{Kind: tracking.Unsubscribe, Send: old, Member: 1}
		if err := s.Unsubscribe(t.Context(), ref, false, tracking.ByOneClick); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(t.Context(), []bounces.Report{
			{Kind: bounces.Bounce, Results: []bounces.Result{{Action: "failed", Class: bounces.Hard}}, Addresses: about(2)},
			{Kind: bounces.Complaint, Feedback: "abuse", Addresses: about(3)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	for member, want := range map[int64]string{1: "unsubscribe@1", 2: "", 3: "complaint@0"} {
		if got := suppressed(t, w, member); got != want {
			t.Errorf("member %d is suppressed by %q", member, got)
		}
	}
}
