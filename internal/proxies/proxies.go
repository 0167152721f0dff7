// Package proxies finds out from where a request came that passed proxies of
// our own.
package proxies

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Trusted are the networks of proxies whose word we take for where a request
// came from. With none, it came from where its connection does.
type Trusted []netip.Prefix

// Parse reads networks such as 10.0.0.0/8 and single addresses.
func Parse(texts []string) (Trusted, error) {
	var found Trusted
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			var one netip.Addr
			if one, err = netip.ParseAddr(text); err == nil {
				prefix, err = one.Prefix(one.BitLen())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no network of proxies: write 10.0.0.0/8 or one address", text)
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("%q trusts everybody; name the proxies' own networks", text)
		}
		found = append(found, prefix.Masked())
	}
	return found, nil
}

// said are the headers in which proxies, and anybody else, tell addresses.
var said = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Client-Ip", "Cf-Connecting-Ip", "True-Client-Ip"}

// Handler has next see in RemoteAddr from where each request came, and none of
// the headers that tell so: whoever reads an address below reads this one.
func (t Trusted) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = t.client(r.RemoteAddr, r.Header.Values("X-Forwarded-For"))
		for _, name := range said {
			r.Header.Del(name)
		}
		next.ServeHTTP(w, r)
	})
}

// mostHops bounds how many proxies a request is followed back through.
const mostHops = 16

// client follows a request back through the proxies that we trust. Each wrote
// down, at the right, who connected to it; the first one from there that isn't
// ours is the client, and what stands to the left of it is the client's own
// word, which counts for nothing. What is no address ends the way.
func (t Trusted) client(peer string, forwarded []string) string {
	at, port, ok := addressOf(peer)
	if !ok {
		return peer
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for n := len(hops) - 1; n >= 0 && len(hops)-n <= mostHops && t.has(at); n-- {
		before, _, ok := addressOf(strings.TrimSpace(hops[n]))
		if !ok {
			break
		}
		at, port = before, "0"
	}
	return net.JoinHostPort(at.String(), port)
}

func (t Trusted) has(at netip.Addr) bool {
	for _, prefix := range t {
		if prefix.Contains(at) {
			return true
		}
	}
	return false
}

// addressOf reads an address with its port, or without.
func addressOf(text string) (at netip.Addr, port string, ok bool) {
	port = "0"
	if host, p, err := net.SplitHostPort(text); err == nil {
		text, port = host, p
	}
	at, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return at.Unmap().WithZone(""), port, err == nil
}
