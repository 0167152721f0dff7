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

// connection drives one connection of a pool. It keeps one message in flight and
// one prepared: rendered, its intent being made durable while the other is on
// its way.
type connection struct {
	pool     *pool
	conn     delivery.Conn
	verdicts chan verdict // of the one intent that is open; has room for it
	renderer delivery.Renderer
	spare    *prepared
}

// prepared is a message that may leave once its intent is durable.
type prepared struct {
	task *task
	mail delivery.Rendered
}

func newConnection(p *pool) *connection {
	return &connection{pool: p, verdicts: make(chan verdict, 1), spare: &prepared{}}
}

// run sends what the pool hands out until ctx ends, and leaves nothing in
// doubt then: what is in flight gets its answer, what is prepared goes back.
func (c *connection) run(ctx context.Context) {
	defer c.disconnect()
	var next *prepared
	for {
		if next == nil {
			t := c.take(ctx)
			if t == nil {
				return
			}
			if next = c.prepare(ctx, t); next == nil {
				continue
			}
		}
		now := next
		next = nil
		if v := <-c.verdicts; v != granted {
			c.drop(now)
			continue
		}
		if ctx.Err() != nil || now.task.batch.stopped.Load() {
			c.settle(now, delivery.Reply{Outcome: delivery.OutcomeNotSent})
			continue
		}
		if t := c.pool.poll(); t != nil {
			next = c.prepare(ctx, t)
		}
		c.settle(now, c.send(ctx, now.mail.Message))
		c.reuse(now)
	}
}

// take waits for a task. A connection that waits for long is closed: servers
// don't like to be kept.
func (c *connection) take(ctx context.Context) *task {
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
// It returns nil when that can't be done: the delivery then stays queued.
func (c *connection) prepare(ctx context.Context, t *task) *prepared {
	if !c.connect(ctx, t) {
		t.batch.inFlight.Done()
		return nil
	}
	a := c.spare
	if a == nil {
		a = &prepared{}
	}
	c.spare = nil
	a.task = t
	if err := c.renderer.Render(&a.mail, t.Item, c.pool.clock.Now()); err != nil {
		c.pool.log.Error("a mail can't be made, its send stops here", "send", t.batch.Send.ID, "error", err)
		t.batch.halt(false)
		c.pool.hold(ctx, t.batch.Send.ID, fmt.Errorf("a mail can't be made: %w", err))
		c.drop(a)
		return nil
	}
	c.pool.committer.submit(t.Intent(a.mail.MessageID), origin{t, c})
	return a
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
		conn, err := c.pool.route.Transport.Dial(ctx)
		if err == nil {
			c.conn = conn
			c.pool.metrics.Dials.Add(1)
			return true
		}
		if !errors.Is(err, context.Canceled) {
			c.pool.metrics.DialErrors.Add(1)
			c.pool.warn(err)
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

// send hands the message to the server. If the connection breaks before the
// message can have arrived, its intent still stands, and one fresh connection
// is tried under it.
func (c *connection) send(ctx context.Context, m delivery.Message) delivery.Reply {
	for again := true; ; again = false {
		if c.conn == nil || !c.conn.Healthy() {
			c.disconnect()
			conn, err := c.pool.route.Transport.Dial(ctx)
			if err != nil {
				return delivery.Reply{Outcome: delivery.OutcomeNotSent}
			}
			c.conn = conn
			c.pool.metrics.Dials.Add(1)
		}
		began := c.pool.clock.Now()
		reply := c.conn.Send(ctx, m)
		c.pool.metrics.Spent.Add(int64(c.pool.clock.Now().Sub(began)))
		if reply.Outcome != delivery.OutcomeNotSent || !again || ctx.Err() != nil {
			return reply
		}
		c.disconnect()
	}
}

// settle submits what became of a message.
func (c *connection) settle(a *prepared, reply delivery.Reply) {
	now := c.pool.clock.Now()
	c.pool.metrics.count(reply.Outcome)
	if b := a.task.batch; reply.Outcome == delivery.OutcomeAccepted && b.First() && !b.firstSent.Swap(true) &&
		c.pool.metrics.FirstMail != nil {
		c.pool.metrics.FirstMail(now.Sub(b.NotBefore))
	}
	c.pool.committer.submit(a.task.Outcome(reply, now), origin{task: a.task})
}

// drop lets go of a task whose mail won't be sent now.
func (c *connection) drop(a *prepared) {
	a.task.batch.inFlight.Done()
	c.reuse(a)
}

func (c *connection) reuse(a *prepared) {
	a.task = nil
	c.spare = a
}

func (c *connection) disconnect() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
