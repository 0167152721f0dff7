package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/internal/postgres"
)

// TestDeliveriesMoveForward holds delivery.Transitions to what the table lets
// the application's login do, state by state.
func TestDeliveriesMoveForward(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 1)
	w.start(t, delivery.FreezeOptions{})
	for _, from := range states {
		for _, to := range states {
			pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) { tx.MustExec(`UPDATE deliveries SET state = $1`, from) })
			err := tried(asColleague, w.App, `UPDATE deliveries SET state = $1`, to)
			final := len(delivery.Transitions().Follows[from]) == 0
			switch allowed := slices.Contains(delivery.Transitions().Follows[from], to) || from == to && !final; {
			case allowed && err != nil:
				t.Errorf("%s may follow %s, and the table says %v", to, from, err)
			case !allowed && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("what is %s can't become %s", from, to))):
				t.Errorf("%s may not follow %s, and the table says %v", to, from, err)
			}
		}
	}
}

// attempt is what somebody tries with psql and the application's login.
type attempt struct{ sql, want string }

// tried runs a statement as far as its commit, undoes it, and returns what
// refused it.
func tried(ctx context.Context, db *sqlx.DB, statement string, args ...any) error {
	undo := errors.New("undo")
	err := postgres.InTx(ctx, db, func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(statement, args...); err != nil {
			return err
		}
		if _, err := tx.Exec(`SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
			return err
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

// refuseAll tries each attempt, as far as its commit.
func refuseAll(t *testing.T, app *sqlx.DB, attempts map[string]attempt) {
	t.Helper()
	for name, a := range attempts {
		err := tried(t.Context(), app, a.sql)
		if err == nil || !strings.Contains(err.Error(), a.want) {
			t.Errorf("%s: %v, want %q", name, err, a.want)
		}
	}
}

const (
	denied   = "permission denied"
	mustOwn  = "must be owner"
	insert   = `INSERT INTO deliveries (send_month, send_id, member_id, state, reason) `
	fresh    = "queued, or skipped for a reason"
	onceOnly = "deliveries are made once, while their send is freezing"
)

// A frozen ledger is neither added to nor taken from, and whose a delivery is
// stays.
func TestFrozenLedgerIsSealed(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 5)
	w.send = w.start(t, delivery.FreezeOptions{Weights: []int{1, 1}})
	part := "deliveries_" + w.send.Month.First().Format("2006_01")
	refuseAll(t, w.App, map[string]attempt{
		"add a member":             {insert + `SELECT month, id, 99, 'queued', NULL FROM sends`, onceOnly},
		"add one as sent":          {insert + `SELECT month, id, 99, 'sent', NULL FROM sends`, onceOnly},
		"add to no send":           {insert + `SELECT month, 99, 99, 'queued', NULL FROM sends`, onceOnly},
		"copy a delivery":          {`INSERT INTO deliveries SELECT send_month, 0, send_id, member_id + 90 FROM deliveries`, onceOnly},
		"remove a member":          {`DELETE FROM deliveries WHERE member_id = 1`, denied},
		"remove all":               {`TRUNCATE deliveries`, denied},
		"address another member":   {`UPDATE deliveries SET member_id = 99 WHERE member_id = 1`, denied},
		"give it another send":     {`UPDATE deliveries SET send_id = 99`, denied},
		"give it another month":    {`UPDATE deliveries SET send_month = send_month`, denied},
		"give it another variant":  {`UPDATE deliveries SET variant = 0`, denied},
		"add to the partition":     {`INSERT INTO ` + part + ` (send_month, send_id, member_id) SELECT month, id, 99 FROM sends`, denied},
		"change the partition":     {`UPDATE ` + part + ` SET state = 'queued'`, denied},
		"remove from it":           {`DELETE FROM ` + part, denied},
		"read the partition":       {`SELECT * FROM ` + part, denied},
		"take the partition off":   {`ALTER TABLE deliveries DETACH PARTITION ` + part, mustOwn},
		"bring a partition":        {`CREATE TABLE own PARTITION OF deliveries FOR VALUES FROM ('1999-01-01') TO ('1999-02-01')`, denied},
		"bring a temporary one":    {`CREATE TEMP TABLE own PARTITION OF deliveries FOR VALUES FROM ('1999-01-01') TO ('1999-02-01')`, ""},
		"switch the triggers off":  {`ALTER TABLE deliveries DISABLE TRIGGER ALL`, mustOwn},
		"skip the triggers":        {`SET session_replication_role = replica`, denied},
		"drop a trigger":           {`DROP TRIGGER deliveries_seal ON deliveries`, mustOwn},
		"seal it anew":             {`UPDATE sends SET sealed_count = 99`, denied},
		"seal other members":       {`UPDATE sends SET sealed_members = ''`, denied},
		"thaw it":                  {`UPDATE sends SET frozen_at = NULL`, "can't be changed"},
		"count it otherwise":       {`UPDATE sends SET audience = 1`, "can't be changed"},
		"begin it again":           {`UPDATE sends SET started_at = NULL`, "can't be changed"},
		"move its slot":            {`UPDATE sends SET slot_at = now()`, denied},
		"move its deadline":        {`UPDATE sends SET deadline_at = now() + interval '1 year'`, denied},
		"go back a state":          {`UPDATE sends SET state = 'freezing'`, "can't become freezing"},
		"take an attempt back":     {`UPDATE deliveries SET attempts = attempts - 1`, "can't be changed"},
		"move to another batch":    {`UPDATE deliveries SET part = 1`, "after its first moment"},
		"make the batch due":       {`UPDATE delivery_batches SET not_before = not_before - interval '1 hour'`, "never due sooner"},
		"stretch the batch":        {`UPDATE delivery_batches SET last_member = 99`, denied},
		"take its fence":           {`UPDATE delivery_batches SET fence = -1`, "can't be changed"},
		"remove the batch":         {`DELETE FROM delivery_batches`, denied},
		"a batch in the same part": {batch("0", "s.slot_at"), "only while the send is freezing"},
		"a batch before the slot":  {batch("1", "s.slot_at - interval '1 second'"), "due before its slot"},
	})
}

// batch makes a batch by hand.
func batch(part, notBefore string) string {
	return `INSERT INTO delivery_batches (send_id, number, send_month, part, first_member, last_member, size, not_before)
		SELECT s.id, 99, s.month, ` + part + `, 1, 99, 1, ` + notBefore + ` FROM sends s`
}

// While a send is freezing its login may choose its audience, and only whole:
// in the transaction that freezes it, each delivery as freezing makes it.
func TestAudienceIsFrozenWhole(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 5)
	send, err := w.NewSend(t.Context(), deliverytest.Content(), w.clock.Now().Truncate(time.Minute))
	must(t, err)
	const freeze = `; UPDATE sends SET frozen_at = now(), audience = `
	one := insert + `SELECT month, id, 1, 'queued', NULL FROM sends`
	refuseAll(t, w.App, map[string]attempt{
		"put a member in beforehand": {one, "in the transaction that freezes their send"},
		"in two statements":          {one + `; ` + strings.Replace(one, "id, 1", "id, 2", 1) + freeze + `2`, onceOnly},
		"after it is frozen":         {`UPDATE sends SET frozen_at = now(), audience = 0; ` + one, onceOnly},
		"as sent":                    {strings.Replace(one, "queued", "sent", 1) + freeze + `1`, fresh},
		"skipped for nothing":        {strings.Replace(one, "queued", "skipped", 1) + freeze + `0`, fresh},
		"in another month":           {strings.Replace(one, "month, id", "(month + interval '1 month')::date, id", 1) + freeze + `1`, fresh},
		"and call it smaller":        {one + freeze + `0`, "counted by its deliveries"},
		"frozen without an audience": {`UPDATE sends SET frozen_at = now(), audience = 3`, "counted by its deliveries"},
		"sending without freezing":   {`UPDATE sends SET state = 'sending', started_at = now()`, "after its audience is frozen"},
		"by a batch alone":           {batch("0", "s.slot_at - interval '1 minute'"), "due before its slot"},
	})
	if _, err := w.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt}); err != nil {
		t.Fatal(err)
	}
	if n := pgtest.Count(t, w.App, `
		SELECT count(*) FROM sends s WHERE sealed_count = 5 AND sealed_queued = 5
		   AND sealed_members = (SELECT sha256(string_agg(int8send(member_id), '' ORDER BY member_id)) FROM deliveries WHERE send_id = s.id)`); n != 1 {
		t.Error("the send isn't sealed with its five members")
	}
}

// Members in zones of their own get no mail before the slot by their clocks.
func TestNoZoneIsDueBeforeItsSlot(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 3)
	w.exec(t, `UPDATE memberships SET time_zone = 'America/New_York' WHERE member_id = 2`)
	content := deliverytest.Content()
	content.Schedule.MemberLocal = true
	slot := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	send, err := w.NewSend(t.Context(), content, slot)
	must(t, err)
	for _, try := range []struct {
		late time.Duration
		want string
	}{{8 * time.Hour, "due before its slot"}, {9 * time.Hour, ""}} { // what is frozen stays frozen
		late, want := try.late, try.want
		// The send's slot is 09:00 by the label's clock in this kit, and New York's is five hours behind UTC.
		_, err := w.Freeze(t.Context(), send, deliverytest.Everyone, nil, delivery.FreezeOptions{NotBefore: slot,
			Zones: []delivery.Zone{{Name: "America/New_York", NotBefore: slot.Add(late - 4*time.Hour)}}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s after the slot: %v, want %q", late-4*time.Hour, err, want)
		}
	}
}

// In the east the slot comes earlier by the members' clocks, and no earlier than
// that; by the label's clock nothing leaves before it.
func TestTheEastBeginsEarlier(t *testing.T) {
	t.Parallel()
	slot := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	tokyo := slot.Add(-9 * time.Hour) // 09:00 there
	for name, try := range map[string]struct {
		local  bool
		zone   delivery.Zone
		before time.Time // for the others
		fine   bool
	}{
		"by their clock":     {true, delivery.Zone{Name: "Asia/Tokyo", NotBefore: tokyo}, slot, true},
		"before their clock": {true, delivery.Zone{Name: "Asia/Tokyo", NotBefore: tokyo.Add(-time.Second)}, slot, false},
		"not approved so":    {false, delivery.Zone{Name: "Asia/Tokyo", NotBefore: tokyo}, slot, false},
		"the label's too":    {true, delivery.Zone{Name: "Asia/Tokyo", NotBefore: tokyo}, tokyo, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLedger(t, 3)
			w.exec(t, `UPDATE memberships SET time_zone = 'Asia/Tokyo' WHERE member_id = 2`)
			content := deliverytest.Content()
			content.Schedule.MemberLocal = try.local
			send, err := w.NewSend(t.Context(), content, slot)
			must(t, err)
			_, err = w.Freeze(t.Context(), send, deliverytest.Everyone, nil,
				delivery.FreezeOptions{NotBefore: try.before, Zones: []delivery.Zone{try.zone}})
			if (err == nil) != try.fine || err != nil && !strings.Contains(err.Error(), "due before its slot") {
				t.Errorf("frozen: %v", err)
			}
		})
	}
}

// The owner's side is refused, too, unless it switches the triggers off.
func TestNobodyRemovesDeliveries(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 2)
	w.start(t, delivery.FreezeOptions{})
	refuseAll(t, w.Owner, map[string]attempt{
		"remove":  {`DELETE FROM deliveries`, "append-only"},
		"empty":   {`TRUNCATE deliveries`, "append-only"},
		"address": {`UPDATE deliveries SET member_id = member_id + 10`, "can't be changed"},
		"send":    {`UPDATE deliveries SET send_id = send_id + 10`, "can't be changed"},
	})
}

// What is in doubt is sent again by a person who may, and by nobody else.
func TestDoubtIsSentAgainByAPersonAlone(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 1)
	w.send = w.start(t, delivery.FreezeOptions{})
	w.deliver(t, lost)
	for _, actor := range []string{"", "system:worker", "user:1", "user:99", "contact:2"} {
		ctx := t.Context()
		if actor != "" {
			ctx = pgtest.Acting(ctx, actor)
		}
		err := tried(ctx, w.App, `UPDATE deliveries SET state = 'deferred'`)
		if err == nil || !strings.Contains(err.Error(), "only when a planner or approver") {
			t.Errorf("sent again by %q: %v", actor, err)
		}
	}
	must(t, w.Ledger.Resolve(asColleague, w.send, 1, 2, delivery.Resend))
}

// Where no test moves the clock, nothing is taken before PostgreSQL's own says
// that it is due, whatever a program believes.
func TestNothingLeavesBeforeItsMoment(t *testing.T) {
	t.Parallel()
	db, fake := pgtest.Database(t), clock.NewFake(time.Now())
	db.Owner.MustExec(`DELETE FROM moved_clock`)
	s, err := deliverytest.New(t.Context(), db.Owner, db.App, fake, 3)
	must(t, err)
	w := &walk{stage: &stage{Stage: s, clock: fake, server: deliverytest.NewServer()}, url: db.AppURL,
		queue: delivery.Queue{Ledger: s.Ledger}}
	ahead, err := w.NewSend(t.Context(), deliverytest.Content(), fake.Now().Truncate(time.Minute).Add(time.Hour))
	must(t, err)
	if _, err := w.Freeze(t.Context(), ahead, deliverytest.Everyone, nil, delivery.FreezeOptions{NotBefore: ahead.SlotAt}); err != nil {
		t.Fatal(err)
	}
	const start = `UPDATE sends SET state = 'sending', started_at = now()`
	refuseAll(t, w.App, map[string]attempt{
		"start before the slot":             {start, "before its slot"},
		"say that the clock is moved":       {`INSERT INTO moved_clock DEFAULT VALUES`, denied},
		"bring one's own table of the name": {`CREATE TEMP TABLE moved_clock (one boolean); INSERT INTO pg_temp.moved_clock VALUES (true); ` + start, "before its slot"},
	})
	// Its slot is there, and these members' moment is not.
	send, err := w.NewSend(t.Context(), deliverytest.Content(), fake.Now().Truncate(time.Minute))
	must(t, err)
	_, err = w.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt.Add(time.Hour)})
	must(t, err)
	fake.Add(2 * time.Hour)
	if b := w.claim(t, aWorker); b != nil {
		t.Errorf("a worker whose clock is ahead took %d deliveries", len(b.Items))
	}
	moves := func(to string) string {
		return fmt.Sprintf("UPDATE deliveries SET state = '%s' WHERE send_id = %d; ", to, send.ID)
	}
	refuseAll(t, w.App, map[string]attempt{
		"take the batch":      {`UPDATE delivery_batches SET state = 'running', fence = 1 WHERE send_id = ` + fmt.Sprint(send.ID), "aren't due before"},
		"retry it beforehand": {moves("sending") + moves("deferred") + moves("queued', part = 1, reason = '"), "after its first moment"},
	})
}

// What a server refuses for now is tried again on the same day, also where the rest of
// its batch waits for another one: a domain that is warmed up meets both at once.
func TestARetryDoesNotWaitForTheRestOfItsBatch(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 3)
	w.Owner.MustExec(`DELETE FROM moved_clock`)
	send, err := w.NewSend(t.Context(), deliverytest.Content(), w.clock.Now().Truncate(time.Minute))
	must(t, err)
	_, err = w.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt})
	must(t, err)
	w.send = send
	w.batch = w.claim(t, aWorker)
	w.batch.Items = w.batch.Items[:1]
	w.round(t, intent)
	w.round(t, w.becomes(deferred))
	if ours, err := w.queue.Finish(t.Context(), w.batch, 24*time.Hour); err != nil || !ours {
		t.Fatal(ours, err)
	}
	w.clock.Add(16 * time.Minute)
	if n, err := w.Ledger.Requeue(t.Context(), w.Hours()); err != nil || n != 1 {
		t.Errorf("%d are queued again: %v", n, err)
	}
	refuseAll(t, w.App, map[string]attempt{
		"call a batch taken": {`UPDATE delivery_batches SET fence = fence + 1 WHERE state = 'waiting'`, "only as the batch is taken"},
	})
}

// On the night on which clocks go back an hour comes twice, and what is tried again in its
// second turn isn't before the slot.
func TestARetryOnTheNightOnWhichClocksGoBack(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 3)
	w.exec(t, `UPDATE memberships SET time_zone = 'America/New_York' WHERE member_id = 2`)
	content := deliverytest.Content()
	content.Schedule.MemberLocal = true
	slot := time.Date(2026, 11, 1, 1, 30, 0, 0, time.UTC)
	there := slot.Add(4 * time.Hour) // half an hour later it is one o'clock again
	send, err := w.NewSend(t.Context(), content, slot)
	must(t, err)
	w.clock.Set(there)
	_, err = w.Start(t.Context(), send, deliverytest.Everyone,
		delivery.FreezeOptions{NotBefore: slot, Zones: []delivery.Zone{{Name: "America/New_York", NotBefore: there}}})
	must(t, err)
	w.send = send
	for range 2 {
		w.deliver(t, deferred)
	}
	w.clock.Add(35 * time.Minute)
	if n, err := w.Ledger.Requeue(t.Context(), w.Hours()); err != nil || n != 3 {
		t.Errorf("%d are queued again: %v", n, err)
	}
}
