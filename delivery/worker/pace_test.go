package worker_test

import (
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/deliverytest"
)

// At 6,000 a minute a mail leaves each hundredth of a second, over however
// many workers.
func TestPaceIsKeptByAllTogether(t *testing.T) {
	t.Parallel()
	s := newStage(t, 150)
	content := deliverytest.Content()
	content.Schedule.PerMinute = 6000
	send, err := s.NewSend(t.Context(), content, s.clock.Now().Truncate(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(t.Context(), send, everyone, delivery.FreezeOptions{NotBefore: send.SlotAt}); err != nil {
		t.Fatal(err)
	}
	from := time.Now() // before any moment is reserved, so that a slow machine only makes it longer
	s.work(t)
	s.work(t)
	s.await(t, allDone, send.ID)
	if took := time.Since(from); took < 1200*time.Millisecond {
		t.Errorf("150 mails took %v, at a pace that takes them 1.5 s", took)
	}
	s.mustAgree(t, map[string]int{"sent": 150})
}
