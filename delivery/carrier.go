package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// idle is how long a connection waits for another mail before it is closed.
const idle = 5 * time.Second

// carrier drives one connection. It keeps one message in flight and one armed:
// rendered, its intent being made durable while the other is on its way.
type carrier struct {
	lane     *lane
	conn     Conn
	verdicts chan verdict // of the one intent that is open; has room for it
	renderer renderer
	spare    *armed
}

// armed is a message that may leave once its intent is durable.
type armed struct {
	item    *item
	message Message
	buffer  []byte // of Data
	path    []byte
}

func newCarrier(l *lane) *carrier {
	return &carrier{lane: l, verdicts: make(chan verdict, 1), spare: &armed{}}
}

// run sends what the lane hands out until ctx ends, and leaves nothing in
// doubt then: what is in flight gets its answer, what is armed goes back.
func (c *carrier) run(ctx context.Context) {
	defer c.hangUp()
	var next *armed
	for {
		if next == nil {
			it := c.take(ctx)
			if it == nil {
				return
			}
			if next = c.arm(ctx, it); next == nil {
				continue
			}
		}
		now := next
		next = nil
		if v := <-c.verdicts; v != granted {
			c.drop(now)
			continue
		}
		if ctx.Err() != nil || now.item.batch.stopped.Load() {
			c.settle(now, Reply{Outcome: NotSent})
			continue
		}
		if it := c.lane.poll(); it != nil {
			next = c.arm(ctx, it)
		}
		c.settle(now, c.send(ctx, now.message))
		c.reuse(now)
	}
}

// take waits for an item. A connection that waits for long is closed: servers
// don't like to be kept.
func (c *carrier) take(ctx context.Context) *item {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case it := <-c.lane.items:
			return it
		case <-timer.C:
			c.hangUp()
		}
	}
}

// arm connects, renders the item's message and submits the intent to send it.
// It returns nil when that can't be done: the item then stays queued.
func (c *carrier) arm(ctx context.Context, it *item) *armed {
	if !c.connect(ctx, it) {
		it.batch.flying.Done()
		return nil
	}
	a := c.spare
	if a == nil {
		a = &armed{}
	}
	c.spare = nil
	a.item = it
	messageID, err := c.renderer.render(a, it, c.lane.clock.Now())
	if err != nil {
		c.lane.log.Error("a mail can't be made, its send stops here", "send", it.batch.run.ID, "error", err)
		it.batch.halt(false)
		c.lane.holdSend(ctx, it.batch.run.ID, fmt.Errorf("a mail can't be made: %w", err))
		c.drop(a)
		return nil
	}
	c.lane.committer.submit(change{item: it, carrier: c, state: Sending, messageID: messageID})
	return a
}

// connect makes sure that there is a connection before an intent is made, and
// keeps trying, more and more slowly, while the batch may go on.
func (c *carrier) connect(ctx context.Context, it *item) bool {
	pause := 100 * time.Millisecond
	for !it.batch.stopped.Load() && ctx.Err() == nil {
		if c.conn != nil && c.conn.Healthy() {
			return true
		}
		c.hangUp()
		conn, err := c.lane.route.Transport.Dial(ctx)
		if err == nil {
			c.conn = conn
			c.lane.metrics.Dials.Add(1)
			return true
		}
		if !errors.Is(err, context.Canceled) {
			c.lane.metrics.DialErrors.Add(1)
			c.lane.complain(err)
		}
		select {
		case <-ctx.Done():
		case <-it.batch.stop:
		case <-time.After(pause):
		}
		pause = min(2*pause, 30*time.Second)
	}
	return false
}

// send hands the message to the server. If the connection breaks before the
// message can have arrived, its intent still stands, and one fresh connection
// is tried under it.
func (c *carrier) send(ctx context.Context, m Message) Reply {
	for again := true; ; again = false {
		if c.conn == nil || !c.conn.Healthy() {
			c.hangUp()
			conn, err := c.lane.route.Transport.Dial(ctx)
			if err != nil {
				return Reply{Outcome: NotSent}
			}
			c.conn = conn
			c.lane.metrics.Dials.Add(1)
		}
		began := c.lane.clock.Now()
		reply := c.conn.Send(ctx, m)
		c.lane.metrics.Spent.Add(int64(c.lane.clock.Now().Sub(began)))
		if reply.Outcome != NotSent || !again || ctx.Err() != nil {
			return reply
		}
		c.hangUp()
	}
}

// settle submits what became of a message.
func (c *carrier) settle(a *armed, reply Reply) {
	now := c.lane.clock.Now()
	c.lane.metrics.count(reply.Outcome)
	if b := a.item.batch; reply.Outcome == Accepted && b.first() && !b.begun.Swap(true) && c.lane.metrics.FirstMail != nil {
		c.lane.metrics.FirstMail(now.Sub(b.NotBefore))
	}
	c.lane.committer.submit(a.item.outcome(reply, now))
}

// drop lets go of an item that was never armed.
func (c *carrier) drop(a *armed) {
	a.item.batch.flying.Done()
	c.reuse(a)
}

func (c *carrier) reuse(a *armed) {
	a.item = nil
	c.spare = a
}

func (c *carrier) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
