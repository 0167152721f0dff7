package past

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"
)

// agenda is what is still to happen, in the order of its time.
type agenda struct {
	clock *Clock
	due   []appointment
}

type appointment struct {
	at   time.Time
	what string
	do   []func(context.Context) error // one after the other
}

// at enters what happens at a moment, after all that happens then already.
func (a *agenda) at(moment time.Time, what string, do ...func(context.Context) error) {
	i := sort.Search(len(a.due), func(i int) bool { return a.due[i].at.After(moment) })
	a.due = slices.Insert(a.due, i, appointment{moment, what, do})
}

// has reports whether anything happens from one moment to another, both included.
func (a *agenda) has(from, until time.Time) bool {
	i := sort.Search(len(a.due), func(i int) bool { return !a.due[i].at.Before(from) })
	return i < len(a.due) && !a.due[i].at.After(until)
}

// run lets everything happen until a moment; what comes later stays undone.
func (a *agenda) run(ctx context.Context, until time.Time) error {
	for len(a.due) > 0 && !a.due[0].at.After(until) {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := a.due[0]
		a.due = a.due[1:]
		a.clock.reach(next.at)
		for _, do := range next.do {
			if err := do(ctx); err != nil {
				return fmt.Errorf("on %s, %s: %w", next.at.Format("2006-01-02 15:04"), next.what, err)
			}
		}
	}
	return nil
}
