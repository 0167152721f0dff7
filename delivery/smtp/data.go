package smtp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"keur/delivery"
)

// earlyAnswer is how long we listen for the reason when a server hangs up in
// the middle of a message.
const earlyAnswer = time.Second

// data sends the message, which the server waits for, and the envelope of the
// next one right after it unless that is empty. It reads the outcome of the
// message; the answers to the envelope are left to be read when its turn comes.
func (c *conn) data(next envelope) delivery.Reply {
	c.deadline(c.settings.DataTimeout)
	end := len(c.payload)
	if !next.empty() {
		for _, cmd := range c.commands(next) {
			c.payload = append(append(c.payload, cmd.line...), "\r\n"...)
		}
	}
	n, err := c.text.W.Write(c.payload)
	if err == nil {
		err = c.text.W.Flush()
	}
	if err != nil {
		// W is only a buffer over the line: what it took and no longer
		// holds has left. Without its last three bytes, the final dot, no
		// server can have taken the message.
		whole := n-c.text.W.Buffered() > end-len(endOfData)
		return c.lostDuring(whole, err)
	}
	c.begun = next
	a, err := readAnswer(c.text.R)
	if err == nil && !a.positive() && !a.refused() {
		err = errNotSMTP
	}
	if err != nil {
		c.broken = true
		return delivery.Reply{Outcome: delivery.OutcomeLost, Step: delivery.AtEnd, Text: why(err)}
	}
	if c.blamesOverlap(a) {
		reply, _ := c.separate(delivery.AtEnd)
		return reply
	}
	c.unfinished = !next.empty()
	c.broken = c.broken || a.closing()
	return a.reply(delivery.AtEnd)
}

// lostDuring is the outcome when the message could not be written. A server
// that refuses it halfway and hangs up has often said why.
func (c *conn) lostDuring(whole bool, cause error) delivery.Reply {
	c.broken = true
	c.deadline(earlyAnswer)
	if a, err := readAnswer(c.text.R); err == nil && a.refused() {
		return a.reply(delivery.AtEnd)
	}
	if whole {
		return delivery.Reply{Outcome: delivery.OutcomeLost, Step: delivery.AtEnd, Text: why(cause)}
	}
	return notSent(delivery.AtEnd, cause)
}

func notSent(step delivery.Step, err error) delivery.Reply {
	return delivery.Reply{Outcome: delivery.OutcomeNotSent, Step: step, Text: why(err)}
}

// why puts a broken connection into words without the addresses of sockets.
func why(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "the server didn't answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return "the connection was closed"
	case errors.Is(err, errNotSMTP):
		return err.Error()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "sending was stopped"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return "the connection broke: " + redact(err.Error())
}
