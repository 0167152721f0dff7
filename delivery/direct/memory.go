package direct

import (
	"net/netip"
	"sync"
	"time"

	"keur/delivery"
	"keur/internal/clock"
)

// How long what was tried in vain isn't tried again, and of how many that is known.
const (
	closedFor    = time.Minute        // a site of which no server is reached
	downFor      = 5 * time.Minute    // an address that is called last
	brokenFor    = 3 * 24 * time.Hour // encryption
	mostRemember = 50_000
)

// memory is what the process learnt of servers. Forgetting it costs a call each.
type memory struct {
	clock clock.Clock
	mu    sync.Mutex
	sites map[string]closing
	down  map[netip.AddrPort]time.Time
	tls   map[netip.AddrPort]time.Time // broken until
}

// closing is what becomes of mail to a site for a while.
type closing struct {
	reply delivery.Reply
	until time.Time
}

func newMemory(now clock.Clock) *memory {
	return &memory{
		clock: now, sites: map[string]closing{}, down: map[netip.AddrPort]time.Time{}, tls: map[netip.AddrPort]time.Time{},
	}
}

// note remembers something of a few.
func note[K comparable, V any](mu *sync.Mutex, in map[K]V, key K, value V) {
	mu.Lock()
	defer mu.Unlock()
	if len(in) >= mostRemember {
		clear(in)
	}
	in[key] = value
}

func (m *memory) close(key string, reply delivery.Reply) {
	note(&m.mu, m.sites, key, closing{reply, m.clock.Now().Add(closedFor)})
}

// closed reports whether no server of a site was reached a moment ago.
func (m *memory) closed(key string) (delivery.Reply, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.sites[key]
	return c.reply, m.clock.Now().Before(c.until)
}

func (m *memory) unreachable(at netip.AddrPort) { note(&m.mu, m.down, at, m.clock.Now().Add(downFor)) }

// reachable ranks an address: those come last that weren't reached a moment ago.
func (m *memory) reachable(at netip.AddrPort) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clock.Now().Before(m.down[at]) {
		return 0
	}
	return 1
}

func (m *memory) breaks(at netip.AddrPort) { note(&m.mu, m.tls, at, m.clock.Now().Add(brokenFor)) }

// broken reports whether a server's encryption is known not to work.
func (m *memory) broken(at netip.AddrPort) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.clock.Now().Before(m.tls[at])
}
