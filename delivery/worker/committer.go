package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keur/delivery"
)

// verdict is what became of an intent.
type verdict int

const (
	granted   verdict = iota
	withdrawn         // the member said no meanwhile
	halted            // the send is paused, the batch postponed or another worker's
)

// origin is where a change comes from.
type origin struct {
	*task
	connection *connection // that waits for the verdict on an intent
	told       *told       // of an outcome
}

// round is what is made durable together: changes, and the origin of each.
type round struct {
	changes []delivery.Change
	origins []origin
}

func (r *round) add(ch delivery.Change, from origin) {
	r.changes, r.origins = append(r.changes, ch), append(r.origins, from)
}

func (r *round) empty() bool { return len(r.changes) == 0 }

// reset empties the round and keeps its room.
func (r *round) reset() {
	clear(r.changes)
	clear(r.origins)
	r.changes, r.origins = r.changes[:0], r.origins[:0]
}

// A round costs the ledger far more than a change in it. So it gathers until a
// connection has nothing to do but wait for it, it is full, or its first change
// has waited for long.
const (
	fullRound = 256
	longest   = 10 * time.Millisecond
)

// committer makes intents and outcomes of all of a process's connections
// durable together: while one round is on its way to the disk, the next one
// gathers. One fsync serves them all.
type committer struct {
	rounds  *delivery.Rounds
	late    *late
	log     *slog.Logger
	metrics *Metrics

	mu      sync.Mutex
	waiting round
	number  int  // of the round that gathers
	due     bool // it is to be committed now
	closed  bool
	wake    chan struct{} // closed or due became true
}

func newCommitter(w *Worker) *committer {
	return &committer{
		rounds: delivery.NewRounds(w.Ledger, w.DatabaseURL, w.Key), late: w.late,
		log: w.Log, metrics: w.Metrics, wake: make(chan struct{}, 1),
	}
}

// submit adds a change to the round that gathers, and returns its number. A
// connection submits no intent before the outcome of the message that is three
// before it, so that the ledger never shows more than three of its messages as
// under way.
func (c *committer) submit(ch delivery.Change, from origin) (number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting.add(ch, from)
	number = c.number
	switch len(c.waiting.changes) {
	case 1:
		time.AfterFunc(longest, func() { c.hurry(number) })
	case fullRound:
		c.nowDue()
	}
	return number
}

// hurry has the round of that number be committed as soon as it can be, unless
// it is already.
func (c *committer) hurry(number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if number == c.number && !c.waiting.empty() {
		c.nowDue()
	}
}

func (c *committer) nowDue() {
	c.due = true
	wake(c.wake)
}

// close ends run after everything that was submitted is durable.
func (c *committer) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	wake(c.wake)
}

// wake signals a channel that has room for one signal, unless it has it already.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run commits round after round until it is closed. When ctx ends, what isn't
// durable by then is left to the next holder, to whom it is in doubt.
func (c *committer) run(ctx context.Context) {
	defer c.rounds.Close()
	var spare round
	for {
		now, ok := c.next(spare)
		if !ok {
			return
		}
		c.commit(ctx, &now)
		now.reset()
		spare = now
	}
}

// next waits for a round that is due, and has another one gather in spare. It
// returns false when there is none any more.
func (c *committer) next(spare round) (now round, ok bool) {
	for {
		c.mu.Lock()
		if now = c.waiting; c.due || c.closed && !now.empty() {
			c.waiting, c.due = spare, false
			c.number++
			c.mu.Unlock()
			return now, true
		}
		closed := c.closed
		c.mu.Unlock()
		if closed {
			return round{}, false
		}
		<-c.wake
	}
}

// commit makes a round durable, however long the database is away, and informs
// each origin. A round may be committed twice if the first answer was lost: the
// attempt's number makes the second a repetition.
func (c *committer) commit(ctx context.Context, r *round) {
	pause := 50 * time.Millisecond
	for {
		result, err := c.rounds.Commit(ctx, r.changes)
		if err == nil && ctx.Err() == nil { // else its wait for a standby may have been cut short
			c.metrics.Rounds.Add(1)
			c.metrics.Changes.Add(int64(len(r.changes)))
			c.inform(r, result)
			return
		}
		if ctx.Err() != nil {
			c.abandon(r)
			return
		}
		c.log.Error("the ledger can't be written, nothing is sent until it can", "error", err, "waiting", len(r.changes))
		c.keep(r)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// inform hands each intent its verdict and counts each outcome as settled. That
// a batch is another worker's, or its send no longer sending, is heard with either.
func (c *committer) inform(r *round, result *delivery.RoundResult) {
	for i := range r.changes {
		ch, from := &r.changes[i], r.origins[i]
		held, sending := result.Held(ch.Item)
		if !held || !sending {
			from.batch.halt(!held)
		}
		switch {
		case ch.IsIntent() && result.Applied(i):
			from.connection.verdicts <- granted
		case ch.IsIntent() && held && sending:
			from.connection.verdicts <- withdrawn
		case ch.IsIntent():
			from.connection.verdicts <- halted
		default:
			if !result.Applied(i) {
				c.late.keep(ch.Late())
			}
			from.told.end()
			from.batch.inFlight.Done()
		}
	}
}

// keep has the round's outcomes outlive this process, in case that it ends
// before the ledger can be written.
func (c *committer) keep(r *round) {
	for i := range r.changes {
		if ch := &r.changes[i]; !ch.IsIntent() {
			c.late.keep(ch.Late())
		}
	}
}

// abandon gives up a round that can't be written any more: its outcomes are
// kept, so that only intents end in doubt.
func (c *committer) abandon(r *round) {
	c.log.Error("gave up on the ledger, known outcomes are kept until it can be written", "waiting", len(r.changes))
	c.keep(r)
	for i := range r.changes {
		from := r.origins[i]
		from.batch.halt(true)
		if r.changes[i].IsIntent() {
			from.connection.verdicts <- halted
		} else {
			from.told.end()
			from.batch.inFlight.Done()
		}
	}
}
