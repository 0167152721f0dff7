package shaping

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// leased is how long connections are a process's own; lapses how much sooner it
// takes them for lost, so that it has none when others get them. leaseWithin is how
// long it waits for an answer, before it follows the limits again.
const (
	leased      = 30 * time.Second
	lapses      = 5 * time.Second
	leaseWithin = 8 * time.Second
)

// Way is to whom a mail goes: a provider, and the MX if connections to that are
// counted, too.
type Way struct{ Provider, MX string }

// ways are those whose connections one to w counts among.
func (w Way) ways() []Way {
	if w.MX == "" {
		return []Way{w}
	}
	return []Way{{Provider: w.Provider}, w}
}

func (w Way) key() string {
	if w.MX == "" {
		return "provider:" + w.Provider
	}
	return "mx:" + w.MX
}

// Slots are the connections to providers that a process may have open, of those
// that all processes share.
type Slots struct {
	most  func(Way) int // connections at once; 0: any number
	asked chan struct{} // more are wanted than were

	mu      sync.Mutex
	slots   map[Way]*slot
	until   time.Time     // from then on they are others'
	changed chan struct{} // closed when some may have come free
}

// slot is the connections of one way.
type slot struct {
	granted, used int
	wants         map[wish]int // besides those used
	last          int          // how many it was asked for last
}

// wish is who wants connections, and to which MX.
type wish struct {
	who any
	way Way
}

func (s *slot) wanted() (n int) {
	for _, more := range s.wants {
		n += more
	}
	return s.used + n
}

func newSlots(most func(Way) int) *Slots {
	return &Slots{most: most, asked: make(chan struct{}, 1), slots: map[Way]*slot{}, changed: make(chan struct{})}
}

// at returns the slot of a way. The lock is held.
func (s *Slots) at(w Way) *slot {
	if s.slots[w] == nil {
		s.slots[w] = &slot{wants: map[wish]int{}}
	}
	return s.slots[w]
}

// Want says that somebody could use so many connections besides those that are
// used.
func (s *Slots) Want(who any, w Way, more int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ask := false
	for _, of := range w.ways() {
		at := s.at(of)
		if more == 0 {
			delete(at.wants, wish{who, w})
			continue
		}
		at.wants[wish{who, w}] = more
		ask = ask || at.wanted() > max(at.granted, at.last) && s.most(of) > 0
	}
	if ask {
		select {
		case s.asked <- struct{}{}:
		default:
		}
	}
}

// Enter takes a connection; false: there is none.
func (s *Slots) Enter(w Way) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range w.ways() {
		if at := s.at(of); s.most(of) > 0 && (at.used >= at.granted || s.lapsed()) {
			return false
		}
	}
	for _, of := range w.ways() {
		s.at(of).used++
	}
	return true
}

// Leave gives one back that was taken.
func (s *Slots) Leave(w Way) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, of := range w.ways() {
		s.at(of).used--
	}
	s.tell()
}

// Crowded reports whether one of the connections is to be left, because there are
// fewer now.
func (s *Slots) Crowded(w Way) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(w.ways(), func(of Way) bool {
		return s.most(of) > 0 && (s.at(of).used > s.at(of).granted || s.lapsed())
	})
}

// Changed is closed when a connection may have come free, or one is to be left.
func (s *Slots) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Slots) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// lapsed goes by the real clock, as the database does.
func (s *Slots) lapsed() bool { return !time.Now().Before(s.until) }

// Ask is what a process asks for of a way's connections.
type Ask struct {
	Key, Provider    string
	Most, Used, Want int
}

// ask returns what is asked for, and what is given back. Until it is answered no
// more connections are taken.
func (s *Slots) ask() (asks []Ask, ways []Way, over []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w, at := range s.slots {
		want, most := at.wanted(), s.most(w)
		switch {
		case want == 0:
			over = append(over, w.key())
			delete(s.slots, w)
		case most > 0:
			at.granted, at.last = min(at.granted, at.used), want
			asks, ways = append(asks, Ask{w.key(), w.Provider, most, at.used, min(want, most)}), append(ways, w)
		}
	}
	return asks, ways, over
}

// answer takes over what was granted, until when.
func (s *Slots) answer(ways []Way, granted []int, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, w := range ways {
		s.at(w).granted = granted[i]
	}
	s.until = until
	s.tell()
}

// lease renews the process's connections to providers.
func (s *Shaper) lease(ctx context.Context) {
	began := time.Now()
	asks, ways, over := s.Slots.ask()
	if len(asks) == 0 && len(over) == 0 {
		return
	}
	within, done := context.WithTimeout(ctx, leaseWithin)
	defer done()
	granted, err := s.Store.Lease(within, s.id, asks, over)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("the connections to providers can't be shared, fewer are made", "error", err)
		}
		return
	}
	s.Slots.answer(ways, granted, began.Add(leased-lapses))
}

// giveBack lets others have all that this process had.
func (s *Shaper) giveBack(ctx context.Context) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
	defer done()
	if err := s.Store.Leave(ctx, s.id); err != nil {
		s.Log.Warn("the connections to providers could not be given back", "error", err)
	}
}

// Ways returns to whom each of the mails to domains goes.
func (s *Shaper) Ways(ctx context.Context, domains []string) []Way {
	whose, v := s.whose(ctx, domains), s.now.Load()
	ways := make([]Way, len(domains))
	for i, d := range domains {
		k := whose[d]
		if k.provider == "" { // nobody answered: as if it took its mail itself
			k.provider, k.mx = v.table.Of(d), strings.TrimSuffix(d, ".")
		}
		ways[i] = v.wayTo(k.provider, k.mx)
	}
	return ways
}

// WayTo returns to whom a mail goes that an MX takes.
func (s *Shaper) WayTo(mx string) Way {
	v := s.now.Load()
	return v.wayTo(v.table.Of(mx), mx)
}

func (v *view) wayTo(provider, mx string) Way {
	if v.table.Bears(provider).MXConnections > 0 {
		return Way{provider, mx}
	}
	return Way{Provider: provider}
}

// Messages is how many mails a connection to the provider carries now; 0: any number.
func (s *Shaper) Messages(provider string) int {
	return s.now.Load().bears(provider, s.Clock.Now()).Messages
}

// most is how many connections a way bears now; 0: any number.
func (s *Shaper) most(w Way) int {
	b := s.now.Load().bears(w.Provider, s.Clock.Now())
	if w.MX == "" {
		return b.Connections
	}
	return b.MXConnections
}
