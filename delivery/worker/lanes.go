package worker

import (
	"context"
	"slices"
	"sync"
	"time"

	"keur/delivery"
	"keur/delivery/shaping"
)

// manyMails is how many mails a connection carries to a provider that bears any
// number, before another has its turn.
const manyMails = 100

// lanes are the mails that wait for a connection of a shaped route, by the provider
// to which they go. A connection carries the mails of one lane at a time, and there
// are no more of them than the provider bears, over all processes together. So a
// provider that bears few, or none now, is in nobody else's way.
type lanes struct {
	shaper *shaping.Shaper
	direct delivery.Direct // nil: all goes to the route's server
	size   func() int      // of the pool

	mu      sync.Mutex
	lanes   []*lane // those with mail, the next first
	byTo    map[destination]*lane
	queued  int
	asking  int // lanes that ask for connections
	idle    int // connections that wait for a task
	since   time.Time
	view    any           // of the limits, as they were when they were looked at last
	changed chan struct{} // closed when there are more tasks
}

// lane is the mails that share connections.
type lane struct {
	bound
	tasks []*task
	users int  // connections
	asks  bool // for more
	paced bool // what is in it came at the rate that its provider has

	troubles int       // refusals to talk at all, without a mail taken between
	rests    time.Time // until when no connection carries its mail, after such
	begun    time.Time // when its first mail was taken
	taken    int
	next     time.Time // when what was withdrawn before could be through
}

func newLanes(s *shaping.Shaper, direct delivery.Direct, size func() int) *lanes {
	return &lanes{shaper: s, direct: direct, size: size, byTo: map[destination]*lane{}, changed: make(chan struct{})}
}

// put adds tasks, each to the lane of where it is bound.
func (l *lanes) put(to []bound, tasks []*task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, t := range tasks {
		at := l.byTo[to[i].destination]
		if at == nil {
			at = &lane{bound: to[i]}
			l.byTo[to[i].destination], l.lanes = at, append(l.lanes, at)
		}
		at.site = to[i].site // its servers as DNS has them now; connections read the destination, which stays
		if len(at.tasks) == 0 {
			at.paced, _ = l.shaper.Paced(at.way.Provider)
		}
		at.tasks = append(at.tasks, t)
	}
	l.queued, l.since = l.queued+len(tasks), time.Now()
	l.ask()
	close(l.changed)
	l.changed = make(chan struct{})
}

// ask has the next lanes ask for connections, and no more of them than have their
// turn soon: of small providers there are thousands. The lock is held.
func (l *lanes) ask() {
	for _, at := range l.lanes {
		if l.asking >= max(64, 4*l.size()) {
			return
		}
		if !at.asks && len(at.tasks) > 0 {
			at.asks = true
			l.asking++
			l.want(at)
		}
	}
}

// want says how many connections a lane could use. The lock is held.
func (l *lanes) want(at *lane) {
	if !at.asks {
		return
	}
	l.shaper.Slots.Want(at, at.way, min(len(at.tasks), l.size()))
	if len(at.tasks) == 0 {
		at.asks = false
		l.asking--
		l.ask()
	}
}

// drop forgets a lane that has nothing to do with anything any more. The lock is held.
func (l *lanes) drop(at *lane) {
	if now := time.Now(); len(at.tasks) == 0 && at.users == 0 && now.After(at.rests) && now.After(at.next) {
		delete(l.byTo, at.destination)
		l.lanes = slices.DeleteFunc(l.lanes, func(other *lane) bool { return other == at })
	}
}

// pop takes the first task of a lane. The lock is held.
func (l *lanes) pop(at *lane) *task {
	t := at.tasks[0]
	at.tasks[0] = nil
	at.tasks = at.tasks[1:]
	if at.taken == 0 {
		at.begun = time.Now()
	}
	at.taken++
	l.queued--
	if len(at.tasks) < l.size() {
		l.want(at)
	}
	return t
}

// more returns another task for a connection that carries a lane's mails already.
func (l *lanes) more(c *connection) *task {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.another(c)
}

func (l *lanes) another(c *connection) *task {
	l.recall()
	at := c.lane
	if at == nil || len(at.tasks) == 0 || c.carried >= c.most || time.Now().Before(at.rests) || l.shaper.Slots.Crowded(at.way) {
		return nil
	}
	c.carried++
	return l.pop(at)
}

// take waits for a task that the connection may carry; nil: ctx has ended. Who
// waits for long hangs up, and so does who is one too many.
func (l *lanes) take(ctx context.Context, c *connection) *task {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	waits := 0
	defer func() { l.wait(-waits) }()
	for ctx.Err() == nil {
		free := l.shaper.Slots.Changed()
		l.mu.Lock()
		t := l.another(c)
		more, rest := l.changed, time.Duration(0)
		var to *lane
		if t == nil {
			to, rest = l.choose(c)
		}
		l.mu.Unlock()
		switch {
		case t != nil:
			return t
		case to != nil:
			l.change(c, to)
			continue
		case c.lane != nil && l.shaper.Slots.Crowded(c.lane.way):
			l.leave(c)
		}
		if waits == 0 {
			waits = 1
			l.wait(1)
		}
		l.pause(ctx, c, timer, more, free, rest)
	}
	return nil
}

// pause returns when there may be something to take.
func (l *lanes) pause(ctx context.Context, c *connection, timer *time.Timer, more, free <-chan struct{}, rest time.Duration) {
	var rested <-chan time.Time
	if rest > 0 {
		rested = time.After(rest)
	}
	select {
	case <-ctx.Done():
	case <-more:
	case <-free:
	case <-rested:
	case <-timer.C:
		l.leave(c)
	}
}

// wait counts connections that have nothing to do.
func (l *lanes) wait(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle == 0 {
		l.since = time.Now()
	}
	l.idle += n
}

// choose returns the lane that the connection is to carry next, which it has
// entered, or how long until one has rested. Each lane has its turn. The lock is
// held.
func (l *lanes) choose(c *connection) (to *lane, rest time.Duration) {
	now := time.Now()
	for i, at := range l.lanes {
		switch left := at.rests.Sub(now); {
		case len(at.tasks) == 0:
		case left > 0 && (rest == 0 || left < rest):
			rest = left
		case left > 0:
		case at == c.lane && !l.shaper.Slots.Crowded(at.way), at != c.lane && l.shaper.Slots.Enter(at.way):
			if at != c.lane {
				at.users++
			}
			l.lanes = append(slices.Delete(l.lanes, i, i+1), at)
			return at, 0
		}
	}
	return nil, rest
}

// change has the connection carry another lane's mails, or more of its own.
func (l *lanes) change(c *connection, to *lane) {
	if c.lane != to {
		l.leave(c)
		c.lane = to
	}
	c.carried, c.most = 0, l.shaper.Messages(to.way.Provider)
	if c.most == 0 {
		c.most = manyMails
	}
}

// leave hangs up, and lets another connection carry the lane's mails.
func (l *lanes) leave(c *connection) {
	c.disconnect()
	at := c.lane
	if at == nil {
		return
	}
	c.lane = nil
	l.mu.Lock()
	at.users--
	l.drop(at)
	l.mu.Unlock()
	l.shaper.Slots.Leave(at.way)
}

// putBack is for a task whose provider lets nobody in. It reports whether its batch
// is in the lanes still.
func (l *lanes) putBack(at *lane, t *task) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.batch.withdrawn {
		return false
	}
	if l.byTo[at.destination] == nil {
		l.byTo[at.destination], l.lanes = at, append(l.lanes, at)
	}
	at.tasks = slices.Insert(at.tasks, 0, t)
	l.queued++
	l.ask()
	return true
}

// Rests after a provider refused to talk: none after the first time, then from one
// second to one minute.
const (
	firstRest   = time.Second
	longestRest = time.Minute
)

// trouble has a lane rest, the longer the more often its provider refused to talk.
func (l *lanes) trouble(at *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.troubles++; at.troubles > 1 {
		at.rests = time.Now().Add(min(longestRest, firstRest<<min(at.troubles-2, 10)))
	}
}

// heard takes notice of what a provider answered.
func (l *lanes) heard(at *lane, r delivery.Reply) {
	switch {
	case r.Code == 421, r.Code != 0 && r.Step == delivery.AtGreeting:
		l.trouble(at)
	case r.Outcome == delivery.OutcomeAccepted && at.troubled(&l.mu):
		l.mu.Lock()
		at.troubles /= 2 // slowly
		l.mu.Unlock()
	}
}

func (at *lane) troubled(mu *sync.Mutex) bool {
	mu.Lock()
	defer mu.Unlock()
	return at.troubles > 0
}

// recall gives back the mails to providers that have a rate since they came into
// their lane, or get none now. The lock is held.
func (l *lanes) recall() {
	view := l.shaper.View()
	if l.view == view {
		return
	}
	l.view = view
	for _, at := range slices.Clone(l.lanes) {
		paced, stopped := l.shaper.Paced(at.way.Provider)
		if len(at.tasks) == 0 || !stopped && (at.paced || !paced) {
			continue
		}
		out := at.tasks
		at.tasks, at.paced = nil, true
		l.queued -= len(out)
		l.want(at)
		for _, t := range out {
			if t.batch.after == 0 {
				t.batch.after = shortestWait
			}
			t.batch.apart.Store(true)
			t.batch.inFlight.Done()
		}
	}
}

// withdraw takes a batch's tasks out of the lanes, and returns how many. The batch
// waits for as long as the first of their lanes takes to be through with them, and
// with what was withdrawn before.
func (l *lanes) withdraw(b *batch) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	b.withdrawn = true
	after := longestWait
	for _, at := range slices.Clone(l.lanes) {
		before := len(at.tasks)
		at.tasks = slices.DeleteFunc(at.tasks, func(t *task) bool { return t.batch == b })
		out := before - len(at.tasks)
		if out == 0 {
			continue
		}
		n += out
		each := longestRest
		if at.taken > 0 {
			each = now.Sub(at.begun) / time.Duration(at.taken)
		}
		if at.next.Before(now) {
			at.next = now
		}
		at.next = at.next.Add(min(longestWait, time.Duration(out)*each))
		after = min(after, max(shortestWait, at.next.Sub(now)))
		l.want(at)
	}
	l.queued -= n
	if n > 0 && (b.after == 0 || after < b.after) {
		b.after = after
	}
	return n
}

// rests is for how long mails of a batch have to wait for it to be taken again.
func (l *lanes) rests(b *batch) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return b.rests()
}

// How long a batch waits with what was withdrawn.
const (
	shortestWait = 5 * time.Second
	longestWait  = 10 * time.Minute
)

// hungry reports whether more mails are wanted than are in the lanes: they run dry,
// or connections have had nothing to do for a while.
func (l *lanes) hungry() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queued < 2*l.size() || l.idle > 0 && time.Since(l.since) > 50*time.Millisecond
}
