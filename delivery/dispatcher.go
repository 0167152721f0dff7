package delivery

import (
	"context"
	"strconv"
	"time"
)

// dispatcher runs a lane: a feed for each send that is sending over the route,
// and as many carriers as are this process's share.
type dispatcher struct {
	worker *Worker
	lane   *lane
	pace   *pace // of the route; nil: as fast as it goes
	feeds  map[int64]*running
	beaten time.Time
	idle   time.Time // since when there has been no feed
	stop   context.CancelFunc
	ctx    context.Context // of the carriers
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

func (w *Worker) openLane(ctx context.Context, id int64) (*dispatcher, error) {
	route, err := w.Route(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &dispatcher{worker: w, feeds: map[int64]*running{}, idle: time.Now(), lane: &lane{
		id: id, route: route, ledger: w.Ledger, committer: w.committer, holdSend: w.holdSend,
		metrics: w.Metrics, log: w.Log, clock: w.Clock, items: make(chan *item),
	}}
	if id == 0 {
		w.Log.Warn("this mail is caught in the local inbox and reaches nobody: its label has no SMTP route")
	}
	if route.PerMinute > 0 {
		d.pace = &pace{ledger: w.Ledger, key: "route:" + strconv.FormatInt(id, 10), perMinute: route.PerMinute}
	}
	d.ctx, d.stop = context.WithCancel(ctx)
	return d, nil
}

// refresh starts feeds for new sends, ends those whose send stopped, and takes
// this process's share of the connections. It reports whether the lane has had
// nothing to do for a while.
func (d *dispatcher) refresh(ctx context.Context) (done bool) {
	d.takeShare(ctx)
	runs, err := d.worker.Ledger.sending(ctx, d.lane.id)
	if err != nil {
		if ctx.Err() == nil {
			d.worker.Log.Error("the sends can't be read", "route", d.lane.id, "error", err)
		}
		return false
	}
	open := map[int64]bool{}
	for i := range runs {
		open[runs[i].ID] = true
		if f := d.feeds[runs[i].ID]; f != nil {
			f.feed.nudge()
		} else {
			d.start(ctx, &runs[i])
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
func (d *dispatcher) start(ctx context.Context, r *run) {
	letter, err := d.worker.Letters.of(ctx, r)
	if err != nil {
		if ctx.Err() == nil {
			d.worker.Log.Error("a send's mail can't be made", "send", r.ID, "error", err)
		}
		if unmakeable(err) {
			d.worker.holdSend(ctx, r.ID, err)
		}
		return
	}
	r.letter = letter
	f := &feed{worker: d.worker, lane: d.lane, run: r, wake: make(chan struct{}, 1)}
	if letter.perMinute > 0 {
		f.paces = append(f.paces, &pace{ledger: d.worker.Ledger, key: "send:" + strconv.FormatInt(r.ID, 10), perMinute: letter.perMinute})
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
	d.feeds[r.ID] = at
}

// takeShare says that this process is there and staffs the lane with its share
// of the route's connections. A process that joins others waits for a beat
// before its first mail, so that they have made room.
func (d *dispatcher) takeShare(ctx context.Context) {
	if time.Since(d.beaten) < d.worker.beat() {
		return
	}
	rank, alive, err := d.worker.Ledger.heartbeat(ctx, d.worker.id, d.lane.id, 3*d.worker.beat())
	if err != nil {
		if ctx.Err() == nil {
			d.worker.Log.Error("the heart can't beat", "route", d.lane.id, "error", err)
		}
		return
	}
	first := d.beaten.IsZero()
	d.beaten = time.Now()
	if first && alive > 1 {
		return
	}
	all := max(1, d.lane.route.Connections)
	share := all / alive
	if rank < all%alive {
		share++
	}
	d.lane.staff(d.ctx, share)
}

// close ends the lane: what is in flight gets its answer, the rest goes back.
func (d *dispatcher) close() {
	d.stop()
	d.lane.working.Wait()
	for _, r := range d.feeds {
		r.cancel()
		<-r.ended
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), patience)
	defer cancel()
	if err := d.worker.Ledger.leave(closing, d.worker.id, d.lane.id); err != nil {
		d.worker.Log.Warn("leaving a route without a word", "route", d.lane.id, "error", err)
	}
}

// nudge makes the feed look for batches now.
func (f *feed) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}
