package smtp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/smtptest"
	"keur/labels"
)

func peerOf(s *smtptest.Server) smtp.Peer {
	return smtp.Peer{
		Name: "mx.shop.nl", Server: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(s.Port())), EHLOName: "mail1.keur.nl",
		TLS: smtp.Opportunistic,
	}
}

func direct() *smtp.Transport {
	return smtp.New(labels.Route{MessagesPerConnection: 10}, patience(), clock.System{})
}

// How a connection to a receiver's server ends, by what that offers and what its mail
// must have.
func TestTLSOfAReceiversServer(t *testing.T) {
	t.Parallel()
	certificate, _ := smtptest.Certificate(t)
	offers := smtptest.Config{StartTLS: certificate}
	broken := smtptest.Config{StartTLS: &tls.Config{}, Script: func(at smtptest.At) smtptest.Act {
		if at.Step == smtptest.AtStartTLS {
			return smtptest.Act{Reply: "454 4.7.0 no TLS today for you@shop.nl"}
		}
		return smtptest.Act{}
	}}
	stranger := func(tls.ConnectionState) error { return errors.New("nobody vouches for it") }
	for name, test := range map[string]struct {
		server  smtptest.Config
		tls     smtp.Encryption
		verify  func(tls.ConnectionState) error
		secured bool
		fails   smtp.Stage // "": it doesn't
		said    string
	}{
		"opportunistic, offered":     {offers, smtp.Opportunistic, nil, true, "", ""},
		"opportunistic, not offered": {smtptest.Config{}, smtp.Opportunistic, nil, false, "", ""},
		"opportunistic, broken":      {broken, smtp.Opportunistic, nil, false, smtp.Secure, "no TLS today for [address]"},
		"required, offered":          {offers, smtp.Required, nil, true, "", ""},
		"required, not offered":      {smtptest.Config{}, smtp.Required, nil, false, smtp.Secure, "STARTTLS"},
		"required, a stranger":       {offers, smtp.Required, stranger, false, smtp.Secure, "nobody vouches for it"},
		"none, offered":              {offers, smtp.Plain, stranger, false, "", ""},
		"none, broken":               {broken, smtp.Plain, nil, false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.Start(t, test.server)
			peer := peerOf(server)
			peer.TLS, peer.Verify = test.tls, test.verify
			conn, err := direct().DialPeer(t.Context(), peer)
			if test.fails != "" {
				failure, is := errors.AsType[*smtp.Failure](err)
				if !is || failure.Stage != test.fails || !strings.Contains(failure.Error(), test.said) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for range 2 {
				if r := conn.Send(t.Context(), mail("a@example.com")); r.Outcome != delivery.OutcomeAccepted {
					t.Errorf("reply %+v", r)
				}
			}
			commands := server.Commands()
			if !slices.Contains(commands, "EHLO mail1.keur.nl") || slices.Contains(commands, "STARTTLS") != test.secured {
				t.Errorf("%q", commands)
			}
		})
	}
}

// What a server says instead of a greeting is told with its code, and without the
// addresses in it.
func TestWhatAReceiversServerSaysAtTheDoor(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]delivery.Reply{
		"421 4.7.0 too busy":            {Code: 421, Enhanced: "4.7.0", Text: "4.7.0 too busy"},
		"554 5.7.1 no entry for a@b.nl": {Code: 554, Enhanced: "5.7.1", Text: "5.7.1 no entry for [address]"},
		"450 4.2.0 odd \x00\xff":        {Code: 450, Enhanced: "4.2.0", Text: "4.2.0 odd \ufffd\ufffd"},
	} {
		server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
			return smtptest.Act{Reply: said, Drop: at.Step == smtptest.AtConnect}
		}})
		_, err := direct().DialPeer(t.Context(), peerOf(server))
		failure, is := errors.AsType[*smtp.Failure](err)
		want.Outcome, want.Step = delivery.OutcomeDeferred, delivery.AtGreeting
		if !is || failure.Stage != smtp.Hello || failure.Reply != want {
			t.Errorf("%q: %+v", said, failure)
		}
	}
	server := smtptest.Start(t, smtptest.Config{})
	peer := peerOf(server)
	server.Close()
	_, err := direct().DialPeer(t.Context(), peer)
	failure, is := errors.AsType[*smtp.Failure](err)
	if !is || failure.Stage != smtp.Connect || failure.Reply.Code != 0 || strings.Contains(failure.Error(), "127.0.0.1") {
		t.Errorf("nobody listens: %v", err)
	}
}

// A server that never comes to the point isn't listened to for long, whatever it was
// asked, and little is kept of what it said.
func TestAServerThatSaysTooMuch(t *testing.T) {
	t.Parallel()
	certificate, _ := smtptest.Certificate(t)
	lines := func(code string) string { return strings.Repeat(code+"-and more\r\n", 100_000) + code + " done" }
	line := func(code string) string { return code + " " + strings.Repeat("x", 1_000_000) }
	for step, code := range map[smtptest.Step]string{smtptest.AtConnect: "220", smtptest.AtHello: "250", smtptest.AtStartTLS: "220"} {
		for _, reply := range []string{lines(code), line(code)} {
			server := smtptest.Start(t, smtptest.Config{StartTLS: certificate, Script: func(at smtptest.At) smtptest.Act {
				if at.Step == step {
					return smtptest.Act{Reply: reply}
				}
				return smtptest.Act{}
			}})
			_, err := direct().DialPeer(t.Context(), peerOf(server))
			if _, is := errors.AsType[*smtp.Failure](err); !is || !strings.Contains(err.Error(), "not SMTP") {
				t.Errorf("%s, %.10s: %v", step, reply, err)
			}
			if step == smtptest.AtStartTLS { // which a plain route has none of
				continue
			}
			if conn, err := tryDial(t, plain(server), patience()); err == nil || !strings.Contains(err.Error(), "not SMTP") {
				t.Errorf("%s, %.10s, of a relay: %v, %v", step, reply, conn, err)
			}
		}
	}
	server := smtptest.Start(t, smtptest.Config{Script: func(smtptest.At) smtptest.Act {
		return smtptest.Act{Reply: strings.Repeat("554-no\r\n", 1000) + "554 no", Drop: true}
	}})
	_, err := direct().DialPeer(t.Context(), peerOf(server))
	f, is := errors.AsType[*smtp.Failure](err)
	if !is || f.Reply.Code != 554 || len(f.Reply.Text) > 500 || strings.Contains(f.Reply.Text, "\n") {
		t.Errorf("%.1000v", err)
	}
}

// A connection that is given up is no fault of the server's.
func TestGivingUpAReceiversServer(t *testing.T) {
	t.Parallel()
	came, held := make(chan struct{}), make(chan struct{})
	defer close(held)
	server := smtptest.Start(t, smtptest.Config{Script: func(at smtptest.At) smtptest.Act {
		if at.Step != smtptest.AtConnect {
			return smtptest.Act{}
		}
		close(came)
		return smtptest.Act{Wait: held}
	}})
	ctx, giveUp := context.WithCancel(t.Context())
	go func() {
		<-came
		giveUp()
	}()
	if _, err := direct().DialPeer(ctx, peerOf(server)); !errors.Is(err, context.Canceled) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}

// The connection comes from the address that is asked for.
func TestTheSourceOfAConnection(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	from := make(chan netip.Addr, 1)
	go func() {
		line, err := listener.Accept()
		if err != nil {
			close(from)
			return
		}
		from <- line.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
		_ = line.Close()
	}()
	source := netip.MustParseAddr("127.0.0.9")
	_, _ = direct().DialPeer(t.Context(), smtp.Peer{Server: netip.MustParseAddrPort(listener.Addr().String()), Source: source})
	if got := <-from; got.Unmap() != source {
		t.Errorf("it came from %s", got)
	}
}
