package main

import (
	"context"
	"fmt"
	"log/slog"

	"keur/tracking"
)

// keysCommand manages the keys that sign public links and return paths.
type keysCommand struct {
	Rotate keysRotate `cmd:"" help:"Make a new key, which signs a few minutes later; links of older keys go on working."`
}

type keysRotate struct{}

// Run makes the key.
func (c keysRotate) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	id, waits, err := tracking.NewKeys(d.DB, d.box).Rotate(ctx)
	if err != nil {
		return err
	}
	if waits != nil {
		at.waits(*waits)
		return nil
	}
	fmt.Fprintf(at.out, "Key %d signs in three to four minutes, once every process that runs has read it. Nothing needs a restart.\n", id)
	return nil
}
