package targets

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/each"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/notices"
)

// How targets are checked.
const (
	atOnce  = 8                // hosts
	lease   = 3 * time.Minute  // in which a check ends: links.Check does within one
	apart   = 2 * time.Second  // two of one host, at least …
	further = 6 * time.Second  // … and at most so much more
	earlier = 90 * time.Minute // by which the time of a day varies
	soon    = 30 * time.Minute // after which it is checked again where nobody answered
)

// Watch checks targets. Any number of processes may have one: each target is
// checked by one of them, and of each host one target at a time.
type Watch struct {
	*Store
	Trace   links.Trace    // nil: nobody is asked
	Notices *notices.Store // by which owners hear of links that broke
	DeskURL string         // where staff reach the desk: scheme and host, no slash at its end
}

// NewWatch returns a watch over the targets in db.
func NewWatch(db *sqlx.DB, at clock.Clock, trace links.Trace, letters *notices.Store, deskURL string) *Watch {
	return &Watch{Store: NewStore(db, at), Trace: trace, Notices: letters, DeskURL: deskURL}
}

// CheckDue checks what is due of some hosts, one target of each, and returns how
// many it checked.
func (w *Watch) CheckDue(ctx context.Context) (int, error) {
	if w.Trace == nil {
		return 0, nil
	}
	var claims []claim
	for len(claims) < atOnce {
		c, is, err := w.claimDue(ctx)
		if err != nil {
			return 0, err
		}
		if !is {
			break
		}
		claims = append(claims, c)
	}
	return each.Try(ctx, atOnce, claims, w.check)
}

// CheckNow checks a target for a person who waits. Returns a conflict if a
// network's terms forbid it, or another link of its host is being checked.
func (w *Watch) CheckNow(ctx context.Context, id ID) error {
	t, err := w.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case t.Barred:
		return fault.New(fault.Conflict, "targets.barred")
	case w.Trace == nil:
		return fault.New(fault.Unavailable, "targets.nobody_asks")
	}
	c, is, err := w.claimNow(ctx, id)
	if err != nil {
		return err
	}
	if !is {
		return fault.New(fault.Conflict, "targets.busy")
	}
	return w.check(ctx, c)
}

// check follows a claimed target and keeps what it found, unless it lasted longer
// than its lease.
func (w *Watch) check(ctx context.Context, c claim) error {
	var trail links.Trail
	follow := func(ctx context.Context, url, parameter string) (final string, err error) {
		trail, err = w.Trace(ctx, url, parameter)
		return trail.Final, err
	}
	checked, err := links.Check(ctx, follow, []links.Asked{{URL: c.URL, SubIDParameter: c.Parameter, MadeUp: c.MadeUp}})
	if err != nil {
		return err
	}
	return w.keep(ctx, c, checked[0], trail.Hops)
}

// drawn returns a random part of a time.
func drawn(most time.Duration) time.Duration { return rand.N(most) }
