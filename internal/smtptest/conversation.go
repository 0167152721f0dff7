package smtptest

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
)

// maxMail bounds one message.
const maxMail = 16 << 20

// errOver ends a conversation.
var errOver = errors.New("the conversation is over")

// conversation is one connection and the transaction that is open on it.
type conversation struct {
	server  *Server
	n       int
	line    net.Conn
	in      *bufio.Reader
	out     *bufio.Writer
	secure  bool
	message int
	from    string
	opened  bool // MAIL was taken
	to      []string
}

// run answers commands until somebody hangs up.
func (c *conversation) run() {
	err := c.act(c.at(AtConnect), "220 test.invalid ESMTP")
	for err == nil {
		var line string
		if line, err = c.read(); err == nil {
			err = c.command(line)
		}
	}
}

func (c *conversation) at(step Step) At { return At{Step: step, Conn: c.n, Message: c.message} }

// act does what the script wants at this step, else gives the ordinary
// answer. Returns errOver when the script hung up.
func (c *conversation) act(at At, ordinary string) error {
	_, err := c.decide(at, ordinary)
	return err
}

// decide is act for steps that go on only if the answer was good: it returns
// the answer that was given.
func (c *conversation) decide(at At, ordinary string) (string, error) {
	act := c.server.config.Script(at)
	c.hold(act)
	if act.Reply == "" && act.Drop {
		_ = c.out.Flush()
		return "", errOver
	}
	answer := ordinary
	if act.Reply != "" {
		answer = act.Reply
	}
	if answer == "" { // a step without an answer of its own
		return "", nil
	}
	err := c.say(answer)
	if act.Drop {
		_ = c.out.Flush()
		err = errOver
	}
	return answer, err
}

// hold waits if the script wants it, but not beyond the server's own end.
func (c *conversation) hold(act Act) {
	if act.Wait == nil {
		return
	}
	_ = c.out.Flush()
	select {
	case <-act.Wait:
	case <-c.server.done:
	}
}

// say answers, and sends it off only when no further command waits, as a
// server with PIPELINING does.
func (c *conversation) say(answer string) error {
	if _, err := c.out.WriteString(strings.ReplaceAll(answer, "\n", "\r\n") + "\r\n"); err != nil {
		return err
	}
	if c.in.Buffered() > 0 {
		return nil
	}
	return c.out.Flush()
}

// read returns one line without its end.
func (c *conversation) read() (string, error) {
	if c.in.Buffered() == 0 {
		if err := c.out.Flush(); err != nil {
			return "", err
		}
	}
	line, err := c.in.ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n"), err
}

func (c *conversation) command(line string) error {
	c.server.heard(line)
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return c.act(c.at(AtHello), c.greeting())
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		return c.mail(rest)
	case "RCPT":
		return c.rcpt(rest)
	case "DATA":
		return c.data()
	case "RSET":
		c.reset()
		return c.act(c.at(AtReset), "250 2.0.0 reset")
	case "NOOP":
		return c.say("250 2.0.0 ok")
	case "QUIT":
		_ = c.act(c.at(AtQuit), "221 2.0.0 bye")
		_ = c.out.Flush()
		return errOver
	default:
		return c.say("500 5.5.1 unknown command")
	}
}

func (c *conversation) greeting() string {
	lines := append([]string{"test.invalid"}, c.server.config.Extensions...)
	if c.server.config.StartTLS != nil && !c.secure {
		lines = append(lines, "STARTTLS")
	}
	if c.server.config.Users != nil {
		lines = append(lines, "AUTH "+strings.Join(c.mechanisms(), " "))
	}
	last := len(lines) - 1
	for i := range lines {
		if i == last {
			lines[i] = "250 " + lines[i]
		} else {
			lines[i] = "250-" + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

func (c *conversation) startTLS() error {
	answer, err := c.decide(c.at(AtStartTLS), "220 2.0.0 go ahead")
	if err != nil || answer[0] != '2' {
		return err
	}
	secure := tls.Server(c.line, c.server.config.StartTLS)
	if err := secure.Handshake(); err != nil {
		return err
	}
	c.talkOver(secure)
	c.secure = true
	return nil
}

func (c *conversation) mail(rest string) error {
	if c.opened {
		return c.say("503 5.5.1 nested MAIL command")
	}
	c.message++
	at := c.at(AtMail)
	at.Address = bracketed(rest)
	answer, err := c.decide(at, "250 2.1.0 ok")
	c.opened, c.from = strings.HasPrefix(answer, "2"), at.Address
	return err
}

func (c *conversation) rcpt(rest string) error {
	if !c.opened {
		return c.say("503 5.5.1 MAIL first")
	}
	at := c.at(AtRcpt)
	at.Address = bracketed(rest)
	answer, err := c.decide(at, "250 2.1.5 ok")
	if strings.HasPrefix(answer, "2") {
		c.to = append(c.to, at.Address)
	}
	return err
}

// data takes a message. Without a recipient it answers 554, unless the script
// insists on 354: then the message is read and refused.
func (c *conversation) data() error {
	ordinary := "354 go on"
	if len(c.to) == 0 {
		ordinary = "554 5.5.1 no valid recipients"
	}
	answer, err := c.decide(c.at(AtData), ordinary)
	if err != nil || !strings.HasPrefix(answer, "354") {
		return err
	}
	body, err := c.payload()
	if err != nil {
		return err
	}
	return c.taken(body)
}

// taken answers the final dot. A mail counts when the answer is good, and also
// when the script hangs up instead: that is the doubt a sender must keep.
func (c *conversation) taken(body string) error {
	defer c.reset()
	if len(c.to) == 0 {
		return c.say("554 5.5.1 no valid recipients")
	}
	at := c.at(AtEnd)
	at.Mail = Mail{From: c.from, To: strings.Join(c.to, ","), MessageID: messageID(body), Data: body}
	act := c.server.config.Script(at)
	if act.Reply == "" || act.Reply[0] == '2' {
		// Before the answer: whoever reads it finds the mail counted.
		c.server.took(at.Mail)
	}
	c.hold(act)
	var err error
	if act.Reply != "" || !act.Drop {
		err = c.say(cmp.Or(act.Reply, fmt.Sprintf("250 2.0.0 Ok: queued as T%d.%d", c.n, c.message)))
		_ = c.out.Flush()
	}
	if act.Drop {
		return errOver
	}
	return err
}

// payload reads up to the final dot.
func (c *conversation) payload() (string, error) {
	var body strings.Builder
	for first := true; ; first = false {
		line, err := c.read()
		if err != nil {
			return "", err
		}
		if first {
			if err := c.act(c.at(AtPayload), ""); err != nil {
				return "", err
			}
		}
		if line == "." {
			return body.String(), nil
		}
		if body.Len() > maxMail {
			return "", errOver
		}
		body.WriteString(strings.TrimPrefix(line, "."))
		body.WriteString("\r\n")
	}
}

func (c *conversation) reset() { c.from, c.opened, c.to = "", false, nil }

// bracketed returns what stands between < and the last > of the address part.
func bracketed(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

// messageID returns the Message-ID of a mail, without its brackets.
func messageID(data string) string {
	header, _, _ := strings.Cut(data, "\r\n\r\n")
	for line := range strings.SplitSeq(header, "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(name, "Message-ID") {
			return strings.Trim(value, " <>")
		}
	}
	return ""
}
