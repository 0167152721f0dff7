package main

import (
	"context"
	"fmt"
	"log/slog"

	"keur/tracking"
)

// bouncesCommand is about what bounces did to members.
type bouncesCommand struct {
	Lift bouncesLift `cmd:"" help:"End the suppressions by mails that never left; without --count it only tells how many there are."`
}

type bouncesLift struct {
	Count int `help:"How many suppressions to end, as told before; with another number nothing is done." placeholder:"N"`
}

// Run counts the suppressions, or ends them as whoever sits at this machine.
func (c bouncesLift) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	unfounded := tracking.NewUnfounded(d.DB, d.members)
	if c.Count > 0 {
		if err := unfounded.Lift(ctx, c.Count); err != nil {
			return err
		}
		fmt.Fprintf(at.out, "%d suppressions ended, each on the audit trail. What members withdrew stays withdrawn.\n", c.Count)
		return nil
	}
	n, members, err := unfounded.Count(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(at.out, "%d suppressions of %d members are by mails that never left.\n", n, members)
	if n > 0 {
		fmt.Fprintf(at.out, "To end them: keur bounces lift --count %d\n", n)
	}
	return nil
}
