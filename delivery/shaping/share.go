package shaping

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	askWithin  = 2 * time.Second // for the domains of a batch
	atOnce     = 16              // domains that are asked for side by side
	remembered = time.Hour
	mostKnown  = 100_000
	longest    = 10 * time.Minute // that a batch waits for a limited provider before it looks again
	shortest   = 5 * time.Second
)

// knownDomain is who takes a domain's mail.
type knownDomain struct {
	provider string // "": nobody answered
	mx       string // its first
	asked    time.Time
}

// Limited reports whether mail to any provider goes at a rate.
func (s *Shaper) Limited() bool { return s != nil && s.now.Load().rates }

// View is what holds now of all providers; another one once that may have changed.
func (s *Shaper) View() any { return s.now.Load() }

// Paced reports whether mail to a provider goes at a rate, and whether none goes.
func (s *Shaper) Paced(provider string) (paced, stopped bool) {
	every, stopped := s.now.Load().pace(provider, s.Clock.Now())
	return every > 0 || stopped, stopped
}

// Share says of each of a batch's mails, by the domains that they go to, whether
// it has to wait, and for how long the batch waits with those.
func (s *Shaper) Share(ctx context.Context, domains []string) (waits []bool, after time.Duration, err error) {
	v := s.now.Load()
	if !v.rates {
		return nil, 0, nil
	}
	whose := s.whose(ctx, domains)
	now, mails := s.Clock.Now(), map[string][]int{}
	for i, d := range domains {
		if provider := whose[d].provider; provider != "" {
			mails[provider] = append(mails[provider], i)
		}
	}
	waits, after = make([]bool, len(domains)), longest
	for provider, at := range mails {
		every, stopped := v.pace(provider, now)
		taken := 0
		switch {
		case every == 0 && !stopped:
			continue
		case !stopped:
			if taken, err = s.Store.Take(ctx, provider, every, len(at)); err != nil {
				return nil, 0, err
			}
		}
		for _, i := range at[taken:] {
			waits[i] = true
		}
		after = min(after, v.wait(provider, every, len(at)-taken, now))
	}
	return waits, after, nil
}

// wait is how long a batch waits with so many mails of a provider.
func (v *view) wait(provider string, every time.Duration, left int, now time.Time) time.Duration {
	switch {
	case left == 0:
		return longest
	case every == 0: // stopped
		until := v.limits[provider][Rate].Until
		if o := v.stops[provider]; o.Holds(now) {
			return shortest // somebody may resume it at once
		}
		return max(shortest, min(longest, until.Sub(now)))
	}
	return max(shortest, min(longest, time.Duration(left)*every))
}

// whose returns who takes the mail of domains; nobody of those that nobody answers
// for.
func (s *Shaper) whose(ctx context.Context, domains []string) map[string]knownDomain {
	found, now := map[string]knownDomain{}, s.Clock.Now()
	var ask []string
	s.mu.Lock()
	for _, d := range domains {
		if _, twice := found[d]; twice {
			continue
		}
		k := s.known[d]
		if found[d] = k; now.Sub(k.asked) >= remembered {
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
			k, known := s.ask(ctx, d)
			s.mu.Lock()
			defer s.mu.Unlock()
			if !known {
				return nil
			}
			if len(s.known) >= mostKnown {
				s.known = map[string]knownDomain{}
			}
			k.asked = now
			found[d], s.known[d] = k, k
			return nil
		})
	}
	_ = group.Wait() // what isn't known is asked again
	return found
}

// forget has domains be asked for anew, since the table is another.
func (s *Shaper) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = map[string]knownDomain{}
}

// ask asks DNS who takes a domain's mail: the first MX, of equal ones the first by
// name, so that all processes know it by the same; or without any the domain itself.
// known is false where nobody answered.
func (s *Shaper) ask(ctx context.Context, domain string) (found knownDomain, known bool) {
	mx := domain
	hosts, err := s.DNS.LookupMX(ctx, domain)
	if len(hosts) > 0 {
		mx = slices.MinFunc(hosts, func(a, b *net.MX) int {
			return cmp.Or(cmp.Compare(a.Pref, b.Pref), cmp.Compare(strings.ToLower(a.Host), strings.ToLower(b.Host)))
		}).Host
	} else if answer, is := errors.AsType[*net.DNSError](err); err != nil && !(is && answer.IsNotFound) {
		return knownDomain{}, false
	}
	mx = strings.ToLower(strings.TrimSuffix(mx, "."))
	return knownDomain{provider: s.now.Load().table.Of(mx), mx: mx}, true
}
