package shaping

import (
	"context"
	"regexp"
	"sync"
	"time"

	"keur/delivery"
)

// bucket is the time over which mails are counted together.
const bucket = 5 * time.Minute

// tally is how many mails were taken and refused.
type tally struct{ Sent, Deferred, Refused int }

// tallies are what became of mails, by domain, until it is written down. Counting
// one costs a look into a map.
type tallies struct {
	mu       sync.Mutex
	byDomain map[string]*tally
	replies  map[reply]*Said
}

// reply is what a provider's replies that say the same have in common.
type reply struct{ provider, same string }

// mostHeard bounds how many replies wait to be written down; more say nothing new.
const mostHeard = 100

// hear keeps what a provider said.
func (ts *tallies) hear(provider, said string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	key := reply{provider, sameAs(said)}
	if at := ts.replies[key]; at != nil {
		at.Said, at.Times = said, at.Times+1
	} else if len(ts.replies) < mostHeard {
		ts.replies[key] = &Said{Said: said, Times: 1}
	}
}

// Settled counts what became of a mail to a domain, and passes a refusal on to the
// rules. It never waits.
func (s *Shaper) Settled(domain string, reply delivery.Reply) {
	s.tallies.add(domain, reply.Outcome)
	if reply.Outcome == delivery.OutcomeDeferred || reply.Outcome == delivery.OutcomeRejected {
		s.Refused(domain, reply)
	}
}

func (ts *tallies) add(domain string, o delivery.Outcome) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.byDomain[domain]
	if t == nil {
		t = &tally{}
		ts.byDomain[domain] = t
	}
	switch o {
	case delivery.OutcomeAccepted:
		t.Sent++
	case delivery.OutcomeDeferred:
		t.Deferred++
	case delivery.OutcomeRejected:
		t.Refused++
	}
}

// drain returns what was counted since the last time.
func (ts *tallies) drain() (byDomain map[string]*tally, replies map[reply]*Said) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	byDomain, replies = ts.byDomain, ts.replies
	ts.byDomain, ts.replies = make(map[string]*tally, len(byDomain)), map[reply]*Said{}
	return byDomain, replies
}

// writeDown has all that was counted be known by all processes. Providers that the
// table doesn't name are counted as one.
func (s *Shaper) writeDown(ctx context.Context) {
	byDomain, replies := s.tallies.drain()
	for of, said := range replies {
		if err := s.Store.Heard(ctx, of.provider, of.same, *said); err != nil && ctx.Err() == nil {
			s.Log.Error("what a provider said can't be kept", "provider", of.provider, "error", err)
		}
	}
	if len(byDomain) == 0 {
		return
	}
	var domains []string
	for d := range byDomain {
		domains = append(domains, d)
	}
	whose, table := s.whose(ctx, domains), s.now.Load().table
	sums := map[string]tally{}
	for d, t := range byDomain {
		name := whose[d].provider
		if _, named := table.Provider(name); !named {
			name = Default
		}
		sum := sums[name]
		sums[name] = tally{sum.Sent + t.Sent, sum.Deferred + t.Deferred, sum.Refused + t.Refused}
	}
	if err := s.Store.Count(ctx, s.Clock.Now().Truncate(bucket), sums); err != nil && ctx.Err() == nil {
		s.Log.Error("what providers took can't be counted", "error", err)
	}
}

// varies is what differs between replies that say the same: numbers, and names in a
// queue.
var varies = regexp.MustCompile(`[0-9]+|\b[[:alnum:]_-]*[0-9][[:alnum:]_.-]*`)

// sameAs is what replies have in common that say the same.
func sameAs(said string) string { return varies.ReplaceAllString(said, "#") }
