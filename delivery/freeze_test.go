package delivery_test

import (
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
)

// stage is a stage with a server that would take its mail.
type stage struct {
	*deliverytest.Stage
	clock  *clock.Fake
	server *deliverytest.Server
}

func newStage(t testing.TB, n int) *stage {
	t.Helper()
	db, fake := pgtest.Database(t), clock.NewFake(time.Now())
	s, err := deliverytest.New(t.Context(), db.Owner, db.App, fake, n)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{Stage: s, clock: fake, server: deliverytest.NewServer()}
}

// mustCount fails unless the query counts want.
func (s *stage) mustCount(t testing.TB, want int, query string, args ...any) {
	t.Helper()
	var got int
	if err := s.App.Get(&got, query, args...); err != nil || got != want {
		t.Errorf("%s: %d, want %d; %v", query, got, want, err)
	}
}

func TestFrozenOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, 5)
	send, err := s.NewSend(t.Context(), deliverytest.Content(), s.clock.Now().Truncate(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	freeze := func() error {
		frozen, err := s.Freeze(t.Context(), send, `SELECT id AS member_id, CASE WHEN id = $1 THEN 'cap' END AS skip_reason FROM members`, []any{3},
			delivery.FreezeOptions{NotBefore: send.SlotAt})
		if err == nil && (frozen.Queued != 4 || frozen.Skipped["cap"] != 1 || frozen.Batches != 1) {
			t.Errorf("%+v", frozen)
		}
		return err
	}
	if err := freeze(); err != nil {
		t.Fatal(err)
	}
	if err := freeze(); !fault.Is(err, fault.Conflict) {
		t.Errorf("frozen twice: %v", err)
	}
}
