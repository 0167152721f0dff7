package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"keur/internal/links"
	"keur/internal/seal"
	"keur/tracking/webhooks"
)

// webhooksCommand tells services that hand mail on where to post.
type webhooksCommand struct{}

// Help says what it is for; kong shows it.
func (webhooksCommand) Help() string {
	return "Shows where each service of --webhooks is to post bounces and complaints: at the public address of any label."
}

// Run shows the addresses.
func (webhooksCommand) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	hooks, err := hooksOf(settings.Webhooks, d.box, links.New(false))
	if err != nil {
		return err
	}
	if len(hooks.Open()) == 0 {
		fmt.Fprintln(at.out, "No service may post. Name those that may: --webhooks 'sendgrid=KEY;postmark=', or KEUR_WEBHOOKS.")
		return nil
	}
	all, err := d.labels.List(ctx)
	if err != nil {
		return err
	}
	var bases []string
	for _, l := range all {
		bases = append(bases, l.PublicURL)
	}
	slices.Sort(bases)
	bases = slices.Compact(bases)
	for _, service := range hooks.Open() {
		for _, base := range bases {
			fmt.Fprintf(at.out, "%-9s %s%s\n", service, base, hooks.Path(service))
		}
	}
	return nil
}

// mostOfACertificate bounds what is read of one.
const mostOfACertificate = 64 << 10

// hooksOf returns the services that may post. Their addresses go by KEUR_SECRET.
func hooksOf(proofs map[string]string, box *seal.Box, web *links.Client) (*webhooks.Hooks, error) {
	return webhooks.New(proofs, box.Subkey("webhooks"), func(ctx context.Context, address string) ([]byte, error) {
		return web.Fetch(ctx, address, mostOfACertificate)
	})
}
