// Package smtp carries deliveries to a mail server: connections that go-mail
// opens, encrypts and signs in, and that are then kept open and driven with
// rendered bytes, each message in one round trip where the server allows it and
// in two elsewhere. It also signs with DKIM.
package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/labels"
)

// Transport dials one route, or of a direct one the receivers' servers.
type Transport struct {
	route    labels.Route
	settings Settings
	tls      *tls.Config
	clock    clock.Clock
	overlap  overlap

	mu    sync.Mutex
	peers map[netip.AddrPort]*overlap // the same of each receiver's server
}

var _ delivery.Transport = (*Transport)(nil)

// New returns a transport over the route, which labels has checked. How many
// connections and how many messages a minute the route bears is for the worker
// to heed.
func New(route labels.Route, settings Settings, now clock.Clock) *Transport {
	return &Transport{route: route, settings: settings.withDefaults(), clock: now, tls: &tls.Config{
		ServerName: route.Host,
		RootCAs:    settings.Authorities,
		MinVersion: tls.VersionTLS12,
		// A person has chosen so for this route.
		InsecureSkipVerify: !route.Verify,
	}}
}

// Dial opens a connection: TCP, TLS as the route demands, EHLO and AUTH.
// Returns Unavailable with a sentence that holds no address and no secret.
func (t *Transport) Dial(ctx context.Context) (delivery.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.settings.DialTimeout)
	defer cancel()

	var line *hello // what go-mail talks over: it leaves the socket open when the greeting, TLS or AUTH goes wrong
	stop := func() bool { return true }
	client, err := mail.NewClient(t.route.Host, t.options(func(inner context.Context, network, address string) (net.Conn, error) {
		opened, err := (&net.Dialer{}).DialContext(inner, network, address)
		if err != nil {
			return nil, err
		}
		line = newHello(opened)
		// go-mail ends inner when it has its session; a server that falls silent
		// before that is cut off by closing the line when ctx ends.
		stop = context.AfterFunc(ctx, func() { _ = opened.Close() })
		if t.route.TLS != "implicit" {
			return line, nil
		}
		secure := tls.Client(line, t.tls)
		return secure, secure.HandshakeContext(inner)
	})...)
	if err != nil {
		return nil, t.dialFault(ctx, err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err == nil {
		err = line.end()
	}
	if !stop() || err != nil {
		if line != nil {
			_ = line.Close()
		}
		return nil, t.dialFault(ctx, cmp.Or(err, ctx.Err()))
	}
	return newConn(t, session, line), nil
}

// options says to go-mail what the route says to us.
func (t *Transport) options(dial mail.DialContextFunc) []mail.Option {
	r := t.route
	options := []mail.Option{
		mail.WithPort(r.Port),
		mail.WithTimeout(t.settings.DialTimeout),
		mail.WithTLSConfig(t.tls),
		mail.WithDialContextFunc(dial),
	}
	if r.EHLOName != "" {
		options = append(options, mail.WithHELO(r.EHLOName))
	}
	switch r.TLS {
	case "implicit":
		options = append(options, mail.WithSSL())
	case "opportunistic":
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	return append(options, signIn(r)...)
}

// dialFault is err as a sentence. The cause is left out: servers quote
// addresses and user names in it, and it would end up in logs.
func (t *Transport) dialFault(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) {
		return fault.Wrap(cause, fault.Unavailable, "delivery.connection_given_up", "server", t.address())
	}
	return fault.New(fault.Unavailable, "delivery.server_unusable", "server", t.address(), "error", redact(brief(err.Error())))
}

func (t *Transport) address() string {
	return net.JoinHostPort(t.route.Host, strconv.Itoa(t.route.Port))
}

// Settings are what a route leaves to us. The zero value is good for mail
// over the internet.
type Settings struct {
	Authorities *x509.CertPool // who may vouch for servers; nil means whom the system trusts

	MaxAge  time.Duration // then a connection is replaced; 0 means 10 minutes
	MaxIdle time.Duration // after a longer pause the server may be gone; 0 means 20 seconds

	DialTimeout    time.Duration // for TCP, greeting, TLS and AUTH together; 0 means 30 seconds
	CommandTimeout time.Duration // for MAIL, RCPT and DATA together; 0 means 5 minutes (RFC 5321 §4.5.3.2)
	DataTimeout    time.Duration // for the message and its answer; 0 means 10 minutes (RFC 5321 §4.5.3.2.6)
}

// withDefaults fills in what was left at zero.
func (s Settings) withDefaults() Settings {
	s.MaxAge = cmp.Or(s.MaxAge, 10*time.Minute)
	s.MaxIdle = cmp.Or(s.MaxIdle, 20*time.Second)
	s.DialTimeout = cmp.Or(s.DialTimeout, 30*time.Second)
	s.CommandTimeout = cmp.Or(s.CommandTimeout, 5*time.Minute)
	s.DataTimeout = cmp.Or(s.DataTimeout, 10*time.Minute)
	return s
}
