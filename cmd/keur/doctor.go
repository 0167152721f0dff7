package main

import (
	"cmp"
	"context"
	"log/slog"
	"net"

	"keur/cmd/keur/doctor"
	"keur/delivery/smtp"
	"keur/internal/hunspell"
	"keur/internal/links"
	"keur/labels"
	"keur/labels/domains"
)

// doctorCommand looks over an installation and says what to mend.
type doctorCommand struct {
	Offline bool `help:"Ask neither DNS nor mail servers."`

	dns      domains.Resolver // nil: this machine's
	hunspell string           // "": the one in PATH
}

// Help says how it ends; kong shows it.
func (doctorCommand) Help() string {
	return "Looks at the base, this machine, what runs, and for each label its mail server and its records in DNS. Changes nothing. " +
		"Exits with 1 if there is something to mend."
}

// Run looks at everything and ends with an error if something is to be mended.
func (c doctorCommand) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err // it says what to mend, and without a base there is nothing to look at
	}
	defer d.Close(ctx)
	if c.dns == nil {
		c.dns = net.DefaultResolver
	}
	_, webhooks := hooksOf(settings.Webhooks, d.box, links.New(false))
	return doctor.Examine(ctx, doctor.Installation{
		DB: d.DB, Replica: d.aside, Connections: settings.Connections, Folder: d.folder, Webhooks: webhooks, Clock: d.clock,
		Hunspell: hunspell.New(cmp.Or(c.hunspell, hunspell.Program)),
		Accounts: d.accounts, Labels: d.labels, Routes: d.routes, Records: d.recordWatch(c.dns, nil), Offline: c.Offline,
		Probe: func(ctx context.Context, r labels.Route, domain string) []smtp.Step {
			return d.probe(ctx, r, domain, nil)
		},
	}, at.out)
}
