package main

import (
	"context"
	"fmt"
	"time"

	"keur/cmd/keur/history"
	"keur/delivery"
	"keur/internal/demo"
	"keur/internal/postgres"
	"keur/requests"
	"keur/tracking"
	"keur/tracking/recorder"
)

// postConnections is how many mails history's post takes at once.
const postConnections = 8

// demoHistory lets the weeks before the demo happen, once in a base, and then
// begins the present: until now nothing of this house sends.
func (c demoCommand) demoHistory(h *house) func(context.Context, demo.Cast) (string, error) {
	return func(ctx context.Context, cast demo.Cast) (string, error) {
		said, err := c.play(ctx, h, cast)
		if err != nil {
			return "", err
		}
		if err := h.startWorker(ctx); err != nil {
			return "", err
		}
		return said, h.startScheduler(ctx)
	}
}

// play is demoHistory without what comes after.
func (c demoCommand) play(ctx context.Context, h *house, cast demo.Cast) (string, error) {
	now := h.clock.Now()
	known, err := h.mailings.InState(ctx, "done")
	if err != nil || len(known) > 0 || c.Weeks == 0 {
		return "as it was", err
	}
	from := now.AddDate(0, 0, -7*(c.Weeks+2))
	clock, theirs := history.NewClock(from), history.NewClock(from)
	e, err := startEngines(ctx, newDesk(h.base, h.box, clock), 0, h.command.deskURL())
	if err != nil {
		return "", err
	}
	post := history.NewPost(e.keyring)
	e.ways.made[e.ways.inbox.ID] = way{route: delivery.Route{Transport: post, Connections: postConnections}}
	recorder, err := recorder.New(ctx, e.DB, e.keyring, theirs)
	if err != nil {
		return "", err
	}
	running := newServices(e.log)
	defer running.stopAll()
	running.start(ctx, "recorder of history", func(ctx context.Context) error {
		recorder.Run(ctx)
		return nil
	})
	worker := &delivery.Worker{
		Ledger: e.ledger, Letters: e.letters, Route: e.ways.route, DatabaseURL: e.URL, Clock: clock, Log: e.log, Metrics: &delivery.Metrics{},
	}
	running.start(postgres.WithActor(ctx, "system:delivery"), "worker of history", worker.Run)
	told, err := history.Play(ctx, history.Rooms{
		DB: e.DB, Clock: clock, Members: theirs, Post: post, Labels: e.labels, Accounts: e.accounts, Advertisers: e.advertisers, Campaigns: e.campaigns,
		Creatives: e.creatives, Segments: e.segments, Templates: e.templates, Mailings: e.mailings, Composer: e.composer,
		Approval: e.approval, Requests: requests.NewStore(e.DB, clock, e.accounts, e.notices, h.command.deskURL()), Ledger: e.ledger, Tracking: tracking.NewStore(e.DB, e.keyring, e.members, theirs), Ring: e.keyring, Recorder: recorder, Scheduler: e.newScheduler(c.serveCommand),
	}, history.Cast(cast), c.Weeks, now.Add(-time.Minute))
	return fmt.Sprintf("%d weeks: %d mailings with their approvals, %d mails, %d opens, clicks and returns", c.Weeks, told.Mailings, told.Mails, told.Acts), err
}
