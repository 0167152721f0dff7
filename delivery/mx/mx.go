// Package mx asks DNS who takes a domain's mail: the servers of its MX by their
// preference, or without any the domain itself (RFC 5321 §5.1), and their addresses.
// What DNS says is remembered for as long as it says, within bounds; that it says
// nothing is never taken for an answer.
package mx

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/net/idna"
	"golang.org/x/sync/errgroup"

	"keur/internal/clock"
)

// What there is to know of a domain that has no server.
var (
	ErrUnanswered = errors.New("DNS doesn't answer now") // and may another time
	ErrNoDomain   = errors.New("there is no such domain")
	ErrNoServer   = errors.New("the domain has no server for mail")
	ErrTakesNone  = errors.New("the domain says that it takes no mail") // a null MX, RFC 7505
)

// Bounds against what a stranger may write into DNS.
const (
	mostServers   = 20
	mostAddresses = 16
)

// Server is one that takes a domain's mail.
type Server struct {
	Name       string // without a dot at the end, small letters
	Preference uint16 // the lowest is asked first
}

// Servers are those of a domain.
type Servers struct {
	All    []Server // by preference, and by name among equals
	Secure bool     // by DNSSEC, so that its names can be believed
}

// Order returns the servers as they are to be tried: by preference, and equal ones
// in an order of chance, which spreads mail over them (RFC 5321 §5.1).
func (s Servers) Order() []Server {
	all := slices.Clone(s.All)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortStableFunc(all, func(a, b Server) int { return cmp.Compare(a.Preference, b.Preference) })
	return all
}

// Addresses are those of a server.
type Addresses struct {
	All    []netip.Addr
	Secure bool
}

// Finder asks DNS. Any number of goroutines may use it.
type Finder struct {
	ask   *asker
	cache *cache
}

// New returns one that asks the resolvers at these addresses, one after the other;
// without any, those that the machine uses. Whether an answer is secure is believed
// of resolvers on this machine alone.
func New(resolvers []string, now clock.Clock) (*Finder, error) {
	ask, err := newAsker(resolvers)
	return &Finder{ask: ask, cache: newCache(now)}, err
}

// Servers returns who takes a domain's mail, or one of the errors above.
func (f *Finder) Servers(ctx context.Context, domain string) (Servers, error) {
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		return Servers{}, ErrNoDomain
	}
	found, err := f.lookup(ctx, domain, dns.TypeMX)
	if err != nil {
		return Servers{}, err
	}
	servers := Servers{Secure: found.secure}
	for _, r := range found.records {
		mx, is := r.(*dns.MX)
		switch {
		case !is:
		case mx.Mx == "." && len(servers.All) == 0 && countMX(found.records) == 1:
			return servers, ErrTakesNone
		case mx.Mx != ".":
			servers.All = append(servers.All, Server{hostName(mx.Mx), mx.Preference})
		}
	}
	slices.SortFunc(servers.All, func(a, b Server) int {
		return cmp.Or(cmp.Compare(a.Preference, b.Preference), cmp.Compare(a.Name, b.Name))
	})
	servers.All = slices.Compact(servers.All)
	servers.All = servers.All[:min(len(servers.All), mostServers)]
	if len(servers.All) > 0 {
		return servers, nil
	}
	servers.All = []Server{{Name: strings.ToLower(domain)}}
	_, err = f.Addresses(ctx, domain)
	return servers, err
}

func countMX(records []dns.RR) (n int) {
	for _, r := range records {
		if _, is := r.(*dns.MX); is {
			n++
		}
	}
	return n
}

func hostName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Addresses returns where a server is, by IPv4 and IPv6, in the order in which DNS
// says so. An alias leads to where it points, although RFC 2181 §10.3 has none here.
func (f *Finder) Addresses(ctx context.Context, host string) (Addresses, error) {
	var answers [2]answer
	var failed [2]error
	var both errgroup.Group
	for i, kind := range [...]uint16{dns.TypeAAAA, dns.TypeA} {
		both.Go(func() error {
			answers[i], failed[i] = f.lookup(ctx, host, kind)
			return nil
		})
	}
	_ = both.Wait() // each keeps its own error: half an answer is one
	found := Addresses{Secure: true}
	for i, a := range answers {
		found.Secure = found.Secure && a.secure && failed[i] == nil
		for _, r := range a.records {
			if at, is := addressOf(r); is && len(found.All) < mostAddresses {
				found.All = append(found.All, at)
			}
		}
	}
	if len(found.All) > 0 {
		return found, nil
	}
	for _, err := range failed {
		if errors.Is(err, ErrUnanswered) {
			return Addresses{}, err
		}
	}
	return Addresses{}, cmp.Or(failed[0], ErrNoServer)
}

func addressOf(r dns.RR) (netip.Addr, bool) {
	switch r := r.(type) {
	case *dns.A:
		at, ok := netip.AddrFromSlice(r.A)
		return at.Unmap(), ok
	case *dns.AAAA:
		return netip.AddrFromSlice(r.AAAA)
	}
	return netip.Addr{}, false
}
