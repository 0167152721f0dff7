package mx

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

const (
	tries     = 2               // of each resolver
	tryWithin = 3 * time.Second // for one answer
	packet    = 1232            // bytes that pass everywhere in one piece
)

// resolvConf names the machine's resolvers.
const resolvConf = "/etc/resolv.conf"

// asker talks to resolvers.
type asker struct {
	resolvers []string
	believed  bool // what they say of DNSSEC: they are on this machine, and nobody is between
}

func newAsker(resolvers []string) (*asker, error) {
	if len(resolvers) == 0 {
		conf, err := dns.ClientConfigFromFile(resolvConf)
		if err != nil || len(conf.Servers) == 0 {
			return nil, fmt.Errorf("no resolver in %s: %w", resolvConf, err)
		}
		for _, server := range conf.Servers {
			resolvers = append(resolvers, net.JoinHostPort(server, conf.Port))
		}
	}
	a := &asker{believed: true}
	for _, r := range resolvers {
		if _, _, err := net.SplitHostPort(r); err != nil {
			r = net.JoinHostPort(r, "53")
		}
		at, err := netip.ParseAddrPort(r)
		if err != nil {
			return nil, fmt.Errorf("the resolver %s is no address: %w", r, err)
		}
		a.resolvers, a.believed = append(a.resolvers, r), a.believed && at.Addr().IsLoopback()
	}
	return a, nil
}

// ask puts one question, until a resolver answers it.
func (a *asker) ask(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	question.AuthenticatedData = true // asks for that bit (RFC 6840 §5.7)
	question.SetEdns0(packet, false)
	for range tries {
		for _, resolver := range a.resolvers {
			answer, err := a.exchange(ctx, question, resolver)
			if err == nil && slices.Contains([]int{dns.RcodeSuccess, dns.RcodeNameError}, answer.Rcode) {
				return answer, nil
			}
			if ctx.Err() != nil {
				return nil, fmt.Errorf("%w: %w", ErrUnanswered, ctx.Err())
			}
		}
	}
	return nil, ErrUnanswered
}

// exchange asks by UDP, and by TCP what has no room there.
func (a *asker) exchange(ctx context.Context, question *dns.Msg, resolver string) (*dns.Msg, error) {
	udp := dns.Client{Timeout: tryWithin}
	answer, _, err := udp.ExchangeContext(ctx, question, resolver)
	if err == nil && !answer.Truncated {
		return answer, nil
	}
	tcp := dns.Client{Net: "tcp", Timeout: tryWithin}
	answer, _, err = tcp.ExchangeContext(ctx, question, resolver)
	return answer, err
}
