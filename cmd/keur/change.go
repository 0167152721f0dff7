package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"keur/changes"
	"keur/internal/paging"
)

// changeCommand lets whoever is root on the machine decide as one admin, where
// the other one has gone.
type changeCommand struct {
	List    changeList    `cmd:"" help:"List what waits for a second admin."`
	Confirm changeConfirm `cmd:"" help:"Confirm what an admin proposed, which applies it."`
	Refuse  changeRefuse  `cmd:"" help:"Refuse what an admin proposed, or withdraw what was proposed here."`
}

type changeList struct{}

// Run prints a line for each change.
func (c changeList) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	waiting := paging.All(func(ask paging.Ask) (paging.Page[changes.Request], error) {
		return d.changes.List(ctx, changes.Filter{State: changes.Proposed}, ask)
	})
	for r, err := range waiting {
		if err != nil {
			return err
		}
		fmt.Fprintf(at.out, "%d\t%s\t%s\t%s\n", r.ID, r.ProposedAt.Format("2006-01-02 15:04"), r.ProposedBy, r.What)
	}
	return nil
}

type changeConfirm struct {
	ID changes.ID `arg:"" help:"Number of the change, see keur change list."`
}

// Run confirms and applies the change.
func (c changeConfirm) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return decide(ctx, settings, at, log, func(ctx context.Context, d *stores) (changes.Request, error) {
		return d.changes.Confirm(ctx, c.ID)
	})
}

type changeRefuse struct {
	ID changes.ID `arg:"" help:"Number of the change, see keur change list."`
}

// Run refuses the change.
func (c changeRefuse) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return decide(ctx, settings, at, log, func(ctx context.Context, d *stores) (changes.Request, error) {
		r, err := d.changes.Get(ctx, c.ID)
		if err == nil && strings.HasPrefix(r.ProposedBy, "console") {
			return d.changes.Withdraw(ctx, c.ID)
		}
		return d.changes.Refuse(ctx, c.ID)
	})
}

func decide(
	ctx context.Context, settings *Settings, at console, log *slog.Logger, act func(context.Context, *stores) (changes.Request, error),
) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	r, err := act(ctx, d)
	if err != nil {
		return err
	}
	fmt.Fprintf(at.out, "change %d is %s: %s\n", r.ID, r.State, r.What)
	return nil
}
