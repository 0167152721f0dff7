package smtp_test

import (
	"strings"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/smtptest"
)

func TestNothingUnsafeGoesOnTheWire(t *testing.T) {
	t.Parallel()
	message := func(change func(*delivery.Message)) delivery.Message {
		m := mail("a@example.com")
		change(&m)
		return m
	}
	for name, test := range map[string]struct {
		mail delivery.Message
		want delivery.Withheld
	}{
		"no recipient": {message(func(m *delivery.Message) { m.Recipient = "" }), delivery.BadRecipient},
		"recipient with a line": {message(func(m *delivery.Message) {
			m.Recipient = "a@b.nl>\r\nRCPT TO:<c@d.nl"
		}), delivery.BadRecipient},
		"recipient with options": {message(func(m *delivery.Message) { m.Recipient = "a@b.nl> NOTIFY=NEVER" }), delivery.BadRecipient},
		"long recipient": {message(func(m *delivery.Message) {
			m.Recipient = strings.Repeat("a", 250) + "@b.nl1"
		}), delivery.BadRecipient},
		"return path":   {message(func(m *delivery.Message) { m.ReturnPath = "a b" }), delivery.BadSender},
		"beyond ASCII":  {message(func(m *delivery.Message) { m.Recipient = "zoë@example.com" }), delivery.NoSMTPUTF8},
		"bare LF":       {message(func(m *delivery.Message) { m.Data = []byte("Subject: x\n\nHoi\n.\n") }), delivery.BadMessage},
		"bare CR":       {message(func(m *delivery.Message) { m.Data = []byte("Subject: x\r\n\r\nHoi\r.\r\n") }), delivery.BadMessage},
		"CR at the end": {message(func(m *delivery.Message) { m.Data = []byte("Subject: x\r\n\r\nHoi\r") }), delivery.BadMessage},
		"LF first":      {message(func(m *delivery.Message) { m.Data = []byte("\nHoi\r\n") }), delivery.BadMessage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, smtptest.Config{})
			conn := dial(t, plain(server))
			r := conn.Send(t.Context(), test.mail)
			if r.Outcome != delivery.OutcomeWithheld || r.Withheld != test.want || r.Code != 0 || !strings.HasPrefix(r.Text, "not sent: ") {
				t.Errorf("reply %+v", r)
			}
			if r := conn.Send(t.Context(), mail("b@example.com")); r.Outcome != delivery.OutcomeAccepted {
				t.Errorf("the next one: %+v", r)
			}
			if commands := server.Commands(); len(commands) != 4 {
				t.Errorf("said %q", commands)
			}
		})
	}
}

func TestSMTPUTF8OnlyWhereItIsNeeded(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{Extensions: []string{"PIPELINING", "SMTPUTF8", "8BITMIME"}})
	conn := dial(t, plain(server))
	for _, to := range []string{"a@example.com", "zoë@example.com"} {
		if r := conn.Send(t.Context(), mail(to)); r.Outcome != delivery.OutcomeAccepted {
			t.Fatalf("%s: %+v", to, r)
		}
	}
	var said []string
	for _, line := range server.Commands() {
		if strings.HasPrefix(line, "MAIL") {
			said = append(said, line)
		}
	}
	if strings.Contains(said[0], "SMTPUTF8") || !strings.HasSuffix(said[1], " SMTPUTF8") {
		t.Errorf("said %q", said)
	}
}

func TestNullSender(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{})
	m := mail("a@example.com")
	m.ReturnPath = ""
	if r := dial(t, plain(server)).Send(t.Context(), m); r.Outcome != delivery.OutcomeAccepted {
		t.Errorf("reply %+v", r)
	}
	if line := server.Commands()[1]; line != "MAIL FROM:<> BODY=8BITMIME" {
		t.Errorf("said %q", line)
	}
}

func TestAConnectionIsReplacedInTime(t *testing.T) {
	t.Parallel()
	for name, wear := range map[string]func(t *testing.T, now *clock.Fake, conn delivery.Conn){
		"messages": func(t *testing.T, _ *clock.Fake, conn delivery.Conn) {
			conn.Send(t.Context(), mail("b@example.com"))
		},
		"idle": func(_ *testing.T, now *clock.Fake, _ delivery.Conn) { now.Add(21 * time.Second) },
		"age": func(t *testing.T, now *clock.Fake, conn delivery.Conn) {
			now.Add(15 * time.Second)
			if !conn.Healthy() {
				t.Error("a short pause is no reason")
			}
			now.Add(10 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, smtptest.Config{})
			route := plain(server)
			route.MessagesPerConnection = 2
			now := clock.NewFake(time.Now())
			conn, err := smtp.New(route, patience(), now).Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.Send(t.Context(), mail("a@example.com"))
			if !conn.Healthy() {
				t.Fatal("worn out after one message")
			}
			wear(t, now, conn)
			if conn.Healthy() {
				t.Error("still healthy")
			}
		})
	}
}

func TestCloseTakesLeave(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{})
	conn := dial(t, plain(server))
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := conn.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if commands := server.Commands(); commands[len(commands)-1] != "QUIT" || conn.Healthy() {
		t.Errorf("said %q", commands)
	}
}
