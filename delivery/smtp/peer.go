package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail/smtp"

	"keur/delivery"
	"keur/internal/fault"
)

// Peer is one receiver's server, and how it is called.
type Peer struct {
	Name     string         // of its MX
	Server   netip.AddrPort // where it is
	Source   netip.Addr     // of ours; the zero value leaves it to the system
	EHLOName string         // what we call ourselves from there; empty: the machine's name
	TLS      Encryption
	Verify   func(tls.ConnectionState) error // what its certificate must be; nil: any will do
}

// Encryption is how mail to a server is kept from being read on its way.
type Encryption string

// The kinds.
const (
	Plain         Encryption = "none"          // in the open, whatever is offered
	Opportunistic Encryption = "opportunistic" // encrypted where that is offered
	Required      Encryption = "required"      // encrypted, or not at all
)

// Failure is how far a connection to a peer came, and what it said then.
type Failure struct {
	Stage Stage
	Reply delivery.Reply // its code is 0 where the server said nothing
}

// Error is a sentence without addresses.
func (f *Failure) Error() string { return string(f.Stage) + ": " + f.Reply.Text }

// errNoTLS is of a server that has to offer STARTTLS.
var errNoTLS = errors.New("the server offers no encryption (STARTTLS), which its mail must have")

// DialPeer opens a connection to a receiver's own server: TCP, greeting, EHLO and
// TLS as asked for. An error is a *Failure, or says that ctx ended.
func (t *Transport) DialPeer(ctx context.Context, p Peer) (delivery.Conn, error) {
	within, cancel := context.WithTimeout(ctx, t.settings.DialTimeout)
	defer cancel()
	opened, err := dialFrom(within, p)
	if err != nil {
		return nil, t.failure(ctx, Connect, err)
	}
	line := newHello(opened)
	stop := context.AfterFunc(within, func() { _ = line.Close() })
	session, stage, err := t.greet(p, line)
	err = cmp.Or(err, line.end())
	if !stop() || err != nil {
		_ = line.Close()
		return nil, t.failure(ctx, stage, cmp.Or(err, within.Err()))
	}
	c := newConn(t, session, line)
	c.overlap = t.overlapOf(p.Server)
	return c, nil
}

// connectTimeout is how long a server has to take a connection: a name may have
// many, of which some are gone.
const connectTimeout = 15 * time.Second

// dialFrom connects from the peer's source.
func dialFrom(ctx context.Context, p Peer) (net.Conn, error) {
	dialer := net.Dialer{Timeout: connectTimeout}
	if p.Source.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(p.Source, 0))
	}
	return dialer.DialContext(ctx, "tcp", p.Server.String())
}

// greet makes a line ready for its first MAIL. The stage is the last that began.
func (t *Transport) greet(p Peer, line net.Conn) (session *gomail.Client, stage Stage, err error) {
	if session, err = gomail.NewClient(line, p.Name); err != nil {
		return nil, Hello, err
	}
	name, err := greetingName(p.EHLOName)
	if err != nil {
		return nil, Hello, err
	}
	if err := session.Hello(name); err != nil {
		return nil, Hello, err
	}
	offered, _ := session.Extension("STARTTLS")
	switch {
	case p.TLS == Plain, p.TLS == Opportunistic && !offered:
		return session, Hello, nil
	case !offered:
		return nil, Secure, errNoTLS
	}
	return session, Secure, session.StartTLS(t.peerTLS(p))
}

// peerTLS has a certificate be judged by the peer's own rule alone: who takes mail
// of strangers need not have one that anybody vouches for (RFC 7435).
func (t *Transport) peerTLS(p Peer) *tls.Config {
	return &tls.Config{
		ServerName: p.Name, MinVersion: tls.VersionTLS12, RootCAs: t.settings.Authorities,
		InsecureSkipVerify: true, VerifyConnection: p.Verify,
	}
}

// failure is err as what the server said, or as a sentence of ours.
func (t *Transport) failure(ctx context.Context, stage Stage, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) {
		return fault.Wrap(cause, fault.Unavailable, "delivery.connection_given_up", "server", "")
	}
	reply := delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtGreeting}
	if said, is := errors.AsType[*textproto.Error](err); is {
		a := answer{code: said.Code, text: brief(said.Msg)}
		reply.Code, reply.Enhanced, reply.Text = a.code, enhanced(a), redact(a.text)
		return &Failure{stage, reply}
	}
	reply.Text = why(err)
	if errors.Is(err, errNoTLS) || stage == Secure && !errors.Is(err, net.ErrClosed) {
		reply.Text = redact(brief(err.Error())) // a certificate may have any number of names
	}
	return &Failure{stage, reply}
}

// overlapOf is what is known of a peer's server. Only who doesn't bear overlapping
// needs to be remembered, so that nothing is lost by forgetting all.
func (t *Transport) overlapOf(server netip.AddrPort) *overlap {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.peers) >= mostPeers {
		clear(t.peers)
	}
	if t.peers[server] == nil {
		if t.peers == nil {
			t.peers = map[netip.AddrPort]*overlap{}
		}
		t.peers[server] = &overlap{}
	}
	return t.peers[server]
}

// mostPeers is of how many servers it is remembered.
const mostPeers = 10_000
