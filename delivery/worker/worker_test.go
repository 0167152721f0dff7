package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/delivery/worker"
	"keur/internal/clock"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/mailings"
)

// stage is a stage whose sends go to a server.
type stage struct {
	*deliverytest.Stage
	url    string
	clock  *clock.Fake
	server *deliverytest.Server
	shaper func() *shaping.Shaper                                          // of each worker; nil: none
	sign   func(context.Context, labels.ID, string) (delivery.Sign, error) // nil: nobody signs
}

func newStage(t testing.TB, n int) *stage {
	t.Helper()
	db := pgtest.Database(t)
	fake := clock.NewFake(time.Now())
	s, err := deliverytest.New(t.Context(), db.Owner, db.App, fake, n)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{Stage: s, url: db.AppURL, clock: fake, server: deliverytest.NewServer()}
}

// start freezes a send to everyone and lets it go.
func (s *stage) start(t testing.TB, audience string) mailings.Send {
	t.Helper()
	send, err := s.NewSend(t.Context(), deliverytest.Content(), s.clock.Now().Truncate(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(t.Context(), send, audience, delivery.FreezeOptions{NotBefore: send.SlotAt, Weights: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	return send
}

// work runs a worker and returns what stops it.
func (s *stage) work(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker.Worker{
		DB: s.App, Key: pgtest.Key(), Ledger: s.Ledger,
		Mails: &delivery.Mails{Mailings: s.Mailings, Sends: s.Sends, Members: s.Members, Vouchers: s.Vouchers,
			Compiler: s.Compiler, Ring: s.Ring, Signer: s.sign,
			SenderID: delivery.SenderID([]byte("publisher"))},
		Route:       s.server.Route,
		DatabaseURL: s.url, Clock: s.clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Metrics: &worker.Metrics{},
		Lease: time.Hour, Heartbeat: 100 * time.Millisecond, // no lease ends because a machine is slow
	}
	if s.shaper != nil {
		w.Shaper = s.shaper()
	}
	w.Warmups = warmups.NewStore(s.App, s.clock)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("worker: %v", err)
		}
	}()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			<-done
		}
	}
	t.Cleanup(stop)
	return stop
}

// await polls until the query is true.
func (s *stage) await(t testing.TB, query string, args ...any) {
	t.Helper()
	pgtest.Await(t, s.App, query, args...)
}

const (
	allDone = `SELECT NOT EXISTS (SELECT FROM delivery_batches WHERE send_id = $1 AND state <> 'done')`
	// noneLeft is allDone, with nothing that is to be tried again.
	noneLeft = allDone + ` AND NOT EXISTS (SELECT FROM delivery_retries WHERE send_id = $1)`
)

// states counts the ledger.
func (s *stage) states(t testing.TB) map[string]int {
	return s.tally(t, `SELECT state::text, count(*) FROM deliveries GROUP BY 1`)
}

// outcomes returns the ledger's counts.
func (s *stage) outcomes(t testing.TB) map[string]int {
	counts := s.tally(t, `SELECT measure, sum(n) FROM outcomes GROUP BY 1 HAVING sum(n) <> 0`)
	for measure := range counts {
		if strings.Contains(measure, "_") && measure != "in_doubt" {
			delete(counts, measure)
		}
	}
	return counts
}

func (s *stage) tally(t testing.TB, query string) map[string]int {
	t.Helper()
	rows, err := s.App.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	counts := map[string]int{}
	for rows.Next() {
		var key string
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			t.Fatal(err)
		}
		counts[key] = n
	}
	return counts
}

// mustAgree fails unless the counts equal the ledger.
func (s *stage) mustAgree(t testing.TB, want map[string]int) {
	t.Helper()
	states, outcomes := s.states(t), s.outcomes(t)
	for _, got := range []map[string]int{states, outcomes} {
		if len(got) != len(want) {
			t.Errorf("ledger %v, counts %v, want %v", states, outcomes, want)
			return
		}
		for key, n := range want {
			if got[key] != n {
				t.Errorf("ledger %v, counts %v, want %v", states, outcomes, want)
				return
			}
		}
	}
}

func TestEveryMemberGetsOneMail(t *testing.T) {
	t.Parallel()
	s := newStage(t, 2500)
	send := s.start(t, `SELECT member_id, CASE WHEN member_id % 5 = 0 THEN 'holdout' END AS skip_reason FROM memberships`)
	s.work(t)
	s.await(t, allDone, send.ID)
	s.mustAgree(t, map[string]int{"sent": 2000, "skipped": 500})
	if len(s.server.Took()) != 2000 {
		t.Errorf("%d members got mail", len(s.server.Took()))
	}
	for who, n := range s.server.Took() {
		if n != 1 {
			t.Errorf("%s got %d mails", who, n)
		}
	}
	t.Logf("%s", s.server.Last()[:1500])
}
