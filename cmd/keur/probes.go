package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/labels"
)

// tryWithin bounds what a person waits for when they test a route or look
// something up in DNS.
const tryWithin = 15 * time.Second

// probeRoute tries an SMTP route for an admin who watches.
func (h *process) probeRoute(ctx context.Context, r labels.Route, letter *delivery.Message) []smtp.Step {
	return smtp.New(r, smtp.Settings{DialTimeout: tryWithin}, h.clock).Probe(ctx, letter)
}

// lookupTXT asks DNS for the texts under a name. Returns a not found fault if
// there are none.
func lookupTXT(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	found, err := net.DefaultResolver.LookupTXT(ctx, name)
	var answer *net.DNSError
	if errors.As(err, &answer) && answer.IsNotFound {
		return nil, fmt.Errorf("DNS has no text under %s", name)
	}
	return found, err
}
