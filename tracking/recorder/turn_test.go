package recorder

import (
	"context"
	"testing"

	"keur/internal/proctest"
)

// TestFewFetchesTakeTurns: a group of few waits for the other shard's to be committed,
// and takes along what came meanwhile; one of many doesn't wait.
func TestFewFetchesTakeTurns(t *testing.T) {
	t.Parallel()
	r := &Recorder{turn: make(chan struct{}, 1)}
	r.turn <- struct{}{} // the other shard's group
	few, gathered := make(chan *fetch, maxWaiting), make(chan *group)
	few <- &fetch{}
	go func() { gathered <- r.gather(t.Context(), few) }()
	proctest.Until(t, "the first is taken", func() bool { return len(few) == 0 })
	few <- &fetch{}
	many := make(chan *fetch, maxWaiting)
	for range fewWaiting + 1 {
		many <- &fetch{}
	}
	if g := r.gather(t.Context(), many); g.inTurn || len(g.fetches) != fewWaiting+1 {
		t.Errorf("a group of %d, in turn: %t", len(g.fetches), g.inTurn)
	}
	select {
	case g := <-gathered:
		t.Fatalf("a group of %d didn't wait for its turn", len(g.fetches))
	default:
	}
	<-r.turn
	if g := <-gathered; !g.inTurn || len(g.fetches) != 2 {
		t.Errorf("a group of %d, in turn: %t", len(g.fetches), g.inTurn)
	}
	<-r.turn
	ended, end := context.WithCancel(t.Context())
	end()
	if g := r.gather(ended, few); g != nil || len(r.turn) != 0 {
		t.Error("what has ended has its turn")
	}
}
