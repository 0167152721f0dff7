package direct

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/labels"
)

// sources are the addresses of ours from which mail leaves, each in its turn.
type sources struct {
	clock clock.Clock
	all   labels.Sources

	mu     sync.Mutex
	here   []labels.Source // of this machine
	looked time.Time
	turn   int
}

func newSources(all labels.Sources, now clock.Clock) *sources { return &sources{clock: now, all: all} }

// lookEvery is how often it is looked which of the addresses this machine has: others
// may be another's, or come to it.
const lookEvery = time.Minute

// look finds the addresses that this machine has, and complains if it has none.
func (s *sources) look() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return nil
	}
	if now := s.clock.Now(); len(s.here) == 0 || now.Sub(s.looked) >= lookEvery {
		s.here, s.looked = nil, now
		for _, source := range s.all {
			if isHere(source.IP()) {
				s.here = append(s.here, source)
			}
		}
	}
	if len(s.here) == 0 {
		return fault.New(fault.Unavailable, "delivery.no_source_here")
	}
	return nil
}

// isHere reports whether this machine can send from an address.
func isHere(at netip.Addr) bool {
	line, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, 0)))
	if err != nil {
		return false
	}
	return line.Close() == nil
}

// reach reports whether one of the addresses can call another: both are IPv4, or both
// are IPv6. Without any of ours the system tries.
func (s *sources) reach(at netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, source := range s.here {
		if source.IP().Is4() == at.Unmap().Is4() {
			return true
		}
	}
	return len(s.all) == 0
}

// next returns the address from which to call another, and what we call ourselves
// from there. The zero value leaves it to the system.
func (s *sources) next(to netip.Addr) (netip.Addr, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.here {
		s.turn++
		source := s.here[s.turn%len(s.here)]
		if source.IP().Is4() == to.Unmap().Is4() {
			return source.IP(), source.EHLOName
		}
	}
	return netip.Addr{}, ""
}
