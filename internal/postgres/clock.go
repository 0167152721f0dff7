package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

const (
	// lookEvery is how often a process looks at the base's clock.
	lookEvery = 10 * time.Second
	// longestLook is how long an answer may take to be believed: it may be as old.
	longestLook = time.Second
	// toldFrom is how far a clock must have moved for the log to say so.
	toldFrom = 2 * time.Second
)

// Clock is the base's clock as a process knows it, so that all processes go by one:
// their machines' clocks may differ, be wrong or jump. Between two looks it goes on by
// how long the process has run. It is never ahead of the base's, which refuses what
// comes before its time.
type Clock struct {
	ask func(context.Context) (time.Time, error)
	ran func() time.Duration // how long the process has run, which never jumps
	log *slog.Logger
	now atomic.Pointer[reading]
}

// reading is what the base's clock said, and how long the process had run when that
// was heard.
type reading struct {
	base  time.Time
	heard time.Duration
}

func (r *reading) after(ran time.Duration) time.Time { return r.base.Add(ran - r.heard) }

// FollowClock returns the base's clock, and looks at it again until ctx ends. While the
// base is away the clock goes on.
func FollowClock(ctx context.Context, db *sqlx.DB, log *slog.Logger) (*Clock, error) {
	began := time.Now()
	c := &Clock{ran: func() time.Duration { return time.Since(began) }, log: log}
	c.ask = func(ctx context.Context) (now time.Time, err error) {
		err = db.GetContext(ctx, &now, `SELECT clock_timestamp()`)
		return now, err
	}
	if err := c.look(ctx); err != nil {
		return nil, fmt.Errorf("ask the base what time it is: %w", err)
	}
	go c.follow(ctx)
	return c, nil
}

// Now returns the base's time in UTC.
func (c *Clock) Now() time.Time { return c.now.Load().after(c.ran()) }

func (c *Clock) follow(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = c.look(ctx) // it goes on, and whoever else asks that base says that it is away
		}
	}
}

// look takes what the base's clock says, unless that agrees with what is known: the
// answer was right at some moment since it was asked for.
func (c *Clock) look(ctx context.Context) error {
	asked := c.ran()
	base, err := c.ask(ctx)
	if err != nil {
		return err
	}
	heard := c.ran()
	was := c.now.Load()
	if was == nil {
		c.now.Store(&reading{base.UTC(), heard})
		return nil
	}
	if heard-asked > longestLook {
		return nil
	}
	if ahead := was.after(heard).Sub(base); ahead < 0 || ahead > heard-asked {
		c.now.Store(&reading{base.UTC(), heard})
		if ahead.Abs() > toldFrom {
			c.log.Warn("the base's clock moved, or this machine stood still", "by", -ahead)
		}
	}
	return nil
}
