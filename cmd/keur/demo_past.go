package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keur/delivery"
	"keur/demo"
	"keur/demo/past"
	"keur/internal/paging"
	"keur/mailings"
	"keur/migrations"
	"keur/requests"
)

// pastConnections is how many mails the post of the past takes at once.
const pastConnections = 8

// playPast lets the weeks before the demo happen, and then begins the present:
// until now nothing of this process sends.
func (c demoCommand) playPast(ctx context.Context, h *process, p *demo.Publisher) (string, error) {
	said, err := c.fillByItsClock(ctx, h, p)
	if err != nil {
		return "", err
	}
	if err := h.startWorker(ctx); err != nil {
		return "", err
	}
	return said, h.startScheduler(ctx)
}

// fillByItsClock lets the weeks happen in a base that goes by their clock for
// so long, as verdicts and changes are decided at the base's own moment.
func (c demoCommand) fillByItsClock(ctx context.Context, h *process, p *demo.Publisher) (said string, err error) {
	moved, err := migrations.ClockMoved(ctx, h.DB)
	switch {
	case err != nil:
		return "", err
	case moved:
		return c.fill(ctx, h, p)
	case h.local == nil:
		return "", errors.New("the past is played in the demo's own base alone: empty KEUR_DATABASE_URL")
	}
	if err := migrations.MoveClock(ctx, h.local.OwnerURL(), true); err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, migrations.MoveClock(context.WithoutCancel(ctx), h.local.OwnerURL(), false))
	}()
	return c.fill(ctx, h, p)
}

// fill lets the weeks happen, once in a base, at servers of their own: those of
// the publisher go by one clock, that of members by another.
func (c demoCommand) fill(ctx context.Context, h *process, p *demo.Publisher) (string, error) {
	if err := p.Settle(ctx); err != nil {
		return "", err
	}
	known, err := h.mailings.List(ctx, mailings.Filter{}, paging.Ask{Limit: 1})
	if err != nil || len(known.Items) > 0 {
		return "as it was", err
	}
	now := h.clock.Now()
	from := now.AddDate(0, 0, -7*(c.Weeks+2))
	clock, theirs := past.NewClock(from), past.NewClock(from)
	own := c.serveCommand.elsewhere()
	publisher, err := own.only("worker", "public", "api").start(ctx, newStores(h.base, h.box, clock))
	if err != nil {
		return "", err
	}
	defer publisher.stopAll()
	crowd, err := own.only("mailin", "public").start(ctx, newStores(h.base, h.box, theirs))
	if err != nil {
		return "", err
	}
	defer crowd.stopAll()
	mail := demo.NewMailReader(p.Public)
	publisher.transports.replaceInbox(delivery.Route{Transport: past.Transport{Mail: mail}, Connections: pastConnections})
	done, err := past.Play(ctx, p, past.Rooms{
		DB:    h.DB,
		Clock: clock, Servers: publisher.servers(), Scheduler: publisher.newScheduler(c.serveCommand), Mail: mail,
		Poller: publisher.poller, Targets: publisher.targets, Key: h.key,
		Requests: requests.NewStore(h.DB, clock, h.key, publisher.accounts, publisher.notices, c.deskURL()),
		Members:  theirs, Crowd: crowd.servers(),
	}, c.Weeks, now.Add(-time.Minute))
	return fmt.Sprintf("%d weeks: %d mailings with their approvals, %d mails, %d opens, clicks and returns, %d sales",
		c.Weeks, done.Mailings, done.Mails, done.Acts, done.Sales), err
}

// only returns the command for these parts alone.
func (c serveCommand) only(parts ...string) serveCommand {
	c.Only = parts
	return c
}

// elsewhere returns the command at ports that are free.
func (c serveCommand) elsewhere() serveCommand {
	const free = "127.0.0.1:0"
	c.APIAddress, c.PublicAddress, c.MailinAddress, c.MetricsAddress = free, free, free, ""
	return c
}
