//go:build bench

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/benchtest"
	"keur/internal/pgtest"
	"keur/internal/proctest"
	"keur/internal/smtptest"
)

// benchPublisher is a publisher of n members over a durable server.
func benchPublisher(t *testing.T, n int) (*benchtest.Bench, *publisher, *sqlx.DB) {
	t.Helper()
	server := pgtest.Server(t)
	owner := pgtest.Open(t, server.OwnerURL())
	b := benchtest.New(t, owner)
	p := newPublisher(t, pgtest.Open(t, server.AppURL()), server.AppURL(), 1)
	p.multiply(t, owner, n)
	return b, p, owner
}

// TestBenchSlot measures from the slot of a mailing to a million members, whose
// approval was given half a minute before, to the first mail that their server
// sees.
func TestBenchSlot(t *testing.T) {
	const frozen = `SELECT count(*) FROM sends WHERE frozen_at IS NOT NULL`
	b, p, owner := benchPublisher(t, 1_000_000)
	late := b.Measure(3, func() float64 {
		before := pgtest.Count(t, p.DB, frozen)
		p.came = make(chan struct{})
		p.first.Store(nil)
		p.Clock.Set(time.Now())
		slot := p.plan(t, 30*time.Second)
		b.Say("approved %.1f s ahead", time.Until(slot).Seconds())
		serve := p.run(t, "serve", "--only", "worker,scheduler")
		b.Await("the audience is frozen", func() bool { return pgtest.Count(t, p.DB, frozen) > before })
		b.Say("frozen %.1f s ahead", time.Until(slot).Seconds())
		select {
		case <-p.came:
		case <-time.After(time.Until(slot) + time.Minute):
			t.Fatal("no mail a minute after the slot")
		}
		proctest.Stop(t, serve)
		endSends(t, owner)
		after := p.first.Load().Sub(slot)
		if after < 0 {
			t.Errorf("the first mail left %s before its slot", -after)
		}
		return benchtest.Milliseconds(after)
	})
	b.Target("from the slot to the first mail, 1,000,000 members", late, b.Within(1000), "ms")
}

// endSends ends what is under way, so that the next send has the worker to itself.
func endSends(t *testing.T, owner *sqlx.DB) {
	t.Helper()
	pgtest.Unguarded(t, owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET state = 'cancelled', finished_at = now() WHERE state = 'sending'`)
	})
}

// TestBenchSlotToOutcome measures from when the slot of a mailing has come and
// keur is started until every outcome is durable: preflight and freezing are
// within. Everyone must have got the mail, and once.
func TestBenchSlotToOutcome(t *testing.T) {
	const members, connections = 100_000, 8
	const finished = `SELECT count(*) FROM sends WHERE state = 'finished'`
	b, p, _ := benchPublisher(t, members)
	b.Say("mails go over %d connections, of which a new route has 10", connections)
	run := func() float64 {
		before, done := p.server.Counts(), pgtest.Count(t, p.DB, finished)
		p.Clock.Set(time.Now())
		<-time.After(time.Until(p.plan(t, 0)))
		began := time.Now()
		serve := p.run(t, "serve", "--only", "worker,scheduler")
		b.Await("the send is finished", func() bool { return pgtest.Count(t, p.DB, finished) > done })
		proctest.Stop(t, serve)
		var last time.Time
		if err := p.DB.Get(&last, `SELECT max(changed_at) FROM deliveries WHERE send_id = (SELECT max(id) FROM sends)`); err != nil {
			t.Fatal(err)
		}
		mustReachAll(t, members, before, p.server.Counts())
		return members / last.Sub(began).Seconds()
	}
	run() // after which the size of a mail is known
	size := len(p.server.Mails()[0].Data)
	source := func() float64 { return benchtest.Source(t, p.server.Port(), connections, members, size) }
	first := source()
	rate := b.Measure(3, run)
	last := source()
	mean := (first + last) / 2
	b.Say("smtp-source sent %.0f mails/s of %d bytes before, %.0f after", first, size, last)
	b.Target("from the slot to the last outcome, 100,000 members", rate, b.Rate(4_000), "mails/s")
	b.Target("from the slot to the last outcome, share of smtp-source's", rate.Per(mean), benchtest.AtLeast(0.33), "")
}

// mustReachAll fails the test unless each member got one mail of those that
// were counted after, and not before.
func mustReachAll(t *testing.T, members int, before, after map[smtptest.Receipt]int) {
	t.Helper()
	got := map[string]int{}
	for receipt, n := range after {
		if n -= before[receipt]; n > 0 && strings.HasSuffix(receipt.To, "@post.example") {
			got[receipt.To] += n
		}
	}
	twice := 0
	for _, n := range got {
		if n > 1 {
			twice++
		}
	}
	if len(got) != members || twice > 0 {
		t.Errorf("of %d members %d got the mail, %d of them more than once", members, len(got), twice)
	}
}
