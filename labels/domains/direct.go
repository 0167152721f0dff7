package domains

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"keur/internal/form"
	"keur/labels"
)

// Home is the domain at whose mail servers a label's direct route is tried: that of
// its first sender; empty: it has none.
func Home(l labels.Label) string {
	if len(l.Senders) == 0 {
		return ""
	}
	return form.Domain(l.Senders[0].Address)
}

// isDirect reports whether no server is between us and the receivers, so that our own
// addresses are those that they judge.
func (s Sending) isDirect() bool { return s.Route != nil && s.Route.Kind == labels.Direct }

// has reports whether the route sends from an address.
func (s Sending) has(at netip.Addr) bool {
	return s.isDirect() && slices.ContainsFunc(s.Route.Sources, func(source labels.Source) bool { return source.IP() == at.Unmap() })
}

// sources checks each address from which a direct route sends: its name leads there
// and back, and SPF allows it.
func (c checker) sources(s Sending) (found []Finding) {
	if len(s.Route.Sources) == 0 {
		return []Finding{{Record: "PTR", Name: s.Route.Name, State: Better, Said: say("domains.direct_anywhere")}}
	}
	networks, err := Networks(c.ctx, c.dns, s.BounceDomain)
	for _, source := range s.Route.Sources {
		found = append(found, c.named(source))
		spf := Finding{Record: "SPF", Name: source.Address, State: Good, Said: say("domains.direct_spf", "domain", s.BounceDomain)}
		switch {
		case err != nil:
			spf = away("SPF", source.Address)
		case !slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(source.IP()) }):
			spf.State, spf.Said, spf.Publish = Wrong, say("domains.direct_no_spf", "domain", s.BounceDomain), spfOf(s.Route.Sources)
		}
		found = append(found, spf)
	}
	return found
}

// spfOf is a record that allows the addresses, and no others.
func spfOf(sources labels.Sources) string {
	record := "v=spf1"
	for _, s := range sources {
		kind := " ip6:"
		if s.IP().Is4() {
			kind = " ip4:"
		}
		record += kind + s.IP().String()
	}
	return record + " -all"
}

// named checks that an address has the name by which it greets, and that this leads
// back to it. Large receivers refuse mail from one of which that isn't so.
func (c checker) named(s labels.Source) Finding {
	f := Finding{Record: "PTR", Name: s.Address, State: Good, Said: say("domains.direct_ptr", "host", s.EHLOName)}
	names, err := c.dns.LookupAddr(c.ctx, s.Address)
	if err != nil && !absent(err) {
		return away("PTR", s.Address)
	}
	same := func(name string) bool {
		return strings.EqualFold(strings.TrimSuffix(name, "."), strings.TrimSuffix(s.EHLOName, "."))
	}
	if !slices.ContainsFunc(names, same) {
		f.State, f.Said, f.Publish = Wrong, say("domains.direct_no_ptr", "host", s.EHLOName), "PTR "+s.EHLOName+"."
		return f
	}
	back, err := c.dns.LookupHost(c.ctx, s.EHLOName)
	if err != nil && !absent(err) {
		return away("PTR", s.Address)
	}
	if !slices.ContainsFunc(back, func(text string) bool { return (labels.Source{Address: text}).IP() == s.IP() }) {
		kind := "AAAA "
		if s.IP().Is4() {
			kind = "A "
		}
		f.State, f.Said, f.Publish = Wrong, say("domains.direct_ptr_elsewhere", "host", s.EHLOName), kind+s.IP().String()
	}
	return f
}

// reached checks that servers of others let us in: many networks close the port on
// which those take mail.
func reached(ctx context.Context, s Sending) Finding {
	domain := Home(s.Label)
	f := Finding{Record: "TLS", Name: domain, State: Good, Said: say("domains.direct_reached", "domain", domain)}
	if _, err := s.Greet(ctx, *s.Route, domain); err != nil {
		f.State, f.Said = Better, say("domains.direct_unreached", "domain", domain, "port", s.Route.Port)
	}
	return f
}
