package delivery_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/campaigns"
	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
	"keur/members"
)

const (
	aWorker = "5f0cbd6c-1c9d-4b2c-8f0e-4f5b7f0c0001"
	another = "5f0cbd6c-1c9d-4b2c-8f0e-4f5b7f0c0002"
)

// newLedger is a ledger whose queue the test empties itself, of n members.
func newLedger(t *testing.T, n int) *walk {
	t.Helper()
	db, fake := pgtest.Database(t), clock.NewFake(time.Now())
	s, err := deliverytest.New(t.Context(), db.Owner, db.App, fake, n)
	must(t, err)
	return &walk{stage: &stage{Stage: s, clock: fake, server: deliverytest.NewServer()}, url: db.AppURL,
		queue: delivery.Queue{Ledger: s.Ledger}}
}

// deliver sends a batch and ends it: each mail gets the reply to its number in it.
func (w *walk) deliver(t testing.TB, replies ...delivery.Reply) {
	t.Helper()
	if w.batch = w.claim(t, aWorker); w.batch == nil {
		t.Fatal("there is no batch")
	}
	w.round(t, intent)
	var renderer delivery.Renderer
	var mail delivery.Rendered
	n := 0
	w.round(t, func(it *delivery.Item) delivery.Change {
		must(t, renderer.Render(&mail, it, w.clock.Now()))
		if !strings.Contains(string(mail.Message.Data), mail.MessageID) || !strings.HasPrefix(mail.Message.ReturnPath, "b+") {
			t.Errorf("a mail from %s without its Message-ID %s", mail.Message.ReturnPath, mail.MessageID)
		}
		n, w.last = n+1, string(mail.Message.Data)
		return it.Outcome(replies[(n-1)%len(replies)], w.clock.Now())
	})
	w.finish(t, w.batch)
}

// finish ends a batch, and reports whether it was its holder's still.
func (w *walk) finish(t testing.TB, b *delivery.Batch) bool {
	t.Helper()
	ours, err := w.queue.Finish(t.Context(), b, 0)
	must(t, err)
	return ours
}

// wantProgress fails unless the send has come so far, by the counts and by the rows.
func (w *walk) wantProgress(t testing.TB, want delivery.Progress) {
	t.Helper()
	got, err := w.Ledger.Progress(t.Context(), w.send.ID)
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("the send has come to %v, want %v; %v", got, want, err)
	}
	for state, n := range want {
		w.mustCount(t, n, `SELECT count(*) FROM deliveries WHERE state = $1::text::delivery_state`, state)
	}
}

// TestCountsFollowTheRows takes a send through retries, doubts and their
// resolution.
func TestCountsFollowTheRows(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 6)
	w.send = w.start(t, delivery.FreezeOptions{Weights: []int{1, 1}})
	w.wantProgress(t, delivery.Progress{delivery.Queued: 6})
	w.deliver(t, accepted, deferred, noMailbox, ourFault, lost, lost)
	w.wantProgress(t, delivery.Progress{delivery.Sent: 1, delivery.Deferred: 1, delivery.Bounced: 1, delivery.Failed: 1,
		delivery.InDoubt: 2})
	health, err := w.Ledger.Health(t.Context(), w.send.ID)
	if want := (delivery.Health{Handled: 3, HardBounces: 1, Blocked: 1}); err != nil || health != want {
		t.Errorf("%+v, want %+v; %v", health, want, err)
	}
	doubts, err := w.Ledger.Doubts(t.Context(), w.send, paging.Ask{})
	if err != nil || len(doubts.Items) != 2 || doubts.Items[0].Reason != "reply_lost" || doubts.Items[0].MessageID == "" {
		t.Fatalf("%+v, %v", doubts, err)
	}
	must(t, w.Ledger.Resolve(asColleague, w.send, doubts.Items[0].Member, 2, delivery.Leave))
	must(t, w.Ledger.Resolve(asColleague, w.send, doubts.Items[1].Member, 2, delivery.Resend))
	if err := w.Ledger.Resolve(asColleague, w.send, 1, 2, "perhaps"); !fault.Is(err, fault.Invalid) {
		t.Errorf("resolved somehow: %v", err)
	}
	w.wantProgress(t, delivery.Progress{delivery.Sent: 1, delivery.Deferred: 2, delivery.Bounced: 1, delivery.Failed: 2})
	w.clock.Add(16 * time.Minute)
	if n, err := w.Ledger.Requeue(t.Context(), w.Hours()); err != nil || n != 2 {
		t.Fatalf("%d are queued again, %v", n, err)
	}
	w.deliver(t, accepted)
	w.wantProgress(t, delivery.Progress{delivery.Sent: 3, delivery.Bounced: 1, delivery.Failed: 2})
	if b := w.claim(t, aWorker); b != nil {
		t.Errorf("after the end there is batch %d", b.Number)
	}
}

// A send whose deliveries can't be queued again keeps none of another's from it.
func TestASendThatCantGoOnKeepsNoOther(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 2)
	spoilt := w.start(t, delivery.FreezeOptions{})
	w.send = spoilt
	w.deliver(t, deferred)
	w.send = w.start(t, delivery.FreezeOptions{})
	w.deliver(t, deferred)
	w.clock.Add(16 * time.Minute)
	w.Owner.MustExec(fmt.Sprintf(`ALTER TABLE delivery_batches ADD CHECK (send_id <> %d OR part = 0)`, spoilt.ID))
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { // it is the first in turn
		tx.MustExec(`UPDATE delivery_retries SET due_at = due_at - interval '1 hour' WHERE send_id = $1`, spoilt.ID)
	})
	if n, err := w.Ledger.Requeue(t.Context(), w.Hours()); err == nil || n != 2 {
		t.Errorf("%d are queued again, %v", n, err)
	}
	w.mustCount(t, 2, fmt.Sprintf(`SELECT count(*) FROM delivery_retries WHERE send_id = %d`, spoilt.ID))
	w.mustCount(t, 2, `SELECT count(*) FROM delivery_retries`)
}

// TestLeasesLockInOneOrder: a round locks batches in the order of their keys, and
// who renews leases waits for the first of them with no other in hand.
func TestLeasesLockInOneOrder(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 2)
	w.send = w.start(t, delivery.FreezeOptions{})
	first := w.claim(t, aWorker)
	second := *first
	second.Number++
	pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`INSERT INTO delivery_batches SELECT (jsonb_populate_record(b, jsonb_build_object('number', $1::int))).*
			FROM delivery_batches b`, second.Number)
	})
	const lock = `SELECT 1 FROM delivery_batches WHERE send_id = $1 AND number = $2 FOR UPDATE NOWAIT`
	round := w.Owner.MustBegin()
	defer func() { _ = round.Rollback() }()
	round.MustExec(lock, first.Send.ID, first.Number)
	done := make(chan error, 1)
	go func() {
		lost, err := w.queue.Extend(t.Context(), []*delivery.Batch{&second, first}, time.Hour)
		if err == nil && len(lost) > 0 {
			err = fmt.Errorf("lost %v", lost)
		}
		done <- err
	}()
	pgtest.Await(t, w.Owner, `SELECT EXISTS (SELECT FROM pg_stat_activity
		WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%SET lease_until%')`)
	if _, err := round.Exec(lock, second.Send.ID, second.Number); err != nil {
		t.Errorf("a round and a renewal would wait for each other: %v", err)
	}
	if err := round.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestLeasesEnd has a worker keep, lose and give back its batch.
func TestLeasesEnd(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 2)
	w.send = w.start(t, delivery.FreezeOptions{})
	if routes, err := w.queue.BusyRoutes(t.Context()); err != nil || len(routes) != 1 || routes[0] != 0 {
		t.Errorf("mail leaves over %v, %v", routes, err)
	}
	mine := w.claim(t, aWorker)
	if !mine.First() {
		t.Errorf("the send began with batch %d under fence %d", mine.Number, mine.Fence)
	}
	if b := w.claim(t, another); b != nil {
		t.Fatal("two hold one batch")
	}
	if lost, err := w.queue.Extend(t.Context(), []*delivery.Batch{mine}, time.Hour); err != nil || len(lost) != 0 {
		t.Errorf("lost %v, %v", lost, err)
	}
	w.exec(t, leaseRanOut)
	theirs := w.claim(t, another)
	if theirs == nil || theirs.Fence != mine.Fence+1 || theirs.First() {
		t.Fatalf("taken over as %+v", theirs)
	}
	if lost, err := w.queue.Extend(t.Context(), []*delivery.Batch{mine}, time.Hour); err != nil || len(lost) != 1 || lost[0] != mine {
		t.Errorf("lost %v, %v", lost, err)
	}
	if w.finish(t, mine) { // changes nothing: it is theirs
		t.Error("who lost a batch ends it")
	}
	w.mustCount(t, 1, `SELECT count(*) FROM delivery_batches WHERE state = 'running' AND fence = 2`)
	if !w.finish(t, theirs) { // with all of it queued: given back
		t.Error("who holds a batch doesn't end it")
	}
	w.mustCount(t, 1, `SELECT count(*) FROM delivery_batches WHERE state = 'waiting'`)
	must(t, w.Ledger.Postpone(t.Context(), w.send.ID, "", w.clock.Now().Add(time.Minute)))
	active, err := w.queue.Active(t.Context(), 0)
	must(t, err)
	if b, next, err := w.queue.Claim(t.Context(), &active[0], aWorker, time.Hour); b != nil || err != nil ||
		next.Sub(w.clock.Now()) < 59*time.Second {
		t.Errorf("batch %v before its moment %v, %v", b, next, err)
	}
}

// TestUnfinishedSendsAreFound calls a send off before anything of it left.
func TestUnfinishedSendsAreFound(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 3)
	w.send = w.start(t, delivery.FreezeOptions{})
	if ids, err := w.Ledger.Unfinished(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("%v, %v", ids, err)
	}
	_, err := w.Sends.Update(t.Context(), w.send.ID,
		func(s *mailings.Send) error { return s.MoveTo(mailings.SendCancelled, w.clock.Now()) })
	must(t, err)
	if ids, err := w.Ledger.Unfinished(t.Context()); err != nil || len(ids) != 1 || ids[0] != w.send.ID {
		t.Errorf("%v, %v", ids, err)
	}
	if n, err := w.Ledger.Abandon(t.Context(), w.send); err != nil || n != 1 {
		t.Errorf("%d batches, %v", n, err)
	}
	w.wantProgress(t, delivery.Progress{delivery.Lapsed: 3})
}

// TestZonesWait freezes a send whose members have mornings of their own.
func TestZonesWait(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 4)
	w.exec(t, `UPDATE memberships SET time_zone = 'America/New_York' WHERE member_id = 4`)
	later := w.clock.Now().Add(6 * time.Hour)
	w.send = w.start(t, delivery.FreezeOptions{Zones: []delivery.Zone{{Name: "America/New_York", NotBefore: later}}})
	if zones, err := w.Ledger.WaitingZones(t.Context(), w.send.ID, later); err != nil || len(zones) != 2 {
		t.Errorf("mail waits in %q, %v", zones, err)
	}
	w.deliver(t, accepted)
	w.wantProgress(t, delivery.Progress{delivery.Queued: 1, delivery.Sent: 3})
	w.clock.Set(later)
	w.deliver(t, accepted)
	w.wantProgress(t, delivery.Progress{delivery.Sent: 4})
}

// What is refused for now goes on by the clock of its member, where the mail goes by that.
func TestARetryStaysWithItsMembersClock(t *testing.T) {
	t.Parallel()
	const zone = "America/New_York"
	w := newLedger(t, 3)
	w.exec(t, `UPDATE memberships SET time_zone = '`+zone+`' WHERE member_id = 3`)
	later := w.clock.Now().Add(6 * time.Hour)
	w.send = w.start(t, delivery.FreezeOptions{Zones: []delivery.Zone{{Name: zone, NotBefore: later}}})
	w.clock.Set(later)
	for range 2 {
		w.deliver(t, deferred)
	}
	for range 2 { // and after each attempt
		w.clock.Add(time.Hour)
		if n, err := w.Ledger.Requeue(t.Context(), w.Hours()); err != nil || n != 3 {
			t.Fatalf("%d are queued again, %v", n, err)
		}
		if zones, err := w.Ledger.WaitingZones(t.Context(), w.send.ID, w.clock.Now()); err != nil || len(zones) != 2 {
			t.Errorf("mail waits in %q, %v", zones, err)
		}
		w.mustCount(t, 1, `SELECT sum(size) FROM delivery_batches WHERE state = 'waiting' AND time_zone = '`+zone+`'`)
		for range 2 {
			w.deliver(t, deferred)
		}
	}
}

// TestCodesGoWithTheMail reserves, commits and returns codes, and shows a
// member's own on the page of the mail.
func TestCodesGoWithTheMail(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 4)
	content := deliverytest.Content()
	pools := w.voucherPool(t, &content, 4)
	send, err := w.NewSend(t.Context(), content, w.clock.Now().Truncate(time.Minute))
	must(t, err)
	_, err = w.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt, Pools: pools})
	must(t, err)
	w.send = send
	w.exec(t, `UPDATE voucher_codes SET state = 'free', send_id = NULL, member_id = NULL WHERE member_id = 4`) // as if it was called back
	w.deliver(t, accepted, noMailbox, lost)
	w.wantProgress(t, delivery.Progress{delivery.Sent: 1, delivery.Bounced: 1, delivery.InDoubt: 1, delivery.Skipped: 1})
	w.mustCount(t, 1, `SELECT count(*) FROM voucher_codes WHERE state = 'committed' AND member_id = 1`)
	w.mustCount(t, 2, `SELECT count(*) FROM voucher_codes WHERE state = 'free'`)
	w.mustCount(t, 1, `SELECT count(*) FROM voucher_codes WHERE state = 'reserved' AND member_id = 3`)

	proofs := &delivery.Proofs{DB: w.App, Labels: labels.NewStore(w.App), Mails: w.mails(), Clock: w.clock, Route: w.server.Route}
	page, err := proofs.View(t.Context(), send.ID, 1)
	if err != nil || !strings.Contains(string(page), "Fietsen BV: CODE") || !strings.Contains(string(page), "Willemijn1") {
		t.Errorf("%v: %.300s", err, page)
	}
	if strings.Contains(string(page), "/u/") || !strings.Contains(string(page), `href="https://acties.zuinig.example/"`) {
		t.Errorf("who is sent the page can unsubscribe its member: %s", page)
	}
	for _, member := range []members.ID{4, 99} { // skipped, unknown
		if _, err := proofs.View(t.Context(), send.ID, member); !fault.Is(err, fault.NotFound) {
			t.Errorf("member %d reads a mail: %v", member, err)
		}
	}
	must(t, w.Ledger.Resolve(asColleague, send, 3, 2, delivery.Leave)) // it may have arrived: nobody else gets its code
	w.mustCount(t, 1, `SELECT count(*) FROM voucher_codes WHERE state = 'committed' AND member_id = 3`)
}

// voucherPool puts a placement with codes into the content.
func (s *stage) voucherPool(t testing.TB, content *mailings.Content, codes int) []campaigns.PoolID {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO advertisers (name, category) VALUES ('Fietsen BV', 'travel')`,
		`INSERT INTO campaigns (label_id, advertiser_id, name, starts_on, ends_on) VALUES (1, 1, 'Fietsen', '2026-01-01', '2027-01-01')`,
		`INSERT INTO voucher_pools (campaign_id, name) VALUES (1, 'codes')`,
		fmt.Sprintf(`INSERT INTO voucher_codes (pool_id, code) SELECT 1, 'CODE' || i FROM generate_series(1, %d) i`, codes),
	} {
		_, err := s.Owner.Exec(statement)
		must(t, err)
	}
	content.Kind = mailings.Solo
	content.Placements = []mailings.Placement{{
		Key: "fietsen", CampaignID: 1, Campaign: "Fietsen", AdvertiserID: 1, Advertiser: "Fietsen BV", Category: "travel",
		VoucherPoolID: 1, HTML: `<p>Fietsen BV: {{voucher}} <a href="https://fietsen.example/">Huur</a></p>`,
	}}
	content.Template.Source = strings.Replace(content.Template.Source, "</p>", "</p>{{placements}}", 1)
	return []campaigns.PoolID{1}
}
