package delivery

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keur/internal/clock"
)

// Route is a way out of the house, and what it puts up with.
type Route struct {
	Transport   Transport
	Connections int // at once, of all processes together
	PerMinute   int // 0: no limit
}

// lane is a route within this process: feeds put items in, one for each send
// and each in its turn, and carriers take them out.
type lane struct {
	id        int64
	route     Route
	ledger    *Ledger
	committer *committer
	holdSend  func(ctx context.Context, send int64, cause error)
	metrics   *Metrics
	log       *slog.Logger
	clock     clock.Clock
	items     chan *item // without room: a turn for each feed that waits

	mu         sync.Mutex
	complained time.Time
	carriers   []context.CancelFunc
	working    sync.WaitGroup
}

// poll returns an item if one is ready to be handed out.
func (l *lane) poll() *item {
	select {
	case it := <-l.items:
		return it
	default:
		return nil
	}
}

// staff makes n carriers work, starting or ending some.
func (l *lane) staff(ctx context.Context, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.carriers) > n {
		l.carriers[len(l.carriers)-1]()
		l.carriers = l.carriers[:len(l.carriers)-1]
	}
	for len(l.carriers) < n {
		one, cancel := context.WithCancel(ctx)
		l.carriers = append(l.carriers, cancel)
		l.working.Go(func() {
			defer cancel()
			newCarrier(l).run(one)
		})
	}
}

// complain logs that the route can't be used, at most twice a minute for all
// its connections.
func (l *lane) complain(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.clock.Now(); now.Sub(l.complained) > 30*time.Second {
		l.complained = now
		l.log.Warn("the route can't be used, its mail waits", "route", l.id, "error", err)
	}
}
