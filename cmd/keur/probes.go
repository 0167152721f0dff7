package main

import (
	"context"
	"errors"
	"time"

	"keur/accounts/recordletters"
	"keur/delivery"
	"keur/delivery/smtp"
	"keur/labels"
	"keur/labels/domains"
)

// tryWithin bounds what a person waits for when they test a route.
const tryWithin = 15 * time.Second

// probe tries a route: a direct one at the servers of a domain.
func (d *stores) probe(ctx context.Context, r labels.Route, domain string, letter *delivery.Message) []smtp.Step {
	if r.Kind != labels.Direct {
		return smtp.New(r, smtp.Settings{DialTimeout: tryWithin}, d.clock).Probe(ctx, letter)
	}
	ctx, done := context.WithTimeout(ctx, 2*tryWithin)
	defer done()
	transport, err := d.direct.Open(r, d.clock)
	if err != nil {
		return []smtp.Step{{Stage: smtp.Resolve, Said: err.Error()}}
	}
	return transport.Probe(ctx, domain, letter)
}

// recordWatch returns what looks at the records of labels, and tells through
// broke; nil: nobody is told.
func (d *stores) recordWatch(dns domains.Resolver, broke *recordletters.Sender) *domains.Watch {
	w := &domains.Watch{DB: d.DB, Clock: d.clock, DNS: dns, Labels: d.labels, Routes: d.routes, Keys: d.dkimKeys, Greet: d.greet}
	if broke != nil {
		w.Broke = broke.Broke
	}
	return w
}

// greet reaches the server of a route, or one of the domain's, as far as TLS.
func (d *stores) greet(ctx context.Context, r labels.Route, domain string) (domains.Greeting, error) {
	r.Auth = "none" // whether it lets us in is for a person to try
	steps := d.probe(ctx, r, domain, nil)
	last := steps[len(steps)-1]
	switch {
	case last.OK && last.Certificate == nil:
		return domains.Greeting{}, nil
	case last.Stage == smtp.Secure && !last.OK && ctx.Err() == nil:
		return domains.Greeting{}, domains.ErrNotSecured
	case !last.OK:
		return domains.Greeting{}, errors.New(last.Said)
	}
	return domains.Greeting{Secured: true, Expires: last.Certificate.Expires}, nil
}
