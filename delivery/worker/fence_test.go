package worker_test

import (
	"testing"

	"keur/delivery"
)

// A worker that was held up for longer than its lease finds its batch taken
// and its deliveries in doubt. It knows what became of them, and says so.
func TestHeldUpWorkerSettlesItsDoubts(t *testing.T) {
	t.Parallel()
	s := newStage(t, 200)
	reached, taken := make(chan struct{}), make(chan struct{})
	n := 0
	s.server.Answer = func(string, int) delivery.Reply {
		if n++; n == 50 {
			close(reached)
		}
		if n >= 50 {
			<-taken
		}
		return delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	}
	send := s.start(t, everyone)
	s.work(t)
	<-reached
	// What a second worker does when it takes the batch over, before it goes on.
	if _, err := s.Owner.Exec(`
		BEGIN;
		UPDATE delivery_batches SET fence = fence + 1;
		UPDATE delivery_batches SET state = 'waiting';
		UPDATE deliveries SET state = 'in_doubt', changed_at = now(), reason = 'worker_lost' WHERE state = 'sending';
		COMMIT`); err != nil {
		t.Fatal(err)
	}
	s.mustCount(t, 1, `SELECT (count(*) > 0)::int FROM deliveries WHERE state = 'in_doubt'`)
	close(taken)
	s.await(t, allDone, send.ID)
	s.await(t, `SELECT NOT EXISTS (SELECT FROM deliveries WHERE state NOT IN ('sent', 'in_doubt'))`)
	// Each that the server took is sent. What was armed and hadn't left stays in
	// doubt, since nobody but a person has such a mail sent again.
	took := s.server.Took()
	s.await(t, `SELECT count(*) = $1 FROM deliveries WHERE state = 'sent'`, len(took))
	for who, n := range took {
		if n != 1 {
			t.Errorf("%s got %d mails", who, n)
		}
	}
}
