package smtp

import (
	"context"
	"net"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail/smtp"

	"keur/delivery"
	"keur/internal/clock"
)

// quitTimeout bounds the farewell; the mail is safe by then.
const quitTimeout = 5 * time.Second

// conn is one connection, driven by one goroutine. go-mail has opened it and
// will take leave; the transactions in between are written by conn itself.
type conn struct {
	settings Settings
	limit    int // messages
	clock    clock.Clock
	session  *gomail.Client
	line     net.Conn        // under TLS, for deadlines and for breaking off
	text     *textproto.Conn // over TLS, where bytes are written and read

	pipelining bool // RFC 2920
	eightBit   bool // RFC 6152
	utf8       bool // RFC 6531

	overlap  *overlap // of the route
	begun    envelope // sent with the end of the message before, its answers not read yet
	overlaps int      // how many such envelopes were answered as they should be

	payload      []byte // reused for every message
	unfinished   bool   // the server may hold an open transaction: RSET first
	broken       bool   // nothing more can be sent here
	sent         int
	opened, used time.Time
}

// newConn takes over a session that is ready for its first MAIL.
func newConn(t *Transport, session *gomail.Client, line net.Conn) *conn {
	now := t.clock.Now()
	c := &conn{
		settings: t.settings, limit: t.route.MessagesPerConnection, clock: t.clock,
		session: session, line: line, text: session.Text, overlap: &t.overlap, opened: now, used: now,
	}
	c.pipelining, _ = session.Extension("PIPELINING")
	c.eightBit, _ = session.Extension("8BITMIME")
	c.utf8, _ = session.Extension("SMTPUTF8")
	return c
}

// Healthy reports whether the connection still works and hasn't reached a
// limit of its route.
func (c *conn) Healthy() bool { return c.lasts(0) }

// lasts reports whether another message may be sent here after so many.
func (c *conn) lasts(messages int) bool {
	now := c.clock.Now()
	return !c.broken &&
		c.sent+messages < c.limit &&
		now.Sub(c.opened) < c.settings.MaxAge &&
		now.Sub(c.used) < c.settings.MaxIdle
}

// Bound is fewer messages than the route allows. See delivery.Bounded.
func (c *conn) Bound(messages int) { c.limit = min(c.limit, messages) }

// Send runs one transaction. See delivery.Conn.
func (c *conn) Send(ctx context.Context, m delivery.Message) delivery.Reply {
	return c.transact(ctx, m, envelope{})
}

// SendBefore runs one transaction and begins the next. See delivery.Overlapping.
func (c *conn) SendBefore(ctx context.Context, m, next delivery.Message) delivery.Reply {
	if _, ok := c.check(next); !ok || !c.pipelining || c.overlap.refused.Load() || !c.lasts(1) {
		return c.transact(ctx, m, envelope{})
	}
	return c.transact(ctx, m, envelopeOf(next))
}

// transact runs the transaction of m, and begins that of next unless it is empty.
func (c *conn) transact(ctx context.Context, m delivery.Message, next envelope) delivery.Reply {
	reply, ready := c.open(ctx, m)
	if ready {
		// From here on ctx can't break off: it would only make a doubt.
		reply = c.data(next)
	}
	// Who says more than was asked is out of step: the next message must not
	// take this one's answer for its own.
	c.broken = c.broken || c.begun.empty() && c.text.R.Buffered() > 0
	c.sent++
	c.used = c.clock.Now()
	return reply
}

// open makes the message ready and brings its envelope to the server. It
// reports whether the server now waits for the message; if not, reply says what
// became of it.
func (c *conn) open(ctx context.Context, m delivery.Message) (reply delivery.Reply, ready bool) {
	if !c.begun.empty() && c.begun != envelopeOf(m) {
		c.broken = true // the message would reach whom the open envelope names
	}
	if refusal, ok := c.check(m); !ok {
		c.broken = c.broken || !c.begun.empty()
		return refusal, false
	}
	var err error
	if c.payload, err = appendPayload(c.payload[:0], m.Data); err != nil {
		c.broken = c.broken || !c.begun.empty()
		return withhold(delivery.AtEnd, delivery.BadMessage, err.Error()), false
	}
	if c.broken {
		return notSent(delivery.AtMail, net.ErrClosed), false
	}
	if err := ctx.Err(); err != nil {
		return notSent(delivery.AtMail, err), false
	}
	stop := context.AfterFunc(ctx, func() { _ = c.line.Close() })
	reply, ready = c.announce(m)
	if !stop() {
		c.broken = true
		if ready {
			return notSent(delivery.AtData, ctx.Err()), false
		}
	}
	return reply, ready
}

// Close takes leave with QUIT, or just hangs up if the connection is broken or
// the server waits for a message.
func (c *conn) Close() error {
	defer c.line.Close()
	if c.broken || !c.begun.empty() {
		return nil
	}
	c.broken = true
	c.deadline(quitTimeout)
	return c.session.Quit()
}

// deadline limits the phase that begins. Sockets know only the real clock.
func (c *conn) deadline(d time.Duration) {
	_ = c.line.SetDeadline(time.Now().Add(d)) // fails only on a closed line, where reading fails too
}
