package domains

import (
	"context"
	"net/netip"
	"strings"

	"keur/labels"
)

// Networks returns the addresses from which a label's mail may leave, as the SPF
// record of its bounce domain has them, with all that it includes.
func (w *Watch) Networks(ctx context.Context, l labels.Label) ([]netip.Prefix, error) {
	if w.DNS == nil {
		return nil, nil
	}
	ctx, done := context.WithTimeout(ctx, askWithin)
	defer done()
	return Networks(ctx, w.DNS, l.BounceDomain)
}

// Networks returns the addresses that the SPF record of a domain allows.
func Networks(ctx context.Context, dns Resolver, domain string) ([]netip.Prefix, error) {
	c := checker{ctx, dns}
	record, n, err := c.spfRecord(domain)
	if err != nil && !absent(err) {
		return nil, err
	}
	if n != 1 {
		return nil, nil
	}
	walk := spfWalk{checker: c, seen: map[string]bool{}}
	walk.read(domain, record)
	for _, mx := range walk.mxs {
		found, err := dns.LookupMX(ctx, mx)
		for _, at := range found {
			walk.hosts = append(walk.hosts, strings.TrimSuffix(at.Host, "."))
		}
		if err != nil && !absent(err) {
			return nil, err
		}
	}
	for _, host := range walk.hosts[:min(len(walk.hosts), mostHosts)] {
		found, err := dns.LookupHost(ctx, host)
		if err != nil && !absent(err) {
			return nil, err
		}
		for _, text := range found {
			if network, is := networkOf(text); is {
				walk.networks = append(walk.networks, network)
			}
		}
	}
	return walk.networks, nil
}

// mostHosts bounds how many names are asked for their addresses.
const mostHosts = 20

// allow notes the hosts whose addresses a mechanism allows: of the domain itself
// where it names none. One with a macro is of each mail anew.
func (w *spfWalk) allow(kind, value, domain string) {
	value, _, _ = strings.Cut(value, "/")
	if value == "" {
		value = domain
	}
	switch {
	case strings.Contains(value, "%"):
	case kind == "a":
		w.hosts = append(w.hosts, value)
	case kind == "mx":
		w.mxs = append(w.mxs, value)
	}
}

// networkOf reads an address or a network of them.
func networkOf(text string) (netip.Prefix, bool) {
	if at, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(at, at.BitLen()), true
	}
	network, err := netip.ParsePrefix(text)
	return network, err == nil
}
