package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"keur/approval"
)

// auditCommand is about the trail of who did what.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Walk the whole audit trail and prove that nothing in it was changed."`
}

type auditVerify struct{}

// Run checks the trail from its first entry on. That takes the base alone and
// no secret, so that someone else than who runs Keur can do it.
func (auditVerify) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	b, err := openBase(ctx, settings, log)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	shown := &counter{out: at.err, began: time.Now()}
	n, last, err := approval.NewTrail(b.DB).VerifyAudit(ctx, shown.count)
	if err != nil {
		return err
	}
	fmt.Fprintf(at.out, "the audit trail is whole: %d entries, each follows the one before\n", n)
	fmt.Fprintf(at.out, "hash of the last: %x\n", last)
	return nil
}

// counter tells a person who waits how far a long walk has come.
type counter struct {
	out   io.Writer
	began time.Time
	said  time.Time
}

// count says so once a second, and nothing of what takes less.
func (c *counter) count(done int64) {
	now := time.Now()
	if now.Sub(c.began) < time.Second || now.Sub(c.said) < time.Second {
		return
	}
	c.said = now
	fmt.Fprintf(c.out, "%d entries checked, %.0f a second\n", done, float64(done)/now.Sub(c.began).Seconds())
}
