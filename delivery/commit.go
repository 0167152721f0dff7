package delivery

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keur/tracking/bounces"
)

// change is what one item of a round asks of the ledger: the intent to send,
// or the outcome of having sent.
type change struct {
	item      *item
	carrier   *carrier // whom to tell what became of an intent
	state     State
	messageID string // of an intent
	code      int
	reason    string
	class     bounces.Class // of a refusal
	due       time.Time     // of a deferral
}

func (c *change) isIntent() bool { return c.state == Sending }

// verdict is what became of an intent.
type verdict int

const (
	granted   verdict = iota
	withdrawn         // the member said no meanwhile
	halted            // the send is paused, the batch postponed or another worker's
)

// committer makes intents and outcomes of all of a process's connections
// durable together: while one round is on its way to the disk, the next one
// gathers. One fsync serves them all.
type committer struct {
	ledger  *Ledger
	log     *slog.Logger
	metrics *Metrics
	rounds  *roundStore

	mu      sync.Mutex
	waiting []change
	closed  bool
	wake    chan struct{}
}

func newCommitter(l *Ledger, log *slog.Logger, metrics *Metrics) *committer {
	return &committer{ledger: l, log: log, metrics: metrics, rounds: &roundStore{db: l.db}, wake: make(chan struct{}, 1)}
}

// submit adds a change to the next round. A connection submits the outcome of
// one message before the intent of the one after next, so that the ledger
// never shows more than two of its messages as under way.
func (c *committer) submit(ch change) {
	c.mu.Lock()
	c.waiting = append(c.waiting, ch)
	c.mu.Unlock()
	c.nudge()
}

// close ends run after everything that was submitted is durable.
func (c *committer) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.nudge()
}

func (c *committer) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run commits round after round until it is closed. Ctx is the process's last
// patience: when it ends, what isn't durable by then is left to the next
// holder, to whom it is in doubt.
func (c *committer) run(ctx context.Context) {
	defer c.rounds.close()
	var spare []change
	for {
		c.mu.Lock()
		round, closed := c.waiting, c.closed
		c.waiting = spare[:0]
		c.mu.Unlock()
		if len(round) == 0 {
			if closed {
				return
			}
			<-c.wake
			spare = round
			continue
		}
		c.commit(ctx, round)
		clear(round)
		spare = round
	}
}

// commit makes a round durable, however long the database is away, and tells
// everyone. A round may be committed twice if the first answer was lost: the
// attempt's number makes the second a repetition.
func (c *committer) commit(ctx context.Context, round []change) {
	pause := 50 * time.Millisecond
	for {
		done, err := c.rounds.commit(ctx, c.ledger, round)
		if err == nil {
			c.metrics.Rounds.Add(1)
			c.metrics.Changes.Add(int64(len(round)))
			c.tell(ctx, round, done)
			return
		}
		if ctx.Err() != nil {
			c.abandon(round)
			return
		}
		c.log.Error("the ledger can't be written, nothing is sent until it can", "error", err, "waiting", len(round))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// tell hands each intent its verdict and counts each outcome as settled.
func (c *committer) tell(ctx context.Context, round []change, done *roundResult) {
	for i := range round {
		ch := &round[i]
		b := ch.item.batch
		held, sending := done.held(b)
		switch {
		case ch.isIntent() && done.applied[i]:
			ch.carrier.verdicts <- granted
		case ch.isIntent() && held && sending:
			ch.carrier.verdicts <- withdrawn
		case ch.isIntent():
			b.halt(!held)
			ch.carrier.verdicts <- halted
		default:
			if !done.applied[i] {
				if err := c.ledger.settleLate(ctx, ch); err != nil {
					c.log.Error("a late outcome could not be written, its delivery stays in doubt", "send", b.run.ID, "member", ch.item.member, "error", err)
				}
			}
			b.flying.Done()
		}
	}
}

// abandon lets go of a round that can't be written any more.
func (c *committer) abandon(round []change) {
	c.log.Error("gave up on the ledger: what was in flight is in doubt", "waiting", len(round))
	for i := range round {
		ch := &round[i]
		ch.item.batch.halt(true)
		if ch.isIntent() {
			ch.carrier.verdicts <- halted
		} else {
			ch.item.batch.flying.Done()
		}
	}
}
