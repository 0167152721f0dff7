//go:build bench

package main

import (
	"testing"
	"time"

	"keur/internal/pgtest"
)

// TestBenchSlot measures from the slot of a mailing to a million members, whose
// approval was given half a minute before, to the first mail that their server
// sees: it may take a second.
func TestBenchSlot(t *testing.T) {
	server := pgtest.Server(t)
	p := newPublisher(t, pgtest.Open(t, server.AppURL()), server.AppURL(), 1)
	p.multiply(t, pgtest.Open(t, server.OwnerURL()), 1_000_000)
	slot := p.plan(t, 30*time.Second)
	t.Logf("approved  %6.1f s ahead", time.Until(slot).Seconds())
	p.run(t, "serve", "--only", "worker,scheduler")
	p.await(t, `EXISTS (SELECT FROM sends WHERE frozen_at IS NOT NULL)`)
	t.Logf("frozen    %6.1f s ahead", time.Until(slot).Seconds())
	select {
	case <-p.came:
	case <-time.After(time.Until(slot) + time.Minute):
		t.Fatal("no mail a minute after the slot")
	}
	late := p.first.Load().Sub(slot)
	t.Logf("first mail %s after its slot", late.Round(time.Millisecond))
	if late < 0 || late > time.Second {
		t.Errorf("the first mail left %s after its slot, wanted within a second", late)
	}
}
