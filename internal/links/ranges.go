package links

import "net/netip"

// global is the part of IPv6 from which addresses are given out (RFC 4291 §2.4,
// IANA's IPv6 Global Unicast Address Assignments). Loopback, mapped and
// compatible addresses, NAT64 (64:ff9b::/96, RFC 6052, and 64:ff9b:1::/48, RFC
// 8215), discard, unique local, link-local, site-local (fec0::/10, RFC 3879)
// and multicast all lie outside it.
var global = netip.MustParsePrefix("2000::/3")

// special are the ranges in which no shop stands, from IANA's registries of
// special-purpose addresses.
var special = prefixes(
	"0.0.0.0/8",       // this network (RFC 1122 §3.2.1.3)
	"10.0.0.0/8",      // private (RFC 1918)
	"100.64.0.0/10",   // behind a provider's translation (RFC 6598)
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local (RFC 3927); clouds tell their secrets there
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments (RFC 6890)
	"192.0.2.0/24",    // documentation (RFC 5737)
	"192.31.196.0/24", // AS112 (RFC 7535)
	"192.52.193.0/24", // multicast tunnelling (RFC 7450)
	"192.88.99.0/24",  // relays of 6to4 (RFC 7526)
	"192.168.0.0/16",  // private
	"192.175.48.0/24", // AS112 (RFC 7534)
	"198.18.0.0/15",   // benchmarks (RFC 2544)
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast

	"2001::/23",     // protocol assignments: Teredo (2001::/32), benchmarks (2001:2::/48), ORCHID
	"2001:db8::/32", // documentation (RFC 3849)
	"2002::/16",     // 6to4 (RFC 3056), which holds any IPv4 address
	"3fff::/20",     // documentation (RFC 9637)
)

func prefixes(all ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(all))
	for i, text := range all {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

// Public reports whether an address is anyone's on the internet: not private,
// not reserved, and not one that hides another within it.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("") // no prefix contains an address with a zone
	if !a.IsValid() || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
