package domains

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"keur/labels"
)

// Greet reaches the mail server of a route as its mail does, or over a direct route
// one of a domain's. ErrNotSecured says that it couldn't be reached as the route
// demands.
type Greet func(ctx context.Context, r labels.Route, domain string) (Greeting, error)

// Greeting is how a mail server was reached.
type Greeting struct {
	Secured bool
	Expires time.Time // of its certificate
}

// ErrNotSecured says that a server offers no TLS where it is demanded, or shows a
// certificate that isn't its own.
var ErrNotSecured = errors.New("the mail server can't be reached by TLS as the route demands")

// endsSoon is how long before its end a certificate is spoken of.
const endsSoon = 14 * 24 * time.Hour

// secured checks that mail reaches the route's server unseen. A server that
// doesn't answer now is unknown: mail waits for it.
func secured(ctx context.Context, now time.Time, r labels.Route, greet Greet) Finding {
	f := Finding{Record: "TLS", Name: net.JoinHostPort(r.Host, strconv.Itoa(r.Port))}
	if isLocal(r.Host) && r.TLS == "none" {
		f.State, f.Said = Good, say("domains.route_local")
		return f
	}
	found, err := greet(ctx, r, "")
	switch {
	case errors.Is(err, ErrNotSecured):
		f.State, f.Said = Wrong, say("domains.route_not_secured")
	case err != nil:
		f.State, f.Said = Unknown, say("domains.route_away")
	case !found.Secured:
		f.State, f.Said = Better, say("domains.route_open")
	case !r.Verify:
		f.State, f.Said = Better, say("domains.route_unverified")
	case found.Expires.Before(now.Add(endsSoon)):
		f.State, f.Said = Better, say("domains.route_ends", "days", max(0, int(found.Expires.Sub(now).Hours()/24)))
	default:
		f.State, f.Said = Good, say("domains.route_secured")
	}
	return f
}

// isLocal reports whether a host is this machine, or one in its own network.
func isLocal(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (at.IsLoopback() || at.IsPrivate())
}

// ptr checks that an address by which mail leaves has a name that leads back to
// it: large receivers refuse mail from one that hasn't.
func (c checker) ptr(at netip.Addr) Finding {
	f := Finding{Record: "PTR", Name: at.String()}
	names, err := c.dns.LookupAddr(c.ctx, at.String())
	if err != nil && !absent(err) {
		return away("PTR", f.Name)
	}
	if len(names) == 0 {
		f.State, f.Said = Better, say("domains.no_ptr")
		return f
	}
	for _, name := range names {
		back, err := c.dns.LookupHost(c.ctx, name)
		if err != nil && !absent(err) {
			return away("PTR", f.Name)
		}
		same := func(address string) bool {
			found, err := netip.ParseAddr(address)
			return err == nil && found.Unmap() == at.Unmap()
		}
		if slices.ContainsFunc(back, same) {
			f.State, f.Said = Good, say("domains.ptr", "host", strings.TrimSuffix(name, "."))
			return f
		}
	}
	f.State, f.Said = Better, say("domains.ptr_elsewhere", "host", strings.TrimSuffix(names[0], "."))
	return f
}
