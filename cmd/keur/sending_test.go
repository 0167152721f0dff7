package main

import (
	"net/http"
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/internal/proctest"
)

// TestNoMailLeavesBeforeItsSlot freezes an audience ahead of its slot. A machine
// that is too busy for that is given more time, in a base of its own.
func TestNoMailLeavesBeforeItsSlot(t *testing.T) {
	t.Parallel()
	for ahead := 10 * time.Second; !leavesInTime(t, ahead); ahead *= 4 {
		if ahead > time.Minute {
			t.Fatal("the audience was never frozen ahead of its slot")
		}
	}
}

// leavesInTime sends a mailing whose slot is so far ahead. Returns false if the
// audience wasn't frozen before the slot.
func leavesInTime(t *testing.T, ahead time.Duration) bool {
	t.Helper()
	db := pgtest.Database(t)
	p := newPublisher(t, db.App, db.AppURL, 5)
	slot := p.plan(t, ahead)
	scheduler := p.run(t, "serve", "--only", "scheduler")
	defer proctest.Stop(t, scheduler)
	p.metrics = freeAddress(t)
	worker := p.run(t, "worker")
	defer proctest.Stop(t, worker)
	p.await(t, `EXISTS (SELECT FROM sends WHERE frozen_at IS NOT NULL)`)
	if now := time.Now(); !now.Before(slot) {
		t.Logf("with a slot %s ahead the audience was frozen %s after it", ahead, now.Sub(slot))
		return false
	}
	p.await(t, `EXISTS (SELECT FROM sends WHERE state = 'finished')`)
	if n := p.taken.Load(); n != 5 {
		t.Errorf("%d mails to 5 members", n)
	}
	if early := slot.Sub(*p.first.Load()); early > 0 {
		t.Errorf("the first mail left %s before its slot", early)
	}
	p.mustShow(t, "keur_slot_lag_seconds_count 1\n", `keur_smtp_transactions_total{outcome="accepted"} 5`, "keur_labels_captured 0", "go_goroutines ")
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/labels": http.StatusNotFound} {
		answer, err := http.Get("http://" + p.metrics + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s answers %s", path, answer.Status)
		}
	}
	return true
}

func TestServeStopsInOrder(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	p := newPublisher(t, db.App, db.AppURL, 1)
	p.multiply(t, db.Owner, 3000)
	p.plan(t, 0)
	for range 3 {
		serve := p.run(t, "serve", "--only", "worker,scheduler")
		enough := p.taken.Load() + 300
		proctest.Until(t, "300 more mails are taken", func() bool { return p.taken.Load() >= enough })
		proctest.Stop(t, serve)
		p.await(t, `NOT EXISTS (SELECT FROM deliveries WHERE state IN ('sending', 'in_doubt'))`)
	}
	p.await(t, `EXISTS (SELECT FROM deliveries WHERE state = 'queued')`) // each was stopped in the middle
	serve := p.run(t, "serve", "--only", "worker,scheduler")
	p.await(t, `EXISTS (SELECT FROM sends WHERE state = 'finished')`)
	proctest.Stop(t, serve)
	for receipt, n := range p.server.Counts() {
		if n > 1 {
			t.Errorf("%s got it %d times", receipt.To, n)
		}
	}
	if n := p.taken.Load(); n != 3000 {
		t.Errorf("%d mails to 3000 members", n)
	}
}
