package worker_test

import (
	"testing"

	"keur/delivery"
)

func TestManyWorkersShare(t *testing.T) {
	t.Parallel()
	s := newStage(t, 5000)
	send := s.start(t, everyone)
	s.work(t)
	s.work(t)
	stop := s.work(t)
	s.await(t, `SELECT count(*) > 1000 FROM deliveries WHERE state = 'sent'`)
	stop()
	s.await(t, `SELECT count(*) = 5000 FROM deliveries WHERE state = 'sent'`) // also what it had armed, which waits for another try
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 5000})
	for who, n := range s.server.Took() {
		if n != 1 {
			t.Errorf("%s got %d mails", who, n)
		}
	}
}

// Of one connection two workers of three have no share, and so nothing that the
// third could send.
func TestWhoHasNoConnectionHoldsNoBatch(t *testing.T) {
	t.Parallel()
	s := newStage(t, 5000)
	s.server.Connections = 1
	joined := make(chan struct{})
	s.server.Answer = func(string, int) delivery.Reply {
		<-joined
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	send := s.start(t, everyone)
	for range 3 {
		s.work(t)
	}
	s.await(t, `SELECT count(*) = 3 FROM delivery_workers`)
	close(joined)
	s.await(t, noneLeft, send.ID)
	s.mustAgree(t, map[string]int{"sent": 5000})
}
