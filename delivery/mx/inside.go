package mx

import "net/netip"

// inside are the networks that are no server's on the internet, beside those that
// netip knows: they lead to the machine itself, into the house, or nowhere.
var inside = func() (all []netip.Prefix) {
	for _, network := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(network))
	}
	return all
}()

// Inside reports whether an address leads elsewhere than to a server on the internet.
// A domain of a member's may name any: mail to it mustn't make Keur talk to machines
// of the house. Addresses of IPv6 that stand for one of IPv4 are none of a server's.
func Inside(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	if !at.IsGlobalUnicast() || at.IsPrivate() {
		return true
	}
	for _, network := range inside {
		if network.Contains(at) {
			return true
		}
	}
	return false
}
