package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"keur/tracking"
)

// bounceCommand takes in a letter that a mail server pipes in, as the listener
// takes those that come by SMTP.
type bounceCommand struct {
	NoDNS bool `name:"no-dns" help:"As of serve." env:"KEUR_NO_DNS"`

	To []string `help:"The envelope's recipients, where the letter's header may not name them." placeholder:"ADDRESS"`
}

// Help says how a mail server calls it; kong shows it.
func (bounceCommand) Help() string {
	return "Reads one letter from standard input: a bounce, a complaint, a DMARC report or a mail to unsubscribe. Exits with 75 when " +
		"it should be given again, so that a mail server keeps it."
}

// mostPiped is how much of a letter is read.
const mostPiped = 10 << 20

// Run takes in the letter. Given again, it changes nothing.
func (c bounceCommand) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	letter, err := io.ReadAll(io.LimitReader(at.in, mostPiped))
	if err == nil && len(letter) == 0 {
		return errors.New("there is no letter on standard input: keur bounce < letter")
	}
	if err != nil {
		return fmt.Errorf("%w: read the letter: %w", errAgain, err)
	}
	if err := c.take(ctx, settings, letter, log); err != nil {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	return nil
}

func (c bounceCommand) take(ctx context.Context, settings *Settings, letter []byte, log *slog.Logger) error {
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	ring, err := tracking.NewKeys(d.DB, d.box).Ring(ctx)
	if err != nil {
		return err
	}
	store := tracking.NewStore(d.DB, ring, d.members, d.clock, d.key)
	store.ReadReports(d.records(serveCommand{NoDNS: c.NoDNS}))
	got, err := store.Receive(d.key.Acting(ctx, "system:tracking"), c.To, bytes.NewReader(letter))
	if err != nil {
		return err
	}
	log.Info("letter taken in", "kind", got.Kind, "class", got.Class, "send", got.Send, "member", got.Member, "new", got.New)
	return nil
}
