package direct

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"slices"
	"time"

	"keur/delivery"
	"keur/delivery/mx"
	"keur/delivery/smtp"
	"keur/internal/links"
)

// mostCalls is how many addresses of a site are called for one connection.
const mostCalls = 5

// site is the servers that take the mail of a domain.
type site struct {
	transport *Transport
	key, mx   string
	servers   mx.Servers
	err       error   // there are none
	policy    *policy // nil: the domain has none
}

func (s *site) Key() string { return s.key }
func (s *site) MX() string  { return s.mx }

// Dial calls the servers in their order until one takes mail. Where none does, the
// connection says so of each message: nothing of it has left.
func (s *site) Dial(ctx context.Context) (delivery.Conn, error) {
	if s.err != nil {
		return s.refusing(refusal(s.err)), nil
	}
	memory := s.transport.memory
	if reply, known := memory.closed(s.key); known {
		return s.refusing(reply), nil
	}
	if err := s.transport.sources.look(); err != nil {
		return nil, err
	}
	last := nowhere
	for _, target := range s.targets(ctx, &last) {
		conn, failure, err := s.call(ctx, target)
		if failure == nil {
			return conn, err
		}
		if failure.Stage == smtp.Connect {
			memory.unreachable(target.at)
		}
		// What a server said tells more than that another said nothing.
		if failure.Reply.Code != 0 || last.Code == 0 {
			last = replyOf(failure)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if last.Code == 0 {
		memory.close(s.key, last)
	}
	return s.refusing(last), nil
}

// nowhere is what becomes of mail to servers of which none has an address.
var nowhere = delivery.Reply{
	Outcome: delivery.OutcomeDeferred, Step: delivery.AtGreeting, Enhanced: "4.4.4",
	Text: "not sent: the domain's mail servers have no address on the internet",
}

// replyOf is what becomes of the mail for which a server was called in vain: a
// server may take it another time, whatever it says to who calls.
func replyOf(f *smtp.Failure) delivery.Reply {
	r := f.Reply
	if r.Code != 0 {
		return r
	}
	if r.Enhanced != "" { // it is in our words already
		return r
	}
	r.Enhanced, r.Text = "4.4.1", "not sent: no mail server of the domain could be reached: "+r.Text
	if f.Stage == smtp.Secure {
		r.Enhanced, r.Text = "4.7.5", "not sent: no encrypted connection: "+f.Reply.Text
	}
	return r
}

// unnamed is what becomes of mail to a domain of which no server is one that it names
// itself.
var unnamed = delivery.Reply{
	Outcome: delivery.OutcomeDeferred, Step: delivery.AtGreeting, Enhanced: "4.7.5",
	Text: "not sent: the domain's policy (MTA-STS) names none of the mail servers that DNS has for it",
}

// target is an address of a server.
type target struct {
	server mx.Server
	at     netip.AddrPort
	secure bool // DNS says so, all the way
}

// targets are the addresses to call, in their order, those last that couldn't be
// reached a moment ago. What keeps others from being called goes to why.
func (s *site) targets(ctx context.Context, why *delivery.Reply) []target {
	t := s.transport
	var found []target
	for _, server := range s.servers.Order() {
		if s.policy.enforced() && !s.policy.names(server.Name) {
			*why = unnamed
			continue
		}
		addresses, err := t.settings.Finder.Addresses(ctx, server.Name)
		if errors.Is(err, mx.ErrUnanswered) {
			*why = refusal(err)
		}
		for _, at := range addresses.All {
			if t.sources.reach(at) && (t.settings.Inside || links.Public(at)) {
				found = append(found, target{server, netip.AddrPortFrom(at, uint16(t.route.Port)), s.servers.Secure && addresses.Secure})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b target) int {
		return cmp.Compare(t.memory.reachable(b.at), t.memory.reachable(a.at))
	})
	return found[:min(len(found), mostCalls)]
}

// call calls one address. A server that can't encrypt, where it needn't, is called once
// more without: for one mail, or, where its encryption is broken, for the next days at once.
func (s *site) call(ctx context.Context, to target) (delivery.Conn, *smtp.Failure, error) {
	t := s.transport
	peer := smtp.Peer{Name: to.server.Name, Server: to.at, TLS: t.encryption(to.server.Name)}
	peer.Source, peer.EHLOName = t.sources.next(to.at.Addr())
	if s.policy.enforced() {
		peer.TLS = smtp.Required
		peer.Verify = func(state tls.ConnectionState) error {
			return vouched(t.settings.SMTP.Authorities, to.server.Name, state.PeerCertificates)
		}
	}
	if err := t.known(ctx, to, &peer); err != nil {
		return nil, &smtp.Failure{Stage: smtp.Secure, Reply: refusal(err)}, nil
	}
	if peer.TLS == smtp.Opportunistic && t.memory.broken(to.at) {
		peer.TLS = smtp.Plain
	}
	conn, err := t.calls.DialPeer(ctx, peer)
	failure, failed := errors.AsType[*smtp.Failure](err)
	if failed && failure.Stage == smtp.Secure && peer.TLS == smtp.Opportunistic && failure.Reply.Code != closes {
		passes := failure.Reply.Code/100 == 4
		peer.TLS = smtp.Plain
		conn, err = t.calls.DialPeer(ctx, peer)
		failure, _ = errors.AsType[*smtp.Failure](err)
		switch bounded, is := conn.(delivery.Bounded); {
		case err != nil: // it may be the server that is broken
		case !passes:
			t.memory.breaks(to.at)
		case is:
			bounded.Bound(1) // the next mail tries encryption again
		}
	}
	return conn, failure, err
}

// closes is the reply of a server that ends the connection, of which it says nothing
// more (RFC 5321 §3.8). Any other of its class, such as 454 (RFC 3207 §4), says that
// encryption fails for now.
const closes = 421

// encryption is what mail to an MX must have.
func (t *Transport) encryption(host string) smtp.Encryption {
	if t.settings.TLS == nil {
		return smtp.Opportunistic
	}
	return cmp.Or(smtp.Encryption(t.settings.TLS(host)), smtp.Opportunistic)
}

// refusing is a connection to nobody, which answers each message so: one message
// where a server may answer the next otherwise, else for as long as that is known.
func (s *site) refusing(reply delivery.Reply) delivery.Conn {
	c := &refusing{reply: reply, left: 1}
	if reply.Code == 0 {
		c.left, c.until, c.now = mostRefused, s.transport.memory.clock.Now().Add(closedFor), s.transport.memory.clock.Now
	}
	return c
}

// mostRefused is how many messages such a connection answers.
const mostRefused = 1000

type refusing struct {
	reply delivery.Reply
	left  int
	until time.Time
	now   func() time.Time // nil: it lasts for one message
}

func (c *refusing) Send(context.Context, delivery.Message) delivery.Reply {
	c.left--
	return c.reply
}

func (c *refusing) Healthy() bool { return c.left > 0 && (c.now == nil || c.now().Before(c.until)) }
func (c *refusing) Close() error  { return nil }
