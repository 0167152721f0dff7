package worker

import (
	"context"

	"keur/delivery"
	"keur/delivery/shaping"
)

// destination is where mails go that share connections: a provider, or one MX of it,
// and over a direct route the servers of a site.
type destination struct {
	way shaping.Way
	key string // of the site; empty: the route's server
}

// bound is where a mail goes.
type bound struct {
	destination
	site delivery.Site // nil: the route's server
}

// destinations returns where the mails to domains go.
func (l *lanes) destinations(ctx context.Context, domains []string) []bound {
	found := make([]bound, len(domains))
	if l.direct == nil {
		for i, way := range l.shaper.Ways(ctx, domains) {
			found[i].way = way
		}
		return found
	}
	for i, site := range l.direct.Sites(ctx, domains) {
		found[i] = bound{destination{l.shaper.WayTo(site.MX()), site.Key()}, site}
	}
	return found
}

// open opens a connection to where a lane's mails go.
func (p *pool) open(ctx context.Context, at *lane) (delivery.Conn, error) {
	if at != nil && p.lanes.direct != nil {
		return p.lanes.siteOf(at).Dial(ctx)
	}
	return p.route.Transport.Dial(ctx)
}

func (l *lanes) siteOf(at *lane) delivery.Site {
	l.mu.Lock()
	defer l.mu.Unlock()
	return at.site
}
