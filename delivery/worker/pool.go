package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keur/delivery"
	"keur/delivery/shaping"
	"keur/internal/clock"
)

// pool is the connections of one route within this process: feeds put tasks in,
// one feed for each send and each in its turn, and connections take them out.
type pool struct {
	id        int64 // of the route
	route     delivery.Route
	committer *committer
	hold      func(ctx context.Context, send int64, cause error)
	shaper    *shaping.Shaper // nil: nobody asks
	metrics   *Metrics
	log       *slog.Logger
	clock     clock.Clock
	lanes     *lanes     // of a shaped route, instead of tasks; else nil
	tasks     chan *task // has room for one a connection, so that none finds it empty because its feed had no turn yet

	mu      sync.Mutex
	warned  time.Time
	ends    []context.CancelFunc // of each connection
	running sync.WaitGroup
}

// poll returns a task if one is ready to be handed out.
func (p *pool) poll() *task {
	select {
	case t := <-p.tasks:
		return t
	default:
		return nil
	}
}

// newPool returns the pool of a route.
func (w *Worker) newPool(id int64, route delivery.Route) *pool {
	p := &pool{
		id: id, route: route, committer: w.committer, hold: w.holdSend, shaper: w.Shaper,
		metrics: w.Metrics, log: w.Log, clock: w.Clock, tasks: make(chan *task, max(1, route.Connections)),
	}
	direct, is := route.Transport.(delivery.Direct)
	if (route.Shaped || is) && w.Shaper != nil {
		p.lanes = newLanes(w.Shaper, direct, p.size)
	}
	return p
}

// giveBack lets go of what no connection took, until the feeds have ended. The
// deliveries stay queued.
func (p *pool) giveBack(ended <-chan struct{}) {
	for {
		select {
		case t := <-p.tasks:
			t.batch.letGo()
		case <-ended:
			return
		}
	}
}

// size is how many connections work.
func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ends)
}

// resize makes n connections work, starting or ending some.
func (p *pool) resize(ctx context.Context, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.ends) > n {
		p.ends[len(p.ends)-1]()
		p.ends = p.ends[:len(p.ends)-1]
	}
	for len(p.ends) < n {
		one, cancel := context.WithCancel(ctx)
		p.ends = append(p.ends, cancel)
		p.running.Go(func() {
			defer cancel()
			newConnection(p).run(one)
		})
	}
}

// warn logs that the route can't be used, at most twice a minute for all its
// connections.
func (p *pool) warn(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.clock.Now(); now.Sub(p.warned) > 30*time.Second {
		p.warned = now
		p.log.Warn("the route can't be used, its mail waits", "route", p.id, "error", err)
	}
}
