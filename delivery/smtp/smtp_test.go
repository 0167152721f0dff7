package smtp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/smtptest"
	"keur/labels"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mail is a small message to the recipient.
func mail(to string) delivery.Message {
	return delivery.Message{
		ReturnPath: "b+x.y@bounce.example",
		Recipient:  to,
		Data:       []byte("From: a@example.com\r\nTo: " + to + "\r\nMessage-ID: <1@example.com>\r\n\r\nHallo\r\n.\r\n..stip\r\n"),
	}
}

// plain is a route to the server without TLS.
func plain(s *smtptest.Server) labels.Route {
	return labels.Route{
		Name: "test", Host: "127.0.0.1", Port: s.Port(), TLS: "none", Verify: true, Auth: "none",
		EHLOName: "keur.example", Connections: 1, MessagesPerConnection: 1000,
	}
}

// patience keeps a test that goes wrong from hanging.
func patience() smtp.Settings {
	return smtp.Settings{DialTimeout: 5 * time.Minute, CommandTimeout: 5 * time.Minute, DataTimeout: 5 * time.Minute}
}

// dial opens a connection over the route that closes with the test.
func dial(t testing.TB, r labels.Route) delivery.Conn {
	t.Helper()
	return dialWith(t, r, patience())
}

func dialWith(t testing.TB, r labels.Route, settings smtp.Settings) delivery.Conn {
	t.Helper()
	conn, err := tryDial(t, r, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func tryDial(t testing.TB, r labels.Route, settings smtp.Settings) (delivery.Conn, error) {
	t.Helper()
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return smtp.New(r, settings, clock.System{}).Dial(t.Context())
}

// both runs the test against a server with PIPELINING and one without.
func both(t *testing.T, test func(t *testing.T, extensions []string)) {
	t.Helper()
	t.Run("pipelining", func(t *testing.T) {
		t.Parallel()
		test(t, []string{"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"})
	})
	t.Run("step by step", func(t *testing.T) {
		t.Parallel()
		test(t, []string{"8BITMIME", "ENHANCEDSTATUSCODES"})
	})
}

func TestSendKeepsTheConnectionAndTheBytes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, extensions []string) {
		server := smtptest.Start(t, smtptest.Config{Extensions: extensions})
		conn := dial(t, plain(server))
		for _, to := range []string{"a@example.com", "b@example.com", "c@example.com"} {
			r := conn.Send(t.Context(), mail(to))
			if r.Outcome != delivery.OutcomeAccepted || r.Code != 250 || !strings.HasPrefix(r.QueueID, "T1.") {
				t.Fatalf("reply %+v", r)
			}
		}
		mails := server.Mails()
		if len(mails) != 3 || server.Conns() != 1 || !conn.Healthy() {
			t.Fatalf("%d mails over %d connections", len(mails), server.Conns())
		}
		if got, want := mails[2].Data, string(mail("c@example.com").Data); got != want {
			t.Errorf("arrived as %q, want %q", got, want)
		}
		if mails[0].From != "b+x.y@bounce.example" || mails[0].MessageID != "1@example.com" {
			t.Errorf("envelope %+v", mails[0])
		}
		if hello := server.Commands()[0]; hello != "EHLO keur.example" {
			t.Errorf("greeted with %q", hello)
		}
	})
}

func TestLargeMessage(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Config{})
	conn := dial(t, plain(server))
	m := mail("a@example.com")
	m.Data = append(m.Data, strings.Repeat(".een regel met een punt\r\n", 5000)...)
	m.Data = append(m.Data, "zonder regeleinde"...)
	if r := conn.Send(t.Context(), m); r.Outcome != delivery.OutcomeAccepted {
		t.Fatalf("reply %+v", r)
	}
	if got := server.Mails()[0].Data; got != string(m.Data)+"\r\n" {
		t.Errorf("%d bytes arrived of %d", len(got), len(m.Data))
	}
}

func TestDialFaults(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(smtptest.At) smtptest.Act{
		"busy": func(at smtptest.At) smtptest.Act { return smtptest.Act{Reply: "554 5.7.1 go away, me@example.com"} },
		"mute": func(at smtptest.At) smtptest.Act { return smtptest.Act{Drop: true} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, smtptest.Config{Script: script})
			_, err := tryDial(t, plain(server), patience())
			if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "me@") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDialHeedsItsContext(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtHello {
			close(reached)
			return smtptest.Act{Wait: make(chan struct{})}
		}
		return smtptest.Act{}
	}})
	transport := smtp.New(plain(server), patience(), clock.System{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	if _, err := transport.Dial(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}
