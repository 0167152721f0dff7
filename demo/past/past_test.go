package past

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
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
	c.run(time.Second, 2*time.Second)
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
}
