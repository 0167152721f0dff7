package direct

import (
	"crypto/tls"
	"testing"

	"keur/delivery"
	"keur/internal/smtptest"
)

// Broken encryption is remembered where mail may go without, and keeps mail back where
// it may not.
func TestEncryption(t *testing.T) {
	t.Parallel()
	certificate, _ := smtptest.Certificate(t)
	s := newStage(t, `
broken.nl.     MX 10 mx.broken.nl.
mx.broken.nl.  A  127.0.6.1
good.nl.       MX 10 mx.good.nl.
mx.good.nl.    A  127.0.6.2
plain.nl.      MX 10 mx.plain.nl.
mx.plain.nl.   A  127.0.6.3
`)
	broken := s.server("127.0.6.1", smtptest.Config{StartTLS: &tls.Config{}})
	good, plain := s.server("127.0.6.2", smtptest.Config{StartTLS: certificate}), s.server("127.0.6.3", smtptest.Config{})
	for _, to := range []string{"a@broken.nl", "b@broken.nl", "a@good.nl", "a@plain.nl"} {
		if r := s.send(to); r.Outcome != delivery.OutcomeAccepted {
			t.Errorf("%s: %+v", to, r)
		}
	}
	if began(broken) != 1 || began(good) != 1 || broken.Conns() != 3 {
		t.Errorf("encryption was begun %d and %d times, over %d connections", began(broken), began(good), broken.Conns())
	}
	s.now.Add(brokenFor)
	if s.send("c@broken.nl"); began(broken) != 2 {
		t.Error("encryption isn't tried again")
	}
	s.with(Settings{Inside: true, TLS: func(string) string { return "required" }})
	for _, to := range []string{"d@broken.nl", "b@plain.nl"} {
		if r := s.send(to); r.Outcome != delivery.OutcomeDeferred || r.Enhanced != "4.7.5" {
			t.Errorf("%s, which must be encrypted: %+v", to, r)
		}
	}
	if r := s.send("b@good.nl"); r.Outcome != delivery.OutcomeAccepted || began(good) != 2 || len(plain.Mails()) != 1 {
		t.Errorf("%+v", r)
	}
}

// A server that can't be talked to now, encrypted or not, isn't one whose encryption is
// broken: its mail would be read on its way for days.
func TestEncryptionIsntGivenUpForAServerInTrouble(t *testing.T) {
	t.Parallel()
	certificate, _ := smtptest.Certificate(t)
	s := newStage(t, "shop.nl. MX 10 mx.nl.\nmx.nl. A 127.0.8.1\n")
	server := s.server("127.0.8.1", smtptest.Config{StartTLS: certificate, Script: func(at smtptest.At) smtptest.Act {
		switch {
		case at.Conn == 1 && at.Step == smtptest.AtStartTLS:
			return smtptest.Act{Drop: true}
		case at.Conn == 2 && at.Step == smtptest.AtConnect:
			return smtptest.Act{Reply: "421 4.3.2 shutting down", Drop: true}
		}
		return smtptest.Act{}
	}})
	for _, want := range []delivery.Outcome{delivery.OutcomeDeferred, delivery.OutcomeAccepted} {
		if r := s.send("a@shop.nl"); r.Outcome != want {
			t.Errorf("%+v", r)
		}
	}
	if n := began(server); n != 2 {
		t.Errorf("encryption was begun %d times", n)
	}
}

// What a server says of encryption for now is about now: whoever could make it say so
// once would have its mail in the open for days.
func TestEncryptionThatFailsForNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	certificate, _ := smtptest.Certificate(t)
	for reply, first := range map[string]delivery.Outcome{
		"421 4.3.2 shutting down":     delivery.OutcomeDeferred,
		"454 4.7.0 TLS not available": delivery.OutcomeAccepted,
	} {
		s := newStage(t, "shop.nl. MX 10 mx.nl.\nmx.nl. A 127.0.8.2\n")
		server := s.server("127.0.8.2", smtptest.Config{StartTLS: certificate, Script: func(at smtptest.At) smtptest.Act {
			if at.Conn == 1 && at.Step == smtptest.AtStartTLS {
				return smtptest.Act{Reply: reply}
			}
			return smtptest.Act{}
		}})
		for n, want := range []delivery.Outcome{first, delivery.OutcomeAccepted} {
			if r := s.send("a@shop.nl"); r.Outcome != want {
				t.Errorf("%s: mail %d: %+v", reply, n+1, r)
			}
		}
		if n := began(server); n != 2 {
			t.Errorf("%s: encryption was begun %d times", reply, n)
		}
	}
}

// TestOneMailLeavesWithoutEncryptionThatFailsForNow, and not all that its connection would
// carry.
func TestOneMailLeavesWithoutEncryptionThatFailsForNow(t *testing.T) {
	t.Parallel()
	certificate, _ := smtptest.Certificate(t)
	s := newStage(t, "shop.nl. MX 10 mx.nl.\nmx.nl. A 127.0.8.3\n")
	s.server("127.0.8.3", smtptest.Config{StartTLS: certificate, Script: func(at smtptest.At) smtptest.Act {
		if at.Conn == 1 && at.Step == smtptest.AtStartTLS {
			return smtptest.Act{Reply: "454 4.7.0 TLS not available"}
		}
		return smtptest.Act{}
	}})
	for _, encrypted := range []bool{false, true} {
		conn, err := s.Sites(t.Context(), []string{"shop.nl"})[0].Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if r := conn.Send(t.Context(), mail("a@shop.nl")); r.Outcome != delivery.OutcomeAccepted {
			t.Fatalf("%+v", r)
		}
		if conn.Healthy() != encrypted {
			t.Errorf("encrypted is %v, and that it carries another mail %v", encrypted, !encrypted)
		}
	}
}

// began is how often encryption was begun with a server.
func began(server *smtptest.Server) (n int) {
	for _, line := range server.Commands() {
		if line == "STARTTLS" {
			n++
		}
	}
	return n
}
