package shaping

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"keur/delivery"
	"keur/internal/clock"
)

// Resolver asks DNS who takes a domain's mail; net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

const (
	refresh    = time.Second     // between two looks at the limits
	askWithin  = 2 * time.Second // for the domains of a batch
	atOnce     = 16              // domains that are asked for side by side
	remembered = time.Hour
	mostKnown  = 100_000
	longest    = 10 * time.Minute // that a batch waits for a limited provider before it looks again
	shortest   = 5 * time.Second
	mostNoted  = 1024 // refusals that wait to be counted; more say nothing new
)

// Shaper is what a process's worker asks. Where no provider is limited, it costs a
// mail nothing.
type Shaper struct {
	Store *Store
	Table *Table
	DNS   Resolver
	Clock clock.Clock
	Log   *slog.Logger

	limits   atomic.Pointer[map[string]Limit] // nil: none
	refusals chan refusal
	mu       sync.Mutex
	known    map[string]knownDomain
}

type refusal struct {
	domain string
	reply  delivery.Reply
}

type knownDomain struct {
	provider string
	asked    time.Time
}

// New returns a shaper; Run counts refusals and follows the limits.
func New(store *Store, table *Table, dns Resolver, now clock.Clock, log *slog.Logger) *Shaper {
	return &Shaper{Store: store, Table: table, DNS: dns, Clock: now, Log: log, refusals: make(chan refusal, mostNoted),
		known: map[string]knownDomain{}}
}

// Run works until ctx ends.
func (s *Shaper) Run(ctx context.Context) {
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for ctx.Err() == nil {
		s.Follow(ctx)
		select {
		case <-ctx.Done():
		case <-tick.C:
		case first := <-s.refusals:
			s.count(ctx, first)
		}
	}
}

// Refused notes that a server refused a mail to a domain. It never waits.
func (s *Shaper) Refused(domain string, reply delivery.Reply) {
	select {
	case s.refusals <- refusal{domain, reply}:
	default:
	}
}

// Follow takes over the limits as they are.
func (s *Shaper) Follow(ctx context.Context) {
	all, err := s.Store.Limits(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("the providers' limits can't be read", "error", err)
		}
		return
	}
	if len(all) == 0 {
		s.limits.Store(nil)
		return
	}
	limits := map[string]Limit{}
	for _, l := range all {
		limits[l.Provider] = l
	}
	s.limits.Store(&limits)
}

// count counts what was refused since the last time, by provider and rule.
func (s *Shaper) count(ctx context.Context, first refusal) {
	noted := []refusal{first}
	for len(noted) < mostNoted {
		select {
		case r := <-s.refusals:
			noted = append(noted, r)
			continue
		default:
		}
		break
	}
	var domains []string
	for _, r := range noted {
		domains = append(domains, r.domain)
	}
	providers := s.providers(ctx, domains)
	type of struct {
		provider string
		rule     *Rule
	}
	hits, said := map[of]int{}, map[of]string{}
	for _, r := range noted {
		provider := providers[r.domain]
		rule := s.Table.Match(provider, r.reply.Code, r.reply.Enhanced, r.reply.Text)
		if provider == "" || rule == nil {
			continue
		}
		at := of{provider, rule}
		hits[at]++
		said[at] = r.reply.Text
	}
	for at, n := range hits {
		if err := s.Store.Note(ctx, at.provider, at.rule, n, said[at]); err != nil && ctx.Err() == nil {
			s.Log.Error("a provider's refusals can't be counted", "provider", at.provider, "error", err)
		}
	}
}

// Limited reports whether any provider is limited.
func (s *Shaper) Limited() bool { return s != nil && s.limits.Load() != nil }

// Share says of each of a batch's mails, by the domains that they go to, whether
// it has to wait, and for how long the batch waits with those.
func (s *Shaper) Share(ctx context.Context, domains []string) (waits []bool, after time.Duration, err error) {
	limits := s.limits.Load()
	if limits == nil {
		return nil, 0, nil
	}
	providers := s.providers(ctx, domains)
	now, mails := s.Clock.Now(), map[string][]int{}
	for i, d := range domains {
		if _, limited := (*limits)[providers[d]]; limited {
			mails[providers[d]] = append(mails[providers[d]], i)
		}
	}
	waits, after = make([]bool, len(domains)), longest
	for provider, at := range mails {
		limit := (*limits)[provider]
		rate, limited := limit.At(now)
		if !limited {
			continue
		}
		taken, err := s.Store.Take(ctx, provider, rate, len(at))
		if err != nil {
			return nil, 0, err
		}
		for _, i := range at[taken:] {
			waits[i] = true
		}
		after = min(after, wait(limit, rate, len(at)-taken, now))
	}
	return waits, after, nil
}

// wait is how long a batch waits with so many mails of a provider.
func wait(l Limit, rate, left int, now time.Time) time.Duration {
	switch {
	case left == 0:
		return longest
	case rate == 0:
		return max(shortest, min(longest, l.Until.Sub(now)))
	}
	return max(shortest, min(longest, time.Duration(left)*time.Minute/time.Duration(rate)))
}

// providers returns who takes the mail of domains; "" of those that nobody
// answers for.
func (s *Shaper) providers(ctx context.Context, domains []string) map[string]string {
	found, now := map[string]string{}, s.Clock.Now()
	var ask []string
	s.mu.Lock()
	for _, d := range domains {
		if _, twice := found[d]; twice {
			continue
		}
		k := s.known[d]
		if found[d] = k.provider; now.Sub(k.asked) >= remembered {
			ask = append(ask, d)
		}
	}
	s.mu.Unlock()
	if len(ask) == 0 {
		return found
	}
	ctx, done := context.WithTimeout(ctx, askWithin)
	defer done()
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, d := range ask {
		group.Go(func() error {
			provider, known := s.ask(ctx, d)
			s.mu.Lock()
			defer s.mu.Unlock()
			if !known {
				return nil
			}
			if len(s.known) >= mostKnown {
				s.known = map[string]knownDomain{}
			}
			found[d], s.known[d] = provider, knownDomain{provider, now}
			return nil
		})
	}
	_ = group.Wait() // what isn't known is asked again
	return found
}

// ask asks DNS who takes a domain's mail: the first MX, or without any the domain
// itself. known is false where nobody answered.
func (s *Shaper) ask(ctx context.Context, domain string) (provider string, known bool) {
	hosts, err := s.DNS.LookupMX(ctx, domain)
	if len(hosts) > 0 {
		return s.Table.Of(hosts[0].Host), true
	}
	if answer, is := errors.AsType[*net.DNSError](err); err == nil || is && answer.IsNotFound {
		return s.Table.Of(domain), true
	}
	return "", false
}
