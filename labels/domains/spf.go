package domains

import (
	"net"
	"net/netip"
	"strings"
)

// The most that a receiver looks up for one record, and how many of those may
// find nothing (RFC 7208 §4.6.4).
const (
	mostLookups = 10
	mostVoid    = 2
)

// spf checks the record of a bounce domain (RFC 7208). Whether it allows the
// relay nobody can tell who doesn't know the relay's addresses. It returns those
// that the record itself names one by one: by them mail leaves.
func (c checker) spf(domain string) (Finding, []netip.Addr) {
	f := Finding{Record: "SPF", Name: domain}
	record, n, err := c.spfRecord(domain)
	switch {
	case err != nil && !absent(err):
		return away("SPF", domain), nil
	case n == 0:
		f.State, f.Said, f.Publish = Wrong, say("domains.no_spf"), "v=spf1 include:… -all"
		return f, nil
	case n > 1: // a permanent error (§4.5)
		f.State, f.Said = Wrong, say("domains.many_spf", "n", n)
		return f, nil
	}
	walk := spfWalk{checker: c, seen: map[string]bool{}}
	walk.read(domain, record)
	switch {
	case walk.wrong != "":
		f.State, f.Said = Wrong, say("domains.spf_term", "term", walk.wrong)
	case walk.gone != "":
		f.State, f.Said = Wrong, say("domains.spf_include", "name", walk.gone)
	case walk.away:
		return away("SPF", domain), walk.addresses
	case walk.lookups > mostLookups || walk.void > mostVoid:
		f.State, f.Said = Wrong, say("domains.spf_lookups", "n", walk.lookups, "most", mostLookups)
	case walk.all == "+" || walk.all == "?":
		f.State, f.Said = Wrong, say("domains.spf_all")
	case walk.all == "":
		f.State, f.Said = Better, say("domains.spf_open")
	default:
		f.State, f.Said = Good, say("domains.spf", "n", walk.lookups, "most", mostLookups)
	}
	return f, walk.addresses
}

// spfRecord returns the SPF record under a name, and how many there are.
func (c checker) spfRecord(name string) (record string, n int, err error) {
	found, err := c.dns.LookupTXT(c.ctx, name)
	for _, text := range found {
		if first, _, _ := strings.Cut(text, " "); strings.EqualFold(first, "v=spf1") {
			record, n = text, n+1
		}
	}
	return record, n, err
}

// spfWalk is what a receiver finds on its way through a record.
type spfWalk struct {
	checker
	seen          map[string]bool
	lookups, void int
	all           string // the qualifier of all in the record itself; "": none
	wrong, gone   string // a term that can't be read; a record that isn't there
	away          bool
	addresses     []netip.Addr // that the record itself names one by one
	networks      []netip.Prefix
	hosts, mxs    []string // whose addresses it allows
}

// read reads the record of a domain, and those that it includes.
func (w *spfWalk) read(domain, record string) {
	first := len(w.seen) == 0
	w.seen[domain] = true
	redirect := ""
	for _, term := range strings.Fields(record)[1:] {
		if name, value, is := strings.Cut(term, "="); is && !strings.ContainsAny(name, ":/") { // a modifier
			if strings.EqualFold(name, "redirect") {
				redirect = value
			}
			continue
		}
		qualifier := "+"
		if strings.ContainsAny(term[:1], "+-~?") {
			qualifier, term = term[:1], term[1:]
		}
		name, value, _ := strings.Cut(term, ":")
		kind, _, _ := strings.Cut(strings.ToLower(name), "/")
		switch kind {
		case "all":
			if first {
				w.all = qualifier
			}
			return // nothing behind it counts (§5.1)
		case "ip4", "ip6":
			if !isNetwork(value) {
				w.wrong = term
			}
			if network, is := networkOf(value); is && qualifier == "+" {
				w.networks = append(w.networks, network)
			}
			if at, is := oneAddress(value); is && first {
				w.addresses = append(w.addresses, at)
			}
		case "a", "mx", "ptr", "exists":
			w.lookups++
			w.allow(kind, value, domain)
		case "include":
			w.include(value)
		default:
			w.wrong = term
		}
	}
	if redirect != "" {
		w.include(redirect)
		if first && w.all == "" {
			w.all = "-" // the other record says
		}
	}
}

// include reads another domain's record.
func (w *spfWalk) include(name string) {
	w.lookups++
	if strings.Contains(name, "%") || w.seen[name] || w.lookups > mostLookups {
		return // a macro, which each mail fills in anew; or a circle, which counts until it is too much
	}
	record, n, err := w.spfRecord(name)
	switch {
	case err != nil && !absent(err):
		w.away = true
	case n == 0:
		w.void++
		w.gone = name
	default:
		w.read(name, record)
	}
}

// oneAddress reads a network of one address, in the open internet.
func oneAddress(value string) (netip.Addr, bool) {
	network, err := netip.ParsePrefix(value)
	if at, alone := netip.ParseAddr(value); alone == nil {
		network, err = netip.PrefixFrom(at, at.BitLen()), nil
	}
	at := network.Addr()
	return at, err == nil && network.IsSingleIP() && at.IsGlobalUnicast() && !at.IsPrivate()
}

func isNetwork(value string) bool {
	if net.ParseIP(value) != nil {
		return true
	}
	_, _, err := net.ParseCIDR(value)
	return err == nil
}
