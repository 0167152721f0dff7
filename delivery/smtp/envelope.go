package smtp

import (
	"slices"
	"strings"

	"keur/delivery"
)

// command is one line of an envelope and the step that it belongs to.
type command struct {
	step delivery.Step
	line string
}

const stepReset delivery.Step = "RSET"

// envelope is whom a message is from and for. The zero value is none.
type envelope struct{ from, to string }

func envelopeOf(m delivery.Message) envelope { return envelope{m.ReturnPath, m.Recipient} }

func (e envelope) empty() bool { return e.to == "" }

// wants reports whether the answer lets the transaction go on.
func (cmd command) wants(a answer) bool {
	if cmd.step == delivery.AtData {
		return a.code == 354
	}
	return a.positive()
}

// check withholds what may not go on the gomail.
func (c *conn) check(m delivery.Message) (delivery.Reply, bool) {
	switch {
	case !envelopeSafe(m.ReturnPath):
		return withhold(delivery.AtMail, delivery.BadSender, "the return path is not an address"), false
	case m.Recipient == "" || !envelopeSafe(m.Recipient):
		return withhold(delivery.AtRcpt, delivery.BadRecipient, "the recipient is not an address"), false
	case envelopeOf(m).needsUTF8() && !c.utf8:
		return withhold(delivery.AtRcpt, delivery.NoSMTPUTF8,
			"the address goes beyond ASCII, and the server takes no such addresses (SMTPUTF8)"), false
	}
	return delivery.Reply{}, true
}

// withhold is the outcome of a message that we don't let out ourselves. It has
// no code, as no server gave one.
func withhold(step delivery.Step, why delivery.Withheld, text string) delivery.Reply {
	return delivery.Reply{Outcome: delivery.OutcomeWithheld, Step: step, Withheld: why, Text: "not sent: " + text}
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
func (e envelope) needsUTF8() bool {
	beyond := func(r rune) bool { return r > 0x7e }
	return strings.ContainsFunc(e.to, beyond) || strings.ContainsFunc(e.from, beyond)
}

// commands returns the envelope's commands.
func (c *conn) commands(e envelope) []command {
	from := "MAIL FROM:<" + e.from + ">"
	if c.eightBit {
		from += " BODY=8BITMIME"
	}
	if e.needsUTF8() {
		from += " SMTPUTF8"
	}
	return []command{
		{delivery.AtMail, from},
		{delivery.AtRcpt, "RCPT TO:<" + e.to + ">"},
		{delivery.AtData, "DATA"},
	}
}

// announce brings the envelope of m to the server, unless it has it already,
// and reports whether the server now waits for the message. If not, reply says
// what became of it.
func (c *conn) announce(m delivery.Message) (reply delivery.Reply, ready bool) {
	group := c.commands(envelopeOf(m))
	if !c.begun.empty() {
		return c.resume(group)
	}
	c.deadline(c.settings.CommandTimeout)
	if c.unfinished {
		group = slices.Insert(group, 0, command{stepReset, "RSET"})
	}
	c.unfinished = true
	answers, err := c.converse(group)
	return c.judge(group, answers, err)
}

// judge says what the answers to a group of commands come to, which end early
// where the connection broke.
func (c *conn) judge(group []command, answers []answer, err error) (reply delivery.Reply, ready bool) {
	c.broken = err != nil
	for i, cmd := range group[:len(answers)] {
		a := answers[i]
		switch {
		case cmd.wants(a):
			continue
		case !a.refused() || cmd.step == stepReset: // out of step with the server: don't guess
			c.broken = true
			return notSent(cmd.step, errNotSMTP), false
		}
		c.abandon(cmd.step, answers[len(answers)-1])
		return a.reply(cmd.step), false // it stands, whatever came after it
	}
	if err != nil {
		return notSent(group[len(answers)].step, err), false
	}
	return delivery.Reply{}, true
}

// converse sends the commands and returns the answers, as far as they came.
//
// With PIPELINING all commands leave in one packet, and every answer is still
// read, because DATA may be answered 354 although its only recipient was
// refused (RFC 2920 §3.1). Without, it ends with the first refusal.
func (c *conn) converse(group []command) ([]answer, error) {
	answers := make([]answer, 0, len(group))
	if c.pipelining {
		if err := c.write(group...); err != nil {
			return answers, err
		}
		return c.answers(group)
	}
	for _, cmd := range group {
		if err := c.write(cmd); err != nil {
			return answers, err
		}
		a, err := readAnswer(c.text.R)
		if err != nil {
			return answers, err
		}
		if answers = append(answers, a); !cmd.wants(a) {
			break
		}
	}
	return answers, nil
}

// answers reads the answers to commands that were sent together, up to one that
// announces the end.
func (c *conn) answers(group []command) ([]answer, error) {
	answers := make([]answer, 0, len(group))
	for range group {
		a, err := readAnswer(c.text.R)
		if err != nil {
			return answers, err
		}
		if answers = append(answers, a); a.closing() {
			break
		}
	}
	return answers, nil
}

// write sends the commands in one packet.
func (c *conn) write(group ...command) error {
	for _, cmd := range group {
		_, _ = c.text.W.WriteString(cmd.line) // a bufio.Writer keeps its error until Flush
		_, _ = c.text.W.WriteString("\r\n")
	}
	return c.text.W.Flush()
}

// abandon ends a transaction that was refused at step and got last as its last
// answer. If the server waits for the message although it refused the
// recipient, a lone dot ends it and nothing is delivered, as RFC 2920 §3.1
// asks. If it was the sender that it refused, a recipient may stand, and an
// empty mail would reach them: then we hang up instead.
func (c *conn) abandon(step delivery.Step, last answer) {
	switch {
	case last.closing():
		c.broken = true
	case last.refused():
	case last.code == 354 && step == delivery.AtRcpt:
		_, _ = c.text.W.Write(endOfData)
		if err := c.text.W.Flush(); err != nil {
			c.broken = true
			return
		}
		a, err := readAnswer(c.text.R)
		c.broken = err != nil || a.closing()
	default:
		c.broken = true
	}
}
