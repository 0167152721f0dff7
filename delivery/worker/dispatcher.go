package worker

import (
	"context"
	"strconv"
	"time"

	"keur/delivery"
	"keur/internal/fault"
)

// dispatcher serves a route: by a feed for each send that is sending over it,
// and by as many connections as are this process's share.
type dispatcher struct {
	worker *Worker
	pool   *pool
	pace   *pace // of the route; nil: as fast as it goes
	feeds  map[int64]*running
	seen   time.Time // when the last heartbeat was written
	idle   time.Time // since when there has been no feed
	stop   context.CancelFunc
	ctx    context.Context // of the connections
}

// running is a feed at work.
type running struct {
	feed   *feed
	cancel context.CancelFunc
	ended  chan struct{}
}

// hasEnded reports whether all that the feed handed out is settled.
func (r *running) hasEnded() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// dispatch begins to serve a route.
func (w *Worker) dispatch(ctx context.Context, id int64) (*dispatcher, error) {
	route, err := w.Route(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, direct := route.Transport.(delivery.Direct); direct && w.Shaper == nil {
		return nil, fault.New(fault.Unavailable, "delivery.direct_unshaped")
	}
	d := &dispatcher{worker: w, feeds: map[int64]*running{}, idle: time.Now(), pool: w.newPool(id, route)}
	if id == 0 {
		w.Log.Warn("this mail is caught in the local inbox and reaches nobody: its label has no SMTP route")
	}
	if route.PerMinute > 0 {
		d.pace = &pace{store: w.store, key: "route:" + strconv.FormatInt(id, 10), perMinute: route.PerMinute}
	}
	d.ctx, d.stop = context.WithCancel(ctx)
	return d, nil
}

// refresh starts feeds for new sends, ends those whose send stopped, and takes
// this process's share of the connections. It reports whether there has been
// nothing to do for a while.
func (d *dispatcher) refresh(ctx context.Context) (done bool) {
	d.takeShare(ctx)
	if d.pool.size() == 0 {
		// What it claimed would wait here, while others could send it.
		d.endFeeds()
		return false
	}
	sends, err := d.worker.queue.Active(ctx, d.pool.id)
	if err != nil {
		if ctx.Err() == nil {
			d.worker.Log.Error("the sends can't be read", "route", d.pool.id, "error", err)
		}
		return false
	}
	open := map[int64]bool{}
	for i := range sends {
		open[sends[i].ID] = true
		if f := d.feeds[sends[i].ID]; f != nil {
			wake(f.feed.wake)
		} else {
			d.start(ctx, &sends[i])
		}
	}
	for id, r := range d.feeds {
		if !open[id] {
			r.cancel()
		}
		if r.hasEnded() {
			delete(d.feeds, id)
		}
	}
	if len(d.feeds) > 0 {
		d.idle = time.Now()
	}
	return time.Since(d.idle) > 30*time.Second
}

// start makes a feed for a send.
func (d *dispatcher) start(ctx context.Context, send *delivery.ActiveSend) {
	if err := d.worker.Mails.Ready(ctx, send); err != nil {
		if ctx.Err() == nil {
			d.worker.Log.Error("a send's mail can't be made", "send", send.ID, "error", err)
		}
		if unmakeable(err) {
			d.worker.holdSend(ctx, send.ID, err)
		}
		return
	}
	d.worker.causes(ctx, send)
	f := &feed{worker: d.worker, pool: d.pool, send: send, wake: make(chan struct{}, 1)}
	if perMinute := send.PerMinute(); perMinute > 0 {
		f.paces = append(f.paces, &pace{store: d.worker.store, key: "send:" + strconv.FormatInt(send.ID, 10), perMinute: perMinute})
	}
	if d.pace != nil {
		f.paces = append(f.paces, d.pace)
	}
	one, cancel := context.WithCancel(d.ctx)
	at := &running{feed: f, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(at.ended)
		f.serve(one)
	}()
	d.feeds[send.ID] = at
}

// takeShare writes a heartbeat and opens this process's share of the route's
// connections. A process that joins others waits for one heartbeat more before
// its first mail, so that they have made room.
func (d *dispatcher) takeShare(ctx context.Context) {
	every := d.worker.heartbeatEvery()
	if time.Since(d.seen) < every {
		return
	}
	rank, alive, err := d.worker.store.heartbeat(ctx, d.worker.id, d.pool.id, 3*every)
	if err != nil {
		if ctx.Err() == nil {
			d.worker.Log.Error("the heartbeat can't be written", "route", d.pool.id, "error", err)
		}
		return
	}
	first := d.seen.IsZero()
	d.seen = time.Now()
	if first && alive > 1 {
		return
	}
	all := max(1, d.pool.route.Connections)
	share := all / alive
	if rank < all%alive {
		share++
	}
	d.pool.resize(d.ctx, share)
}

// endFeeds ends all feeds while no connection works.
func (d *dispatcher) endFeeds() {
	for id, r := range d.feeds {
		r.cancel()
		d.pool.giveBack(r.ended)
		delete(d.feeds, id)
	}
}

// close ends the service: what is in flight gets its answer, the rest goes back.
func (d *dispatcher) close() {
	d.stop()
	d.pool.running.Wait()
	d.endFeeds()
	closing, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), shutdownTimeout)
	defer cancel()
	if err := d.worker.store.leave(closing, d.worker.id, d.pool.id); err != nil {
		d.worker.Log.Warn("the worker could not sign off from a route", "route", d.pool.id, "error", err)
	}
}
