package smtp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"keur/delivery"
)

// earlyAnswer is how long we listen for the reason when a server hangs up in
// the middle of a message.
const earlyAnswer = time.Second

// command is one line of an envelope and the step that it belongs to.
type command struct {
	step delivery.Step
	line string
}

const stepReset delivery.Step = "RSET"

// wants reports whether the answer lets the transaction go on.
func (cmd command) wants(a answer) bool {
	if cmd.step == delivery.AtData {
		return a.code == 354
	}
	return a.positive()
}

// check refuses what may not go on the wire, in the words of an enhanced status.
func (c *conn) check(m delivery.Message) (delivery.Reply, bool) {
	refuse := func(code int, status, text string) (delivery.Reply, bool) {
		return delivery.Reply{Outcome: delivery.Rejected, Step: delivery.AtRcpt, Code: code, Enhanced: status, Text: "not sent: " + text}, false
	}
	switch {
	case !envelopeSafe(m.ReturnPath):
		return refuse(553, "5.1.7", "the return path is not an address")
	case m.Recipient == "" || !envelopeSafe(m.Recipient):
		return refuse(553, "5.1.3", "the recipient is not an address")
	case needsUTF8(m) && !c.utf8:
		return refuse(553, "5.6.7", "the address goes beyond ASCII, and the server takes no such addresses (SMTPUTF8)")
	}
	return delivery.Reply{}, true
}

// envelopeSafe reports whether the address can stand between angle brackets
// without becoming something else.
func envelopeSafe(address string) bool {
	for _, r := range address {
		if r <= ' ' || r == '<' || r == '>' || r == 0x7f {
			return false
		}
	}
	return len(address) <= 254 // a path is at most 256 octets, brackets included (RFC 5321 §4.5.3.1.3)
}

// needsUTF8 reports whether an address of the envelope goes beyond ASCII.
func needsUTF8(m delivery.Message) bool {
	beyond := func(r rune) bool { return r > 0x7e }
	return strings.ContainsFunc(m.Recipient, beyond) || strings.ContainsFunc(m.ReturnPath, beyond)
}

// commands returns the envelope of m, after RSET if the last transaction was
// left open.
func (c *conn) commands(m delivery.Message) []command {
	from := "MAIL FROM:<" + m.ReturnPath + ">"
	if c.eightBit {
		from += " BODY=8BITMIME"
	}
	if needsUTF8(m) {
		from += " SMTPUTF8"
	}
	group := make([]command, 0, 4)
	if c.unfinished {
		group = append(group, command{stepReset, "RSET"})
	}
	return append(group,
		command{delivery.AtMail, from},
		command{delivery.AtRcpt, "RCPT TO:<" + m.Recipient + ">"},
		command{delivery.AtData, "DATA"})
}

// envelope sends the commands up to DATA and reports whether the server now
// waits for the message. If not, reply says what became of it.
//
// With PIPELINING all commands leave in one packet, and every answer is still
// read and judged, because DATA may be answered 354 although its only
// recipient was refused (RFC 2920 §3.1).
func (c *conn) envelope(m delivery.Message) (reply delivery.Reply, ready bool) {
	c.deadline(c.route.CommandTimeout)
	group := c.commands(m)
	if c.pipelining {
		if err := c.write(group...); err != nil {
			return c.lostBefore(delivery.AtMail, err), false
		}
	}
	refused := false
	for _, cmd := range group {
		if !c.pipelining {
			if err := c.write(cmd); err != nil {
				return c.lostBefore(cmd.step, err), false
			}
		}
		a, err := readAnswer(c.text.R)
		switch {
		case err != nil && refused: // the refusal stands, whatever came after it
			c.broken = true
			return reply, false
		case err != nil:
			return c.lostBefore(cmd.step, err), false
		case refused && cmd.step == delivery.AtData && a.code == 354:
			c.endEmpty(reply)
			return reply, false
		case cmd.wants(a) || refused:
			c.broken = c.broken || a.closing()
			continue
		case !a.refused() || cmd.step == stepReset: // out of step with the server: don't guess
			return c.lostBefore(cmd.step, errNotSMTP), false
		}
		refused, c.unfinished = true, true
		reply = a.reply(cmd.step)
		if a.closing() {
			c.broken = true
			return reply, false
		}
		if !c.pipelining {
			return reply, false
		}
	}
	if refused {
		return reply, false
	}
	c.unfinished = true
	return delivery.Reply{}, true
}

// endEmpty deals with a server that waits for the message although it refused
// the recipient: a lone dot ends the transaction and nothing is delivered,
// as RFC 2920 §3.1 asks. If it was the sender that it refused, a recipient may
// stand, and an empty mail would reach them: then we hang up instead.
func (c *conn) endEmpty(refusal delivery.Reply) {
	if refusal.Step != delivery.AtRcpt {
		c.broken = true
		return
	}
	_, _ = c.text.W.Write(endOfData)
	if err := c.text.W.Flush(); err != nil {
		c.broken = true
		return
	}
	a, err := readAnswer(c.text.R)
	c.broken = c.broken || err != nil || a.closing()
}

// data sends the message, which the server waits for, and reads the outcome.
func (c *conn) data() delivery.Reply {
	c.deadline(c.route.DataTimeout)
	n, err := c.text.W.Write(c.payload)
	if err == nil {
		err = c.text.W.Flush()
	}
	if err != nil {
		// W is only a buffer over the line: what it took and no longer
		// holds has left. Without its last three bytes, the final dot, no
		// server can have taken the message.
		whole := n-c.text.W.Buffered() > len(c.payload)-len(endOfData)
		return c.lostDuring(whole, err)
	}
	a, err := readAnswer(c.text.R)
	if err == nil && !a.positive() && !a.refused() {
		err = errNotSMTP
	}
	if err != nil {
		c.broken = true
		return delivery.Reply{Outcome: delivery.Lost, Step: delivery.AtEnd, Text: why(err)}
	}
	c.unfinished = false
	c.broken = c.broken || a.closing()
	return a.reply(delivery.AtEnd)
}

// lostDuring is the outcome when the message could not be written. A server
// that refuses it halfway and hangs up has often told why.
func (c *conn) lostDuring(whole bool, cause error) delivery.Reply {
	c.broken = true
	c.deadline(earlyAnswer)
	if a, err := readAnswer(c.text.R); err == nil && a.refused() {
		return a.reply(delivery.AtEnd)
	}
	if whole {
		return delivery.Reply{Outcome: delivery.Lost, Step: delivery.AtEnd, Text: why(cause)}
	}
	return notSent(delivery.AtEnd, cause)
}

// lostBefore is the outcome when the connection broke before the message left.
func (c *conn) lostBefore(step delivery.Step, err error) delivery.Reply {
	c.broken = true
	return notSent(step, err)
}

// write sends the commands in one packet.
func (c *conn) write(group ...command) error {
	for _, cmd := range group {
		_, _ = c.text.W.WriteString(cmd.line) // a bufio.Writer keeps its error until Flush
		_, _ = c.text.W.WriteString("\r\n")
	}
	return c.text.W.Flush()
}

func notSent(step delivery.Step, err error) delivery.Reply {
	return delivery.Reply{Outcome: delivery.NotSent, Step: step, Text: why(err)}
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
