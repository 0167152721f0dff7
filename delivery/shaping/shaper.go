package shaping

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"keur/delivery"
	"keur/internal/clock"
)

// Resolver asks DNS who takes a domain's mail; net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

const (
	refresh   = time.Second // between two looks at the limits
	mostNoted = 1024        // refusals that wait to be counted; more say nothing new
)

// Shaper is what a process's worker asks. Where no provider has a rate, it costs a
// mail nothing.
type Shaper struct {
	Store *Store
	Slots *Slots // the process's connections to providers
	DNS   Resolver
	Clock clock.Clock
	Log   *slog.Logger

	id       string // of the process, for what it leases
	now      atomic.Pointer[view]
	refusals chan refusal
	mu       sync.Mutex
	known    map[string]knownDomain
}

// view is what holds now of all providers.
type view struct {
	table  *Table
	limits map[string]limits
	rates  bool // a provider has a rate
}

// seeing makes a view of the table and the limits.
func seeing(t *Table, all []Limit) *view {
	v := &view{table: t, limits: map[string]limits{}, rates: t.Default.rate() > 0}
	for i := range t.Providers {
		v.rates = v.rates || t.Providers[i].rate() > 0
	}
	for _, l := range all {
		if v.limits[l.Provider] == nil {
			v.limits[l.Provider] = limits{}
		}
		v.limits[l.Provider][l.Kind] = l
		v.rates = v.rates || l.Kind == Rate
	}
	return v
}

// bears returns what a provider bears at a moment.
func (v *view) bears(provider string, now time.Time) Bears {
	b := v.table.Bears(provider)
	if n, limited := v.limits[provider].at(Connections, now); limited {
		// To all of its MX together, since who asks for fewer doesn't say to which.
		if b.Connections == 0 || n < b.Connections {
			b.Connections = n
		}
	}
	if n, limited := v.limits[provider].at(Messages, now); limited && (b.Messages == 0 || n < b.Messages) {
		b.Messages = n
	}
	return b
}

// pace returns how much time is between two mails to a provider, 0: none, and
// whether none leaves at all.
func (v *view) pace(provider string, now time.Time) (every time.Duration, stopped bool) {
	perHour := v.table.Bears(provider).rate()
	if n, limited := v.limits[provider].at(Rate, now); limited {
		if n == 0 {
			return 0, true
		}
		if perHour == 0 || 60*n < perHour {
			perHour = 60 * n
		}
	}
	if perHour == 0 {
		return 0, false
	}
	return time.Hour / time.Duration(perHour), false
}

type refusal struct {
	domain string
	reply  delivery.Reply
}

// New returns a shaper; Run counts refusals and follows the limits.
func New(store *Store, table *Table, dns Resolver, now clock.Clock, log *slog.Logger) *Shaper {
	s := &Shaper{Store: store, DNS: dns, Clock: now, Log: log, refusals: make(chan refusal, mostNoted), known: map[string]knownDomain{}}
	s.Slots, s.id = newSlots(s.most), uuid.NewString()
	s.now.Store(seeing(table, nil))
	return s
}

// Run works until ctx ends. The connections that the process has then are given
// back.
func (s *Shaper) Run(ctx context.Context) {
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for ctx.Err() == nil {
		s.Follow(ctx)
		s.lease(ctx)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				waiting = false
			case <-tick.C:
				waiting = false
			case <-s.Slots.asked:
				s.lease(ctx)
			case first := <-s.refusals:
				s.count(ctx, first)
				waiting = false
			}
		}
	}
	s.giveBack(ctx)
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
	s.now.Store(seeing(s.now.Load().table, all))
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
	whose, table := s.whose(ctx, domains), s.now.Load().table
	type of struct {
		provider string
		rule     *Rule
	}
	hits, said := map[of]int{}, map[of]string{}
	for _, r := range noted {
		provider := whose[r.domain].provider
		rule := table.Match(provider, r.reply.Code, r.reply.Enhanced, r.reply.Text)
		if provider == "" || rule == nil {
			continue
		}
		at := of{provider, rule}
		hits[at]++
		said[at] = r.reply.Text
	}
	for at, n := range hits {
		if err := s.Store.Note(ctx, at.provider, at.rule, n, said[at], table.Bears(at.provider)); err != nil && ctx.Err() == nil {
			s.Log.Error("a provider's refusals can't be counted", "provider", at.provider, "error", err)
		}
	}
}
