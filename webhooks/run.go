package webhooks

import (
	"context"
	"slices"
	"time"
)

// How much is posted at once: in lanes, of which each posts one message after
// another. An endpoint that fails has one, so that those that hang don't take all.
const (
	allLanes = 64
	lanes    = 4
)

// turn is how long a lane posts before another endpoint may have its place, and
// look how often it is asked what happened meanwhile.
const (
	turn = 5 * time.Second
	look = time.Second
)

// Run makes messages, and posts those that are due, until none is. No endpoint
// waits for another: while one takes its time, the others are told what happens.
func (s *Sender) Run(ctx context.Context) error {
	r := running{sender: s, ended: make(chan ended), busy: map[EndpointID]int{}, turns: map[EndpointID]int{}}
	meanwhile := time.NewTicker(look)
	defer meanwhile.Stop()
	failed := r.begin(ctx)
	for r.lanes > 0 {
		over := true
		select {
		case e := <-r.ended:
			if over = r.end(e); e.err != nil && failed == nil {
				failed = e.err
			}
		case <-meanwhile.C:
		}
		// After trouble no turn begins: it is tried again by the next run.
		if over && failed == nil {
			failed = r.begin(ctx)
		}
	}
	return failed
}

// running is what one run has in hand.
type running struct {
	sender *Sender
	lanes  int                // that are going
	busy   map[EndpointID]int // of them, of each endpoint
	turns  map[EndpointID]int // when an endpoint had its last turn, by their count
	count  int
	ended  chan ended
}

// ended is a lane that is over.
type ended struct {
	of  EndpointID
	err error
}

// begin makes messages of what happened, and has each endpoint posted to of which
// one is due and that has no turn yet: as far as there are lanes, first those whose
// last turn is longest ago.
func (r *running) begin(ctx context.Context) error {
	if _, err := r.sender.Fill(ctx); err != nil {
		return err
	}
	due, err := r.sender.store.due(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(due, func(a, b dueEndpoint) int { return r.turns[a.ID] - r.turns[b.ID] })
	for _, e := range due {
		if r.busy[e.ID] > 0 {
			continue
		}
		n := min(lanes, allLanes-r.lanes)
		if e.Failing {
			n = min(1, n)
		}
		if n == 0 {
			break
		}
		r.count++
		r.turns[e.ID] = r.count
		r.busy[e.ID] = n
		r.lanes += n
		for range n {
			go func() { r.ended <- ended{e.ID, r.sender.lane(ctx, e.ID)} }()
		}
	}
	return nil
}

// end notes that a lane is over, and reports whether it was the endpoint's last.
func (r *running) end(e ended) bool {
	r.lanes--
	r.busy[e.of]--
	return r.busy[e.of] == 0
}

// lane posts what is due of one endpoint, one message after another, for a turn.
func (s *Sender) lane(ctx context.Context, id EndpointID) error {
	for began := time.Now(); time.Since(began) < turn; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		to, m, err := s.store.claim(ctx, id)
		if err != nil || m.ID == 0 {
			return err
		}
		if _, err := s.send(ctx, to, m); err != nil {
			return err
		}
	}
	return nil
}
