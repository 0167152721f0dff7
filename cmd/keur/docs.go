package main

import (
	"context"
	"fmt"
	"log/slog"

	"keur/docs"
)

// docsCommand serves the documentation.
type docsCommand struct {
	Address string `help:"Where the documentation listens." default:"127.0.0.1:8083"`
}

// Run serves until it is told to stop.
func (c docsCommand) Run(ctx context.Context, to console, log *slog.Logger) error {
	site, err := docs.Site()
	if err != nil {
		return err
	}
	s := newServices(log)
	at, err := s.listen(ctx, "docs", "address", c.Address, site)
	if err != nil {
		return err
	}
	fmt.Fprintf(to.out, "The documentation is at http://%s/ until Ctrl-C.\n", at)
	return s.wait(ctx)
}
