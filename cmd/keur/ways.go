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

// ways are the SMTP routes as workers use them, each made once per version.
type ways struct {
	desk  *desk
	inbox labels.Route // where mail goes without a route

	mu   sync.Mutex
	made map[labels.RouteID]way
}

type way struct {
	version int
	route   delivery.Route
}

func newWays(d *desk, inboxPort int) *ways {
	return &ways{desk: d, made: map[labels.RouteID]way{}, inbox: labels.Route{
		Name: "local capture inbox", Host: "127.0.0.1", Port: inboxPort, TLS: "none", Auth: "none",
		Connections: inboxConnections, MessagesPerConnection: 10_000,
	}}
}

// route returns the way out for a route's id; 0 is the local capture inbox.
func (w *ways) route(ctx context.Context, id int64) (delivery.Route, error) {
	if id == 0 {
		return w.open(w.inbox), nil
	}
	r, err := w.desk.routes.Get(ctx, labels.RouteID(id))
	if err != nil {
		return delivery.Route{}, err
	}
	return w.open(r), nil
}

func (w *ways) open(r labels.Route) delivery.Route {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, ok := w.made[r.ID]; ok && known.version == r.Version {
		return known.route
	}
	route := delivery.Route{Transport: smtp.New(r, smtp.Settings{}, w.desk.clock), Connections: r.Connections}
	if r.PerMinute != nil {
		route.PerMinute = *r.PerMinute
	}
	w.made[r.ID] = way{r.Version, route}
	return route
}
