package delivery_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/members"
)

// asColleague is the context of someone who may say what becomes of doubts.
var asColleague = pgtest.Acting(context.Background(), "user:2")

// states are all that a delivery can be in. Member i of a walk is in the i-th.
var states = []delivery.State{
	delivery.Queued, delivery.Sending, delivery.Sent, delivery.Deferred, delivery.Bounced,
	delivery.Failed, delivery.Lapsed, delivery.Skipped, delivery.InDoubt,
}

// walk is one batch with a member in each state, of which a worker has read
// everyone while they were queued.
type walk struct {
	*stage
	url   string
	send  mailings.Send
	queue delivery.Queue
	batch *delivery.Batch
	last  string // the mail that was rendered last
}

// newWalk puts a member into each state. Each has been attempted once, but the
// queued one; and each has an appointment for another attempt, which only the
// deferred one should have.
func newWalk(t *testing.T) *walk {
	t.Helper()
	db, fake := pgtest.Database(t), clock.NewFake(time.Now())
	s, err := deliverytest.New(t.Context(), db.Owner, db.App, fake, len(states))
	must(t, err)
	w := &walk{stage: &stage{Stage: s, clock: fake, server: deliverytest.NewServer()}, url: db.AppURL,
		queue: delivery.Queue{Ledger: s.Ledger}}
	w.send = w.start(t, delivery.FreezeOptions{})
	w.batch = w.claim(t, "5f0cbd6c-1c9d-4b2c-8f0e-4f5b7f0c0001")
	if w.batch == nil || len(w.batch.Items) != len(states) {
		t.Fatalf("claimed %+v", w.batch)
	}
	for i, state := range states {
		pgtest.Unguarded(t, w.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`
			UPDATE deliveries SET state = $2::text::delivery_state, changed_at = $3, attempts = CASE WHEN $2::text = 'queued' THEN 0 ELSE 1 END,
			       sent_at = CASE WHEN $2::text = 'sent' THEN $3::timestamptz END
			 WHERE member_id = $1`, i+1, state, fake.Now())
		})
	}
	_, err = w.Owner.Exec(`INSERT INTO delivery_retries (send_month, send_id, member_id, due_at) SELECT send_month, send_id, member_id, $1 FROM deliveries`, fake.Now())
	must(t, err)
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start freezes a send to everyone and lets it go.
func (s *stage) start(t testing.TB, o delivery.FreezeOptions) mailings.Send {
	t.Helper()
	send, err := s.NewSend(t.Context(), deliverytest.Content(), s.clock.Now().Truncate(time.Minute))
	must(t, err)
	o.NotBefore = send.SlotAt
	_, err = s.Start(t.Context(), send, deliverytest.Everyone, o)
	must(t, err)
	return send
}

func (s *stage) mails() *delivery.Mails {
	return &delivery.Mails{Mailings: s.Mailings, Sends: s.Sends, Members: s.Members, Vouchers: s.Vouchers, Compiler: s.Compiler,
		Ring: s.Ring, Signer: stamp, SenderID: delivery.SenderID([]byte("publisher"))}
}

// claim takes the next batch of the one send that is sending.
func (w *walk) claim(t testing.TB, worker string) *delivery.Batch {
	t.Helper()
	active, err := w.queue.Active(t.Context(), 0)
	active = slices.DeleteFunc(active, func(s delivery.ActiveSend) bool { return w.send.ID != 0 && mailings.SendID(s.ID) != w.send.ID })
	if err != nil || len(active) != 1 {
		t.Fatalf("%d sends are sending: %v", len(active), err)
	}
	must(t, w.mails().Ready(t.Context(), &active[0]))
	batch, _, err := w.queue.Claim(t.Context(), &active[0], worker, time.Hour)
	must(t, err)
	return batch
}

// round commits a change of each item, twice: a repetition changes nothing.
func (w *walk) round(t testing.TB, change func(it *delivery.Item) delivery.Change) {
	t.Helper()
	rounds := delivery.NewRounds(w.Ledger, w.url, pgtest.Key())
	defer rounds.Close()
	for range 2 {
		var changes []delivery.Change
		for i := range w.batch.Items {
			changes = append(changes, change(&w.batch.Items[i]))
		}
		_, err := rounds.Commit(t.Context(), changes)
		must(t, err)
	}
}

func intent(it *delivery.Item) delivery.Change { return it.Intent("<id@label.example>") }

// becomes returns the outcome of a reply.
func (w *walk) becomes(reply delivery.Reply) func(it *delivery.Item) delivery.Change {
	return func(it *delivery.Item) delivery.Change { return it.Outcome(reply, w.clock.Now()) }
}

// late settles a change of each item outside of any round.
func (w *walk) late(t testing.TB, reply delivery.Reply) {
	t.Helper()
	for i := range w.batch.Items {
		ch := w.batch.Items[i].Outcome(reply, w.clock.Now())
		settled, err := w.queue.SettleLate(t.Context(), ch.Late())
		must(t, err)
		if under := states[i] == delivery.Sending; settled == under {
			t.Errorf("settled %v what was %s", settled, states[i])
		}
	}
}

// resolve decides on each delivery, and returns which it could not.
func (w *walk) resolve(t testing.TB, how delivery.Resolution) {
	t.Helper()
	for i, state := range states {
		err := w.Ledger.Resolve(asColleague, w.send, members.ID(i+1), 2, how)
		if refused := fault.Is(err, fault.Conflict); refused == (state == delivery.InDoubt) || err != nil && !refused {
			t.Errorf("%s on %s: %v", how, state, err)
		}
	}
}

func (w *walk) exec(t testing.TB, statement string) {
	t.Helper()
	_, err := w.Owner.Exec(statement)
	must(t, err)
}

const leaseRanOut = `UPDATE delivery_batches SET lease_until = now() - interval '1 second' WHERE state = 'running'`

var (
	accepted  = delivery.Reply{Outcome: delivery.OutcomeAccepted, Code: 250}
	deferred  = delivery.Reply{Outcome: delivery.OutcomeDeferred, Step: delivery.AtRcpt, Code: 451, Text: "greylisted"}
	noMailbox = delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtRcpt, Code: 550, Enhanced: "5.1.1", Text: "no such user"}
	ourFault  = delivery.Reply{Outcome: delivery.OutcomeRejected, Step: delivery.AtMail, Code: 550, Text: "sender refused"}
	lost      = delivery.Reply{Outcome: delivery.OutcomeLost}
	notSent   = delivery.Reply{Outcome: delivery.OutcomeNotSent}
)

// acts are all that can happen to deliveries, each with the states that it
// changes. All others stay.
var acts = map[string]struct {
	do   func(t *testing.T, w *walk)
	want map[delivery.State]delivery.State
}{
	"an intent": {func(t *testing.T, w *walk) { w.round(t, intent) }, map[delivery.State]delivery.State{delivery.Queued: delivery.Sending}},
	"an intent of a paused send": {func(t *testing.T, w *walk) {
		w.exec(t, `UPDATE sends SET state = 'paused'`)
		w.round(t, intent)
	}, nil},
	"an intent in a postponed batch": {func(t *testing.T, w *walk) {
		must(t, w.Ledger.Postpone(t.Context(), w.send.ID, "", w.clock.Now().Add(time.Hour)))
		w.round(t, intent)
	}, nil},
	"an intent under an old fence": {func(t *testing.T, w *walk) {
		w.exec(t, `UPDATE delivery_batches SET fence = fence + 1`)
		w.round(t, intent)
	}, nil},
	"accepted": {func(t *testing.T, w *walk) { w.round(t, w.becomes(accepted)) },
		map[delivery.State]delivery.State{delivery.Sending: delivery.Sent}},
	"deferred": {func(t *testing.T, w *walk) { w.round(t, w.becomes(deferred)) },
		map[delivery.State]delivery.State{delivery.Sending: delivery.Deferred}},
	"refused": {func(t *testing.T, w *walk) { w.round(t, w.becomes(noMailbox)) },
		map[delivery.State]delivery.State{delivery.Sending: delivery.Bounced}},
	"refused for our sender": {func(t *testing.T, w *walk) { w.round(t, w.becomes(ourFault)) },
		map[delivery.State]delivery.State{delivery.Sending: delivery.Failed}},
	"the answer was lost": {func(t *testing.T, w *walk) { w.round(t, w.becomes(lost)) },
		map[delivery.State]delivery.State{delivery.Sending: delivery.InDoubt}},
	"it never left": {func(t *testing.T, w *walk) { w.round(t, w.becomes(notSent)) },
		map[delivery.State]delivery.State{delivery.Sending: delivery.Deferred}},
	"accepted, late": {func(t *testing.T, w *walk) { w.late(t, accepted) },
		map[delivery.State]delivery.State{delivery.InDoubt: delivery.Sent}},
	"deferred, late": {func(t *testing.T, w *walk) { w.late(t, deferred) }, nil},
	"refused, late": {func(t *testing.T, w *walk) { w.late(t, noMailbox) },
		map[delivery.State]delivery.State{delivery.InDoubt: delivery.Bounced}},
	"our fault, late": {func(t *testing.T, w *walk) { w.late(t, ourFault) },
		map[delivery.State]delivery.State{delivery.InDoubt: delivery.Failed}},
	"the answer, late":    {func(t *testing.T, w *walk) { w.late(t, lost) }, nil},
	"it never left, late": {func(t *testing.T, w *walk) { w.late(t, notSent) }, nil},
	"a person sends it again": {func(t *testing.T, w *walk) { w.resolve(t, delivery.Resend) },
		map[delivery.State]delivery.State{delivery.InDoubt: delivery.Deferred}},
	"a person leaves it": {func(t *testing.T, w *walk) { w.resolve(t, delivery.Leave) },
		map[delivery.State]delivery.State{delivery.InDoubt: delivery.Failed}},
	"its time has come": {func(t *testing.T, w *walk) {
		n, err := w.Ledger.Requeue(t.Context(), w.Hours())
		if err != nil || n != len(states) {
			t.Errorf("%d appointments, %v", n, err)
		}
	}, map[delivery.State]delivery.State{delivery.Deferred: delivery.Queued}},
	"its send was called off": {func(t *testing.T, w *walk) {
		w.exec(t, leaseRanOut)
		w.exec(t, `UPDATE sends SET state = 'cancelled', finished_at = now()`)
		_, err := w.Ledger.Abandon(t.Context(), w.send)
		must(t, err)
	}, map[delivery.State]delivery.State{delivery.Queued: delivery.Lapsed, delivery.Deferred: delivery.Lapsed,
		delivery.Sending: delivery.InDoubt}},
	"its worker was lost": {func(t *testing.T, w *walk) {
		w.exec(t, leaseRanOut)
		if b := w.claim(t, "5f0cbd6c-1c9d-4b2c-8f0e-4f5b7f0c0002"); b == nil || len(b.Items) != 1 {
			t.Errorf("claimed %+v", b)
		}
	}, map[delivery.State]delivery.State{delivery.Sending: delivery.InDoubt}},
	"its deadline passed": {func(t *testing.T, w *walk) {
		w.exec(t, leaseRanOut)
		w.clock.Add(49 * time.Hour)
		if b := w.claim(t, "5f0cbd6c-1c9d-4b2c-8f0e-4f5b7f0c0002"); b == nil || len(b.Items) != 0 {
			t.Errorf("claimed %+v", b)
		}
	}, map[delivery.State]delivery.State{delivery.Queued: delivery.Lapsed, delivery.Sending: delivery.InDoubt}},
	"its member said no": {func(t *testing.T, w *walk) {
		for i := range states {
			must(t, w.Members.Suppress(t.Context(), nil, members.ID(i+1), 1, members.Unsubscribe, "one-click", nil))
		}
	}, map[delivery.State]delivery.State{delivery.Queued: delivery.Skipped}},
	"its batch ends": {func(t *testing.T, w *walk) { w.finish(t, w.batch) }, nil},
}

// TestEachActInEachState walks every state under every act.
func TestEachActInEachState(t *testing.T) {
	t.Parallel()
	for _, name := range slices.Sorted(maps.Keys(acts)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t)
			act := acts[name]
			act.do(t, w)
			for i, before := range states {
				want, changes := act.want[before]
				if !changes {
					want = before
				}
				var got delivery.State
				must(t, w.App.Get(&got, `SELECT state FROM deliveries WHERE member_id = $1`, i+1))
				if got != want {
					t.Errorf("%s became %s, want %s", before, got, want)
				}
			}
		})
	}
}
