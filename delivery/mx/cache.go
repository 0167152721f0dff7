package mx

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"keur/internal/clock"
)

// How long an answer is remembered, whatever DNS says; and how many of them.
const (
	shortest     = time.Minute
	longest      = time.Hour
	longestNone  = 15 * time.Minute // that there is nothing
	unanswered   = 30 * time.Second // that nobody answers (RFC 9520)
	mostAnswered = 200_000
)

// answer is what DNS says to a question.
type answer struct {
	records []dns.RR
	secure  bool
	none    bool // there is no such name
	failed  bool // nobody answers
	until   time.Time
}

// question is what was asked.
type question struct {
	name string
	kind uint16
}

// cache remembers answers, and for a moment that there is none: many seconds go by
// until nobody has answered, in which all mail of a batch waits.
type cache struct {
	clock clock.Clock
	mu    sync.Mutex
	known map[question]answer
	some  time.Time // when DNS last had an answer to anything
}

func newCache(now clock.Clock) *cache { return &cache{clock: now, known: map[question]answer{}} }

func (c *cache) get(q question) (answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, known := c.known[q]
	return a, known && c.clock.Now().Before(a.until)
}

func (c *cache) put(q question, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(a.records) > 0 {
		c.some = c.clock.Now()
	}
	if len(c.known) >= mostAnswered {
		clear(c.known)
	}
	c.known[q] = a
}

// failed remembers that nobody answers a question, unless it is who asks that left.
func (c *cache) failed(ctx context.Context, q question) {
	if ctx.Err() == nil {
		c.put(q, answer{failed: true, until: c.clock.Now().Add(unanswered)})
	}
}

// believedFor is how long after its last answer a resolver is believed that there is
// no such name. One that has lost its way says so of all names.
const believedFor = 10 * time.Minute

func (c *cache) believes() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock.Now().Before(c.some.Add(believedFor))
}

// lookup returns the records of a name, remembered or asked for. There may be none
// of that kind; ErrNoDomain where there is no such name, which members pay for, so
// that it is only believed of a resolver that had answers a moment ago.
func (f *Finder) lookup(ctx context.Context, name string, kind uint16) (answer, error) {
	q := question{strings.ToLower(strings.TrimSuffix(name, ".")), kind}
	a, known := f.cache.get(q)
	if !known {
		said, err := f.ask.ask(ctx, q.name, kind)
		if err != nil {
			f.cache.failed(ctx, q)
			return answer{}, err
		}
		a = answer{records: said.Answer, secure: said.AuthenticatedData && f.ask.believed, none: said.Rcode == dns.RcodeNameError}
		if a.none && !f.cache.believes() {
			return answer{}, ErrUnanswered
		}
		a.until = f.cache.clock.Now().Add(lasts(said, kind))
		f.cache.put(q, a)
	}
	switch {
	case a.failed:
		return answer{}, ErrUnanswered
	case a.none:
		return a, ErrNoDomain
	}
	return a, nil
}

// lasts is how long an answer holds: as long as the first of its records, or that
// there is nothing as long as the zone says (RFC 2308 §5).
func lasts(said *dns.Msg, kind uint16) time.Duration {
	found, least := false, longest
	for _, r := range said.Answer {
		found = found || r.Header().Rrtype == kind
		least = min(least, time.Duration(r.Header().Ttl)*time.Second)
	}
	if !found {
		least = min(least, longestNone)
		for _, r := range said.Ns {
			if soa, is := r.(*dns.SOA); is {
				least = min(least, time.Duration(min(soa.Hdr.Ttl, soa.Minttl))*time.Second)
			}
		}
	}
	return max(shortest, least)
}
