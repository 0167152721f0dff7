package main

import (
	"context"
	"sync"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/labels"
)

// inboxConnections is how many connections the local capture inbox is given.
const inboxConnections = 8

// transports are the SMTP routes as workers use them, each made once per version.
type transports struct {
	stores *stores
	inbox  labels.Route // where mail goes without a route

	mu   sync.Mutex
	made map[labels.RouteID]transport
}

// transport is a route that was made, and of which version.
type transport struct {
	version int
	route   delivery.Route
}

func newTransports(d *stores, inboxPort int) *transports {
	return &transports{stores: d, made: map[labels.RouteID]transport{}, inbox: labels.Route{
		Name: "local capture inbox", Host: "127.0.0.1", Port: inboxPort, TLS: "none", Auth: "none",
		Connections: inboxConnections, MessagesPerConnection: 10_000,
	}}
}

// route returns the transport of a route by the route's id; 0 is the local
// capture inbox.
func (t *transports) route(ctx context.Context, id int64) (delivery.Route, error) {
	if id == 0 {
		return t.open(t.inbox)
	}
	r, err := t.stores.routes.Get(ctx, labels.RouteID(id))
	if err != nil {
		return delivery.Route{}, err
	}
	return t.open(r)
}

// replaceInbox has another transport take the mail that has no route.
func (t *transports) replaceInbox(with delivery.Route) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made[t.inbox.ID] = transport{route: with}
}

func (t *transports) open(r labels.Route) (delivery.Route, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.made[r.ID]; ok && known.version == r.Version {
		return known.route, nil
	}
	route := delivery.Route{Connections: r.Connections, Shaped: r.Shaped, Transport: smtp.New(r, smtp.Settings{}, t.stores.clock)}
	if r.Kind == labels.Direct {
		var err error
		if route.Transport, err = t.stores.direct.Open(r, t.stores.clock); err != nil {
			return delivery.Route{}, err
		}
	}
	if r.PerMinute != nil {
		route.PerMinute = *r.PerMinute
	}
	t.made[r.ID] = transport{r.Version, route}
	return route, nil
}
