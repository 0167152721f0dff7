package shaping

import (
	"log/slog"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestConnectionsAreShared: two processes never have more of a provider's
// connections together than it bears, and each gets its part when both want some.
func TestConnectionsAreShared(t *testing.T) {
	t.Parallel()
	dns := &mx{hosts: map[string]string{"gmail.com": "mx.google.com.", "shop.nl": "mx1.hoster.nl.", "slow.nl": "!"}}
	clk, store := clock.NewFake(now), NewStore(pgtest.New(t), clock.NewFake(now))
	ctx := pgtest.Acting(t.Context(), "system:worker")
	one := New(store, table(t), dns, clk, slog.New(slog.DiscardHandler))
	two := New(store, table(t), dns, clk, slog.New(slog.DiscardHandler))
	ways := one.Ways(ctx, []string{"gmail.com", "shop.nl", "slow.nl"})
	if ways[0] != (Way{Provider: "google"}) || ways[1] != (Way{"hoster.nl", "mx1.hoster.nl"}) || ways[2] != (Way{"slow.nl", "slow.nl"}) {
		t.Fatalf("the ways are %v", ways)
	}
	google := ways[0]
	enter := func(s *Shaper) (n int) {
		for s.Slots.Enter(google) {
			n++
		}
		return n
	}
	if enter(one) != 0 {
		t.Error("connections nobody leased")
	}
	one.Slots.Want("a pool", google, 8)
	<-one.Slots.asked
	one.lease(ctx)
	if n := enter(one); n != 5 {
		t.Errorf("%d connections of 5", n)
	}
	two.Slots.Want("a pool", google, 8)
	two.lease(ctx)
	if n := enter(two); n != 0 {
		t.Errorf("another has %d while the first has all", n)
	}
	one.Slots.Want("a pool", google, 0)
	one.lease(ctx)
	left := 0
	for one.Slots.Crowded(google) {
		one.Slots.Leave(google)
		left++
	}
	two.lease(ctx)
	if n := enter(two); left != 2 || n != 0 {
		t.Errorf("%d are left, and another has %d before that is known", left, n)
	}
	one.lease(ctx)
	two.lease(ctx)
	if n := enter(two); n != 2 {
		t.Errorf("the other has %d of the 2 that are left", n)
	}
	if n := pgtest.Count(t, store.db, `SELECT sum(held)::int FROM provider_connections WHERE key = 'provider:google'`); n != 5 {
		t.Errorf("%d are held of 5", n)
	}
	one.giveBack(ctx)
	two.lease(ctx)
	if n := enter(two); n != 3 {
		t.Errorf("of who has gone %d are had", n)
	}
	two.Slots.until = time.Now()
	if !two.Slots.Crowded(google) || two.Slots.Enter(google) {
		t.Error("what isn't renewed is had still")
	}
}

// TestADeadProcessKeepsNoConnections: what a killed process held is others' once it
// wasn't renewed for half a minute, and not before.
func TestADeadProcessKeepsNoConnections(t *testing.T) {
	t.Parallel()
	clk, store := clock.NewFake(now), NewStore(pgtest.New(t), clock.NewFake(now))
	ctx := pgtest.Acting(t.Context(), "system:worker")
	google := Way{Provider: "google"}
	grants := func() (n int) {
		s := New(store, table(t), &mx{}, clk, slog.New(slog.DiscardHandler))
		s.Slots.Want("a pool", google, 8)
		s.lease(ctx)
		for s.Slots.Enter(google) {
			n++
		}
		return n
	}
	if n := grants(); n != 5 {
		t.Fatalf("the first has %d of 5", n)
	}
	if n := grants(); n != 0 {
		t.Errorf("another has %d before the lease lapses", n)
	}
	if n := pgtest.Count(t, store.db, `SELECT count(*) FROM provider_connections WHERE until > clock_timestamp() + $1::interval`,
		leased.String()); n != 0 {
		t.Errorf("%d hold on for longer than half a minute", n)
	}
	if _, err := postgres.Exec(ctx, store.db, `UPDATE provider_connections SET until = clock_timestamp()`); err != nil {
		t.Fatal(err)
	}
	if n := grants(); n != 5 {
		t.Errorf("of the dead one's 5, another has %d", n)
	}
}

// TestFewerConnectionsAreLeft: a limit holds for who has them already.
func TestFewerConnectionsAreLeft(t *testing.T) {
	t.Parallel()
	s, clk, _ := newShaper(t, &mx{})
	s.Store = NewStore(pgtest.New(t), clk)
	ctx := pgtest.Acting(t.Context(), "system:worker")
	google := Way{Provider: "google"}
	s.Slots.Want(1, google, 3)
	s.lease(ctx)
	for s.Slots.Enter(google) {
	}
	fewer := &Rule{Pattern: "x", AtLeast: 1, Do: FewerAtOnce, To: 1, Minutes: 60}
	if err := s.Store.Note(ctx, "google", fewer, 1, "too many", Bears{}); err != nil {
		t.Fatal(err)
	}
	before := s.View()
	s.Follow(ctx)
	s.lease(ctx)
	if n := s.most(google); n != 1 || !s.Slots.Crowded(google) || s.View() == before {
		t.Errorf("of %d connections at once none is one too many", n)
	}
	if paced, stopped := s.Paced("google"); paced || stopped {
		t.Error("fewer connections are no rate")
	}
}

// TestSmallProvidersAreLimitedByTheirMX: a connection to one MX counts among those
// to its provider as well, if that has a number.
func TestSmallProvidersAreLimitedByTheirMX(t *testing.T) {
	t.Parallel()
	most := map[Way]int{{Provider: "p"}: 3, {"p", "a"}: 2, {"p", "b"}: 2}
	s := newSlots(func(w Way) int { return most[w] })
	a, b := Way{"p", "a"}, Way{"p", "b"}
	s.Want(1, a, 5)
	s.Want(1, b, 5)
	asks, ways, over := s.ask()
	if len(asks) != 3 || len(over) != 0 {
		t.Fatalf("%+v are asked for, %v are over", asks, over)
	}
	granted := make([]int, len(ways))
	for i, w := range ways {
		granted[i] = most[w]
	}
	s.answer(ways, granted, time.Now().Add(time.Hour))
	for i, want := range []bool{true, true, false} {
		if s.Enter(a) != want {
			t.Errorf("connection %d to the first MX", i+1)
		}
	}
	if !s.Enter(b) || s.Enter(b) {
		t.Error("the provider has three connections, not one more or less")
	}
	changed := s.Changed()
	s.Leave(a)
	select {
	case <-changed:
	default:
		t.Error("nobody hears that a connection came free")
	}
	if !s.Enter(b) {
		t.Error("what was left can't be had")
	}
	for _, w := range []Way{a, b, b} {
		s.Leave(w)
	}
	s.Want(1, a, 0)
	s.Want(1, b, 0)
	if asks, _, over := s.ask(); len(asks) != 0 || len(over) != 3 || len(s.slots) != 0 {
		t.Errorf("%v are asked for, and %v over, when nobody wants any", asks, over)
	}
}

// Counting what became of a mail takes no memory, so that it costs a send nothing.
func TestNobodyIsAskedForAMail(t *testing.T) {
	s, _, _ := newShaper(t, &mx{})
	reply := delivery.Reply{Outcome: delivery.OutcomeDeferred, Code: 450}
	for range mostNoted {
		s.Refused("gmail.com", reply)
	}
	if n := testing.AllocsPerRun(100, func() {
		s.Refused("gmail.com", reply)
		s.Limited()
		s.Messages("google")
		s.Slots.Enter(Way{Provider: "google"})
	}); n > 2 {
		t.Errorf("%v allocations a mail", n)
	}
}
