package worker

import (
	"context"
	"time"
)

// Of a shaped route a feed has several batches open, so that what waits for a
// provider's connections is in nobody else's way.
const (
	mostOpen = 16
	lingers  = 2 * time.Second // that one stays open at least, while others would be wanted
)

// fill puts the batch's tasks into the lanes of their providers, at the send's pace.
func (f *feed) fill(ctx context.Context, b *batch, domains []string) {
	all := f.pool.lanes.destinations(ctx, domains)
	var to []bound
	var tasks []*task
	for i := range b.tasks {
		if b.waits != nil && b.waits[i] {
			b.apart.Store(true)
			continue
		}
		if len(f.paces) > 0 {
			if !f.keepPace(ctx, b) {
				b.unsent.Store(true)
				return
			}
			b.inFlight.Add(1)
			f.pool.lanes.put(all[i:i+1], []*task{&b.tasks[i]})
			continue
		}
		to, tasks = append(to, all[i]), append(tasks, &b.tasks[i])
	}
	if len(tasks) == 0 {
		return
	}
	if !f.keepPace(ctx, b) {
		b.unsent.Store(true)
		return
	}
	b.inFlight.Add(len(tasks))
	f.pool.lanes.put(to, tasks)
}

// linger returns when connections want another batch. Of too many open ones the
// oldest is given back, with what waits for a provider that can't keep up.
func (f *feed) linger(ctx context.Context, b *batch) {
	b.opened = time.Now()
	f.open = append(f.open, b)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		for len(f.open) > 0 && f.open[0].over.Load() {
			f.open = f.open[1:]
		}
		if f.pool.lanes.hungry() {
			if len(f.open) < mostOpen {
				return
			}
			if oldest := f.open[0]; time.Since(oldest.opened) > lingers {
				oldest.inFlight.Add(-f.pool.lanes.withdraw(oldest))
				f.open = f.open[1:]
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// settled returns when all that was handed out of the batch is settled. What waits
// in lanes is let go when no more of it may leave, or has to go back sooner.
func (f *feed) settled(ctx context.Context, b *batch) {
	defer b.over.Store(true)
	if f.pool.lanes == nil {
		b.inFlight.Wait()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.inFlight.Wait()
	}()
	f.keep(ctx, b, done)
	for range f.pool.lanes.withdraw(b) {
		b.letGo()
	}
	<-done
}

// keep waits until the batch is done or may not go on, and no longer than others of
// its mails have to, which wait for it to be taken again: so a provider that lets
// nobody in is in nobody's way.
func (f *feed) keep(ctx context.Context, b *batch, done <-chan struct{}) {
	tick := time.NewTicker(lingers)
	defer tick.Stop()
	var since time.Time
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-b.stop:
			return
		case <-tick.C:
			switch apart := b.apart.Load(); {
			case !apart:
			case since.IsZero():
				since = time.Now()
			case time.Since(since) >= f.pool.lanes.rests(b):
				return
			}
		}
	}
}
