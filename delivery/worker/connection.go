package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keur/delivery"
)

// idle is how long a connection waits for another mail before it is closed.
const idle = 5 * time.Second

// ahead is how many mails of a connection are prepared beyond the one that is on
// its way: of the first the envelope leaves with the end of that one, while the
// intent of the second is being made durable. A process that is killed leaves no
// more of a connection in doubt than these and the one on its way.
const ahead = 2

// patience is how long a mail that may leave waits for the one after it, so that
// both share a round trip.
const patience = 20 * time.Millisecond

// connection drives one connection of a pool.
type connection struct {
	pool     *pool
	conn     delivery.Conn
	verdicts chan verdict // of the open intents, in their order; has room for all
	open     []*prepared  // their intents are submitted, and their verdicts not read yet
	spare    []*prepared
	renderer delivery.Renderer

	lane          *lane // whose mails it carries, over a shaped route
	carried, most int   // how many of them it took, and takes before another has its turn
}

// prepared is a message that may leave once its intent is durable.
type prepared struct {
	task  *task
	mail  delivery.Rendered
	round int // that makes its intent durable
	told  *told
}

func newConnection(p *pool) *connection {
	return &connection{pool: p, verdicts: make(chan verdict, ahead)}
}

// run sends what the pool hands out until ctx ends, and leaves nothing in
// doubt then: what is in flight gets its answer, what is prepared goes back.
func (c *connection) run(ctx context.Context) {
	defer c.leave()
	for now := c.first(ctx); now != nil; {
		c.prepareAhead(ctx)
		next := c.second(ctx)
		reply := c.send(ctx, now, next)
		c.settle(now, reply)
		c.reuse(now)
		if now = next; now == nil {
			now = c.first(ctx)
		}
	}
}

// first waits for a mail that may leave. It returns nil when ctx has ended and
// all that was prepared has gone back.
func (c *connection) first(ctx context.Context) *prepared {
	for {
		for len(c.open) > 0 {
			c.pool.committer.hurry(c.open[0].round)
			if a := c.judge(ctx, <-c.verdicts); a != nil {
				return a
			}
		}
		t := c.take(ctx)
		if t == nil {
			return nil
		}
		c.prepare(ctx, t)
	}
}

// second returns the mail that leaves after the one that may now, or nil if
// it isn't known soon whether there is one.
func (c *connection) second(ctx context.Context) *prepared {
	if len(c.open) == 0 {
		return nil
	}
	select {
	case v := <-c.verdicts:
		return c.judge(ctx, v)
	default:
	}
	c.pool.committer.hurry(c.open[0].round)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-c.verdicts:
		return c.judge(ctx, v)
	case <-timer.C:
		return nil
	}
}

// judge takes the verdict on the oldest of the open intents, and returns its
// mail if that may leave.
func (c *connection) judge(ctx context.Context, v verdict) *prepared {
	a := c.open[0]
	c.open = append(c.open[:0], c.open[1:]...)
	switch {
	case v != granted:
		c.drop(a)
	case c.stopped(ctx, a):
		c.settle(a, delivery.Reply{Outcome: delivery.OutcomeNotSent})
		c.reuse(a)
	default:
		return a
	}
	return nil
}

// stopped reports whether the mail may not leave any more although its intent
// was granted.
func (c *connection) stopped(ctx context.Context, a *prepared) bool {
	return ctx.Err() != nil || a.task.batch.stopped.Load()
}

// prepareAhead prepares what the pool has at hand, as far as there is room.
func (c *connection) prepareAhead(ctx context.Context) {
	for len(c.open) < ahead {
		t := c.poll()
		if t == nil {
			return
		}
		c.prepare(ctx, t)
	}
}

// poll returns a task if one is at hand.
func (c *connection) poll() *task {
	if c.pool.lanes != nil {
		return c.pool.lanes.more(c)
	}
	return c.pool.poll()
}

// take waits for a task. A connection that waits for long is closed: servers
// don't like to be kept.
func (c *connection) take(ctx context.Context) *task {
	if c.pool.lanes != nil {
		return c.pool.lanes.take(ctx, c)
	}
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case t := <-c.pool.tasks:
			return t
		case <-timer.C:
			c.disconnect()
		}
	}
}

// prepare connects, renders the task's mail and submits the intent to send it.
// When that can't be done the delivery stays queued.
func (c *connection) prepare(ctx context.Context, t *task) {
	if !c.connect(ctx, t) {
		if !c.putBack(t) {
			t.batch.letGo()
		}
		return
	}
	a := &prepared{}
	if n := len(c.spare); n > 0 {
		a, c.spare = c.spare[n-1], c.spare[:n-1]
	}
	a.task, a.told = t, tell(t.batch)
	if err := c.renderer.Render(&a.mail, t.Item, c.pool.clock.Now()); err != nil {
		c.pool.log.Error("a mail can't be made, its send stops here", "send", t.batch.Send.ID, "error", err)
		t.batch.halt(false)
		c.pool.hold(ctx, t.batch.Send.ID, fmt.Errorf("a mail can't be made: %w", err))
		c.drop(a)
		return
	}
	c.open = append(c.open, a)
	a.told.next("intent")
	a.round = c.pool.committer.submit(t.Intent(a.mail.MessageID), origin{task: t, connection: c})
}

// connect makes sure that there is a connection before an intent is made, and
// keeps trying, more and more slowly, while the batch may go on.
func (c *connection) connect(ctx context.Context, t *task) bool {
	pause := 100 * time.Millisecond
	for !t.batch.stopped.Load() && ctx.Err() == nil {
		if c.conn != nil && c.conn.Healthy() {
			return true
		}
		c.disconnect()
		err := c.dial(ctx)
		if err == nil {
			return true
		}
		if !errors.Is(err, context.Canceled) {
			c.pool.metrics.DialErrors.Add(1)
			c.pool.warn(err)
		}
		if c.lane != nil {
			c.pool.lanes.trouble(c.lane)
			return false
		}
		select {
		case <-ctx.Done():
		case <-t.batch.stop:
		case <-time.After(pause):
		}
		pause = min(2*pause, 30*time.Second)
	}
	return false
}

// dial opens a connection, over which a provider gets no more mails than it bears.
func (c *connection) dial(ctx context.Context) error {
	conn, err := c.pool.open(ctx, c.lane)
	if err != nil {
		return err
	}
	c.conn = conn
	c.pool.metrics.Dials.Add(1)
	if bounded, is := conn.(delivery.Bounded); is && c.lane != nil {
		if most := c.pool.shaper.Messages(c.lane.way.Provider); most > 0 {
			bounded.Bound(most)
		}
	}
	return nil
}

// putBack returns a task to its lane, where it waits until its provider lets
// somebody in, or for another connection where this one ends. It reports whether
// it may.
func (c *connection) putBack(t *task) bool {
	return c.lane != nil && c.pool.lanes.putBack(c.lane, t)
}

// send hands the mail to the server, and with its end the envelope of next if
// there is one and the connection can. If the connection breaks before the mail
// can have arrived, its intent still stands, and one fresh connection is tried
// under it.
func (c *connection) send(ctx context.Context, now, next *prepared) delivery.Reply {
	if c.stopped(ctx, now) {
		c.disconnect() // where its envelope may be open
		return delivery.Reply{Outcome: delivery.OutcomeNotSent}
	}
	now.told.next("smtp")
	for again := true; ; again = false {
		if c.conn == nil || !c.conn.Healthy() {
			c.disconnect()
			if c.dial(ctx) != nil {
				return delivery.Reply{Outcome: delivery.OutcomeNotSent}
			}
		}
		began := c.pool.clock.Now()
		reply := c.hand(ctx, now, next)
		c.pool.metrics.Spent.Add(int64(c.pool.clock.Now().Sub(began)))
		if reply.Outcome != delivery.OutcomeNotSent || !again || ctx.Err() != nil {
			return reply
		}
		c.disconnect()
	}
}

// hand gives the mail to the connection.
func (c *connection) hand(ctx context.Context, now, next *prepared) delivery.Reply {
	if conn, ok := c.conn.(delivery.Overlapping); ok && next != nil {
		return conn.SendBefore(ctx, now.mail.Message, next.mail.Message)
	}
	return c.conn.Send(ctx, now.mail.Message)
}

// settle submits what became of a message.
func (c *connection) settle(a *prepared, reply delivery.Reply) {
	now := c.pool.clock.Now()
	a.told.answered(reply)
	c.pool.metrics.count(reply.Outcome)
	if !reply.Tried() {
		a.task.batch.untried.Add(1)
	}
	if c.pool.shaper != nil {
		c.pool.shaper.Settled(a.task.Domain(), reply)
	}
	if c.lane != nil {
		c.pool.lanes.heard(c.lane, reply)
	}
	if b := a.task.batch; reply.Outcome == delivery.OutcomeAccepted && b.First() && !b.firstSent.Swap(true) &&
		c.pool.metrics.FirstMail != nil {
		c.pool.metrics.FirstMail(now.Sub(b.NotBefore))
	}
	c.pool.committer.submit(a.task.Outcome(reply, now), origin{task: a.task, told: a.told})
}

// drop lets go of a task whose mail won't be sent now.
func (c *connection) drop(a *prepared) {
	a.told.end()
	a.task.batch.letGo()
	c.reuse(a)
}

func (c *connection) reuse(a *prepared) {
	a.task, a.told = nil, nil
	c.spare = append(c.spare, a)
}

// leave hangs up for good.
func (c *connection) leave() {
	if c.lane != nil {
		c.pool.lanes.leave(c)
		return
	}
	c.disconnect()
}

func (c *connection) disconnect() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
