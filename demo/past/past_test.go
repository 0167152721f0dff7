package past

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"keur/demo"
	"keur/internal/clock"
	"keur/internal/inbox"
)

var monday = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

func TestAgendaKeepsTheOrderOfTime(t *testing.T) {
	t.Parallel()
	clock := NewClock(monday)
	a := &agenda{clock: clock}
	var happened []string
	note := func(what string) func(context.Context) error {
		return func(context.Context) error {
			happened = append(happened, what+clock.Now().Format(" 15:04"))
			return nil
		}
	}
	a.at(monday.Add(2*time.Hour), "second", note("second"))
	a.at(monday.Add(3*time.Hour), "late", note("late"))
	a.at(monday.Add(time.Hour), "first", func(ctx context.Context) error {
		a.at(monday.Add(2*time.Hour), "third", note("third")) // what happens may lead to more
		return note("first")(ctx)
	})
	if err := a.run(t.Context(), monday.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"first 09:00", "second 10:00", "third 10:00"}; !slices.Equal(happened, want) {
		t.Errorf("%q happened, want %q", happened, want)
	}
	broken := errors.New("broken")
	a.at(monday, "break", func(context.Context) error { return broken })
	if err := a.run(t.Context(), monday.Add(time.Hour)); !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
}

func TestClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	c := NewClock(monday)
	c.run(time.Second, 2*time.Second, monday.Add(time.Hour))
	for range 5 {
		c.Now()
	}
	if now := c.Now(); !now.Equal(monday.Add(2 * time.Second)) {
		t.Errorf("ran to %s", now)
	}
	c.reach(monday)
	if now := c.Now(); !now.Equal(monday.Add(2 * time.Second)) {
		t.Errorf("went back to %s", now)
	}
	c.run(time.Second, time.Hour, monday.Add(4*time.Second))
	for range 5 {
		c.Now()
	}
	if now := c.Now(); !now.Equal(monday.Add(4 * time.Second)) {
		t.Errorf("ran beyond its end, to %s", now)
	}
}

// TestNoSchedulerSeesAMissedSlot plans the past of each half hour of two weeks,
// with the hour that the clocks are set back: a slot that is to be missed must be,
// whatever else happens on such a day.
func TestNoSchedulerSeesAMissedSlot(t *testing.T) {
	t.Parallel()
	publisher, err := demo.New(t.Context(), demo.Config{Mailboxes: inbox.New(inbox.Limits{}, clock.System{}), Out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 10, 19, 0, 20, 0, 0, time.UTC)
	for now := from; now.Before(from.AddDate(0, 0, 14)); now = now.Add(30 * time.Minute) {
		for weeks, missed := range map[int]int{0: 1, 1: 1, 13: 2} {
			p := &months{Publisher: publisher, agenda: &agenda{clock: NewClock(now)}, now: now, weeks: weeks}
			p.plan()
			for _, miss := range p.agenda.due {
				if !strings.HasPrefix(miss.what, "miss ") {
					continue
				}
				missed--
				slot := miss.at.Add(-2 * time.Hour)
				for _, other := range p.agenda.due {
					if since := other.at.Sub(slot); since >= 0 && since <= time.Hour {
						t.Errorf("at %s, %d weeks: %q happens %s after the slot to %s", now, weeks, other.what, since, miss.what)
					}
				}
				if ago := now.Sub(slot); ago < 6*time.Hour || ago > 16*time.Hour && ago < 7*day {
					t.Errorf("at %s, %d weeks: the slot to %s was %s ago", now, weeks, miss.what, ago)
				}
			}
			if missed != 0 {
				t.Errorf("at %s, %d weeks: %d more should be missed", now, weeks, missed)
			}
		}
	}
}
