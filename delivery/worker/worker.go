// Package worker empties the ledger: it takes batches of deliveries, sends their
// mails over the routes of their labels, and makes intents and outcomes durable
// together.
package worker

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"keur/delivery"
	"keur/delivery/shaping"
	"keur/delivery/warmups"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// shutdownTimeout is how long a process that stops goes on trying to write down
// what it knows.
const shutdownTimeout = 30 * time.Second

// Worker empties the ledger: it takes batches of the sends that are sending,
// and carries their deliveries over the routes of their labels. Any number of
// processes may each run one.
type Worker struct {
	DB     *sqlx.DB
	Ledger *delivery.Ledger
	Mails  *delivery.Mails
	// Route returns the way out for a route's id; 0 is the local capture inbox.
	Route       func(ctx context.Context, id int64) (delivery.Route, error)
	DatabaseURL string // of DB, for connections that live as long as the worker
	Clock       clock.Clock
	Log         *slog.Logger
	Key         postgres.Key // proves to the base that it is a worker who acts
	Metrics     *Metrics
	Lease       time.Duration   // how long a dead worker's batches are left alone; 0: 30 seconds
	Heartbeat   time.Duration   // how often this one says that it is alive; 0: six times a lease
	Shaper      *shaping.Shaper // slows mail down to providers that ask for it; nil: nobody does
	Warmups     *warmups.Store  // keeps domains that are warmed up to their plans; nil: none is
	Outcomes    string          // folder for outcomes that the ledger hasn't yet; empty: they are kept in memory alone

	id        string
	store     store
	queue     delivery.Queue
	committer *committer
	late      *late
	mu        sync.Mutex
	held      map[*batch]bool
}

// Run works until ctx ends. Then it finishes what is in flight, gives the rest
// back and leaves nothing in doubt.
func (w *Worker) Run(ctx context.Context) error {
	ctx = w.Key.Acting(ctx, "system:delivery")
	w.id, w.store, w.queue = uuid.NewString(), store{w.DB}, delivery.Queue{Ledger: w.Ledger}
	w.held = map[*batch]bool{}
	w.late = newLate(w.Outcomes, w.id, w.queue.SettleLate, w.Log)
	w.committer = newCommitter(w)
	last, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	context.AfterFunc(ctx, func() { time.AfterFunc(shutdownTimeout, giveUp) })

	var committing, helping sync.WaitGroup
	committing.Go(func() { w.committer.run(last) })
	alive, dead := context.WithCancel(last)
	helping.Go(func() { w.keepLeases(alive) })
	woken := make(chan struct{}, 1)
	helping.Go(func() { w.listen(alive, woken) })
	helping.Go(func() { w.requeue(ctx) })
	helping.Go(func() { w.late.run(alive, w.heartbeatEvery()) })
	if w.Shaper != nil {
		w.Shaper.Follow(ctx) // before the first mail leaves
		helping.Go(func() { w.Shaper.Run(alive) })
	}

	w.serve(ctx, woken)

	w.committer.close()
	committing.Wait()
	dead()
	helping.Wait()
	return ctx.Err()
}

// heartbeatEvery is how often a process says on a route that it is alive; those
// without a heartbeat for three times as long don't count any more.
func (w *Worker) heartbeatEvery() time.Duration { return cmp.Or(w.Heartbeat, w.lease()/6) }

func (w *Worker) lease() time.Duration { return cmp.Or(w.Lease, 30*time.Second) }

// listen passes wake-ups on. Polling is the truth; this only saves waiting.
func (w *Worker) listen(ctx context.Context, woken chan<- struct{}) {
	err := postgres.Listen(ctx, w.DatabaseURL, "keur", func() {
		wake(woken)
		if w.Shaper != nil {
			w.Shaper.Wake()
		}
	})
	if err != nil && ctx.Err() == nil {
		w.Log.Warn("no wake-ups, polling only", "error", err)
	}
}

// serve serves each route that is needed, until ctx ends.
func (w *Worker) serve(ctx context.Context, woken <-chan struct{}) {
	serving := map[int64]*dispatcher{}
	defer func() {
		for _, d := range serving {
			d.close()
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		routes, err := w.queue.BusyRoutes(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("the sends can't be read", "error", err)
		}
		for _, id := range routes {
			if serving[id] != nil {
				continue
			}
			d, err := w.dispatch(ctx, id)
			if err != nil {
				w.Log.Error("a route can't be used", "route", id, "error", err)
				continue
			}
			serving[id] = d
		}
		for id, d := range serving {
			if d.refresh(ctx) {
				d.close()
				delete(serving, id)
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-woken:
		}
	}
}

// requeue brings deferred deliveries back when their time has come.
func (w *Worker) requeue(ctx context.Context) {
	hours := delivery.Hours{Mailings: w.Mails.Mailings, Labels: labels.NewStore(w.DB)}
	tick := time.NewTicker(w.heartbeatEvery())
	defer tick.Stop()
	for {
		if _, err := w.Ledger.Requeue(ctx, hours); err != nil && ctx.Err() == nil {
			w.Log.Error("what was deferred can't be queued again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// keepLeases renews the leases of what this process holds, and stops what is
// no longer its own.
func (w *Worker) keepLeases(ctx context.Context) {
	tick := time.NewTicker(w.lease() / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.mu.Lock()
		held := slices.Collect(maps.Keys(w.held))
		w.mu.Unlock()
		if len(held) == 0 {
			continue
		}
		batches := make([]*delivery.Batch, len(held))
		for i, b := range held {
			batches[i] = b.Batch
		}
		lost, err := w.queue.Extend(ctx, batches, w.lease())
		if err != nil {
			w.Log.Error("leases can't be renewed", "error", err)
			continue
		}
		for _, b := range held {
			if slices.Contains(lost, b.Batch) && !b.closing.Load() {
				b.halt(true)
				w.Log.Warn("another worker took a batch of ours", "send", b.Send.ID, "batch", b.Number)
			}
		}
	}
}

// holds returns the batches that this process holds.
func (w *Worker) holds() []*delivery.Batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := make([]*delivery.Batch, 0, len(w.held))
	for b := range w.held {
		held = append(held, b.Batch)
	}
	return held
}

func (w *Worker) keep(b *batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[b] = true
}

func (w *Worker) release(b *batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, b)
}

// unmakeable reports whether err is for a person to mend: trying again without
// one would only fill the log.
func unmakeable(err error) bool {
	kind := fault.Of(err)
	return kind != fault.Internal && kind != fault.Unavailable
}

// holdSend stops a send whose mail can't be made, with the reason, until a
// colleague releases it. Its mail is made anew then.
func (w *Worker) holdSend(ctx context.Context, send int64, cause error) {
	w.Mails.Forget(send)
	_, err := w.Mails.Sends.Update(ctx, mailings.SendID(send), func(s *mailings.Send) error {
		if s.State != mailings.Sending { // someone stopped it already, maybe another connection
			return nil
		}
		return s.Hold(words.Of("hold.mail", "cause", cause), w.Clock.Now())
	})
	if err != nil && ctx.Err() == nil {
		w.Log.Error("a send whose mail can't be made can't be held either", "send", send, "cause", cause, "error", err)
	}
}
