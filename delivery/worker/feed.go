package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"keur/delivery"
)

// feed brings the deliveries of one send to the pool of its route, batch by
// batch, at the send's pace. One batch is always loaded ahead.
type feed struct {
	worker *Worker
	pool   *pool
	send   *delivery.ActiveSend
	paces  []*pace
	wake   chan struct{} // something may have changed: look again
	open   []*batch      // of a shaped route, the oldest first
	ended  sync.WaitGroup
	unsure atomic.Bool // whether the base takes a batch for ours that isn't held here
}

// poll is how often a feed looks for a batch by itself.
const poll = 500 * time.Millisecond

// serve hands out batches until ctx ends, and returns when each one is done or
// given back.
func (f *feed) serve(ctx context.Context) {
	loaded := make(chan *batch)
	f.ended.Go(func() { f.loadAhead(ctx, loaded) })
	for b := range loaded {
		f.handOut(ctx, b)
		f.ended.Go(func() { f.end(ctx, b) })
		if f.pool.lanes != nil {
			f.linger(ctx, b)
		}
	}
	f.ended.Wait()
}

// loadAhead claims batch after batch.
func (f *feed) loadAhead(ctx context.Context, loaded chan<- *batch) {
	defer close(loaded)
	for ctx.Err() == nil {
		began := time.Now()
		claimed, next, err := f.claim(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			f.worker.Log.Error("no batch can be claimed", "send", f.send.ID, "error", err)
			f.unsure.Store(true) // it may have been, and only the answer was lost
			f.pause(ctx, time.Second)
		case err != nil:
		case claimed == nil:
			f.pause(ctx, f.untilNext(next))
		default:
			b := newBatch(claimed)
			b.begin(ctx, began)
			f.worker.keep(b)
			select {
			case loaded <- b:
			case <-ctx.Done():
				f.end(ctx, b)
			}
		}
	}
}

// claim takes the next batch. First it lets go of those that the base takes for ours and
// that aren't held here, which would wait for the end of their lease otherwise.
func (f *feed) claim(ctx context.Context) (*delivery.Batch, time.Time, error) {
	if f.unsure.Swap(false) {
		if err := f.worker.queue.Disown(ctx, f.send.ID, f.worker.id, f.worker.holds()); err != nil {
			return nil, time.Time{}, err
		}
	}
	return f.worker.queue.Claim(ctx, f.send, f.worker.id, f.worker.lease())
}

// untilNext returns how long to wait for the next batch: to the moment when it
// may leave, if that is near, so that the first mail leaves on time.
func (f *feed) untilNext(next time.Time) time.Duration {
	if next.IsZero() {
		return poll
	}
	return min(poll, max(0, next.Sub(f.worker.Clock.Now())))
}

func (f *feed) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-f.wake:
	case <-timer.C:
	}
}

// handOut gives the batch's tasks to the connections.
func (f *feed) handOut(ctx context.Context, b *batch) {
	if f.worker.Shaper.Limited() || f.pool.lanes != nil {
		domains := make([]string, len(b.tasks))
		for i := range b.tasks {
			domains[i] = b.tasks[i].Domain()
		}
		if !f.shape(ctx, b, domains) || !f.warm(ctx, b) {
			return
		}
		if f.pool.lanes != nil {
			f.fill(ctx, b, domains)
			return
		}
	} else if !f.warm(ctx, b) {
		return
	}
	for i := range b.tasks {
		if b.waits != nil && b.waits[i] {
			continue
		}
		if !f.keepPace(ctx, b) {
			b.unsent.Store(true)
			return
		}
		b.inFlight.Add(1)
		select {
		case f.pool.tasks <- &b.tasks[i]:
			continue
		case <-ctx.Done():
		case <-b.stop:
		}
		b.letGo()
		return
	}
}

// shape finds which of a batch's mails have to wait because of the rate of their
// provider. Where none has one, it asks nobody.
func (f *feed) shape(ctx context.Context, b *batch, domains []string) bool {
	var err error
	if b.waits, b.after, err = f.worker.Shaper.Share(ctx, domains); err != nil && ctx.Err() == nil {
		f.worker.Log.Error("the providers' limits can't be kept, the batch waits", "send", f.send.ID, "error", err)
		b.after = time.Second
	}
	return err == nil
}

// keepPace waits until the send and the route allow another mail. After the
// deadline none is: the batch goes back, and lapses when it is taken again.
func (f *feed) keepPace(ctx context.Context, b *batch) bool {
	if f.send.Lapsed(f.worker.Clock.Now()) {
		return false
	}
	for _, p := range f.paces {
		if err := p.wait(ctx, b.stop); err != nil {
			if ctx.Err() == nil && !b.stopped.Load() {
				f.worker.Log.Error("the pace can't be kept, the batch waits", "send", f.send.ID, "error", err)
			}
			return false
		}
	}
	return ctx.Err() == nil && !b.stopped.Load()
}

// end waits until all that was handed out of the batch is settled, and closes
// it: done, or given back with what is still queued. Where it wasn't closed the base may
// take it for ours still, even if it said otherwise: a primary that hung and woke up
// says so of what was claimed where another one leads.
func (f *feed) end(ctx context.Context, b *batch) {
	f.settled(ctx, b)
	defer b.span.End()
	closed := !b.lost.Load() && f.close(ctx, b)
	f.worker.release(b)
	if !closed {
		f.unsure.Store(true)
	}
}

// close has the base end the batch, and reports whether it did.
func (f *feed) close(ctx context.Context, b *batch) bool {
	b.closing.Store(true)
	// The end of ctx is the usual reason to be here.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	f.giveBack(closing, b)
	ours, err := f.worker.queue.Finish(closing, b.Batch, b.rests())
	if err != nil {
		f.worker.Log.Error("a batch can't be closed yet", "send", f.send.ID, "batch", b.Number, "error", err)
	}
	return ours
}
