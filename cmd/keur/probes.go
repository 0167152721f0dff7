package main

import (
	"context"
	"time"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/labels"
)

// tryWithin bounds what a person waits for when they test a route.
const tryWithin = 15 * time.Second

// probeRoute tries an SMTP route for an admin who watches.
func (h *process) probeRoute(ctx context.Context, r labels.Route, letter *delivery.Message) []smtp.Step {
	return smtp.New(r, smtp.Settings{DialTimeout: tryWithin}, h.clock).Probe(ctx, letter)
}
