package postgres

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"
)

// followed is a clock over a base's that the test sets, in a process whose time the test
// lets pass.
type followed struct {
	*Clock
	base  time.Time
	ran   time.Duration
	takes time.Duration // an answer on its way back
	away  bool
}

func newFollowed(t *testing.T) *followed {
	t.Helper()
	f := &followed{base: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	f.Clock = &Clock{log: slog.New(slog.NewTextHandler(io.Discard, nil)), ran: func() time.Duration { return f.ran }}
	f.ask = func(context.Context) (time.Time, error) {
		said := f.base
		f.pass(f.takes)
		if f.away {
			return time.Time{}, errors.New("the base is away")
		}
		return said, nil
	}
	f.mustLook(t)
	return f
}

// pass lets time pass, for both.
func (f *followed) pass(d time.Duration) { f.base, f.ran = f.base.Add(d), f.ran+d }

func (f *followed) mustLook(t *testing.T) {
	t.Helper()
	if err := f.look(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (f *followed) must(t *testing.T, behind time.Duration) {
	t.Helper()
	if got := f.base.Sub(f.Now()); got != behind {
		t.Errorf("the clock is %s behind the base's, not %s", got, behind)
	}
}

// TestTheClockIsTheBases: between two looks, and while the base is away.
func TestTheClockIsTheBases(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	f.must(t, 0)
	f.pass(7 * time.Second)
	f.must(t, 0)
	f.away = true
	if err := f.look(t.Context()); err == nil {
		t.Error("nobody says that the base is away")
	}
	f.pass(time.Hour)
	f.must(t, 0)
	f.away = false
	f.mustLook(t)
	f.must(t, 0)
}

// TestTheClockFollowsTheBases: forward and back, as after a failover to a machine whose
// clock differs, or when this one stood still.
func TestTheClockFollowsTheBases(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	for _, by := range []time.Duration{26 * time.Hour, -52 * time.Hour, 30 * time.Millisecond, -30 * time.Millisecond} {
		f.base = f.base.Add(by)
		f.mustLook(t)
		f.must(t, 0)
	}
}

// TestTheClockIsNeverAhead: the base refuses what comes before its time, so an answer
// that was long on its way mustn't count as of when it was asked for.
func TestTheClockIsNeverAhead(t *testing.T) {
	t.Parallel()
	f := newFollowed(t)
	f.base, f.takes = f.base.Add(time.Hour), 200*time.Millisecond
	f.mustLook(t)
	f.must(t, 200*time.Millisecond)
	f.takes = 0 // a better answer
	f.mustLook(t)
	f.must(t, 0)
	f.takes = 300 * time.Millisecond // a worse one, which agrees
	f.mustLook(t)
	f.must(t, 0)
	f.base, f.takes = f.base.Add(time.Hour), 2*time.Second // it may be as old as that
	f.mustLook(t)
	f.must(t, time.Hour)
}
