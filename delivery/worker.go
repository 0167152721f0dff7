package delivery

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"keur/internal/clock"
	"keur/internal/postgres"
)

// patience is how long a process that stops goes on trying to write down what
// it knows.
const patience = 30 * time.Second

// Worker empties the ledger: it takes batches of the sends that are sending,
// and carries their deliveries over the routes of their labels. Any number of
// processes may each run one.
type Worker struct {
	Ledger  *Ledger
	Letters *Letters
	// Route returns the way out for a route's id; 0 is the local capture inbox.
	Route       func(ctx context.Context, id int64) (Route, error)
	DatabaseURL string // for wake-ups
	Clock       clock.Clock
	Log         *slog.Logger
	Metrics     *Metrics
	Lease       time.Duration // how long a dead worker's batches are left alone; 0: 30 seconds

	id        string
	committer *committer
	mu        sync.Mutex
	held      map[*batch]bool
}

// Run works until ctx ends. Then it finishes what is in flight, gives the rest
// back and leaves nothing in doubt.
func (w *Worker) Run(ctx context.Context) error {
	w.id = uuid.NewString()
	w.held = map[*batch]bool{}
	w.committer = newCommitter(w.Ledger, w.Log, w.Metrics)
	last, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, giveUp) })

	var committing, helping sync.WaitGroup
	committing.Go(func() { w.committer.run(last) })
	alive, dead := context.WithCancel(last)
	helping.Go(func() { w.keepLeases(alive) })
	wake := make(chan struct{}, 1)
	helping.Go(func() { w.listen(alive, wake) })
	helping.Go(func() { w.requeue(ctx) })

	w.serve(ctx, wake)

	w.committer.close()
	committing.Wait()
	dead()
	helping.Wait()
	return ctx.Err()
}

// beat is how often a process says on a route that it is there; those that
// weren't heard for three beats don't count any more.
func (w *Worker) beat() time.Duration { return w.lease() / 6 }

func (w *Worker) lease() time.Duration { return cmp.Or(w.Lease, 30*time.Second) }

// listen passes wake-ups on. Polling is the truth; this only saves waiting.
func (w *Worker) listen(ctx context.Context, wake chan<- struct{}) {
	err := postgres.Listen(ctx, w.DatabaseURL, "keur", func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	if err != nil && ctx.Err() == nil {
		w.Log.Warn("no wake-ups, polling only", "error", err)
	}
}

// serve opens a lane for each route that is needed, until ctx ends.
func (w *Worker) serve(ctx context.Context, wake <-chan struct{}) {
	lanes := map[int64]*dispatcher{}
	defer func() {
		for _, d := range lanes {
			d.close()
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		routes, err := w.Ledger.busyRoutes(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.Error("the sends can't be read", "error", err)
		}
		for _, id := range routes {
			if lanes[id] != nil {
				continue
			}
			d, err := w.openLane(ctx, id)
			if err != nil {
				w.Log.Error("a route can't be used", "route", id, "error", err)
				continue
			}
			lanes[id] = d
		}
		for id, d := range lanes {
			if d.refresh(ctx) {
				d.close()
				delete(lanes, id)
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-wake:
		}
	}
}

// requeue brings deferred deliveries back when their time has come.
func (w *Worker) requeue(ctx context.Context) {
	tick := time.NewTicker(w.beat())
	defer tick.Stop()
	for {
		if _, err := w.Ledger.Requeue(ctx); err != nil && ctx.Err() == nil {
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
		lost, err := w.Ledger.extend(ctx, held, w.lease())
		if err != nil {
			w.Log.Error("leases can't be renewed", "error", err)
			continue
		}
		for _, b := range lost {
			if w.holds(b) { // not one that was closed meanwhile
				b.halt(true)
				w.Log.Warn("another worker took a batch of ours", "send", b.run.ID, "batch", b.Number)
			}
		}
	}
}

func (w *Worker) hold(b *batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[b] = true
}

func (w *Worker) letGo(b *batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, b)
}

func (w *Worker) holds(b *batch) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[b]
}
