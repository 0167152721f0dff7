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
	tallies  tallies
	stale    atomic.Bool // what admins said may have changed
	read     time.Time   // when that was read last
}

// view is what holds now of all providers.
type view struct {
	table  *Table
	limits map[string]limits
	stops  map[string]Order
	rates  bool // a provider has a rate
}

// seeing makes a view of the table, the limits and what admins ordered.
func seeing(t *Table, all []Limit, orders ...Order) *view {
	v := &view{table: t, limits: map[string]limits{}, stops: map[string]Order{}, rates: t.Default.rate() > 0}
	for _, o := range orders {
		if o.Stopped {
			v.stops[o.Provider], v.rates = o, true
		}
	}
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
	if v.stops[provider].Holds(now) {
		return 0, true
	}
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
	s := &Shaper{Store: store, DNS: dns, Clock: now, Log: log, refusals: make(chan refusal, mostNoted), known: map[string]knownDomain{},
		tallies: tallies{byDomain: map[string]*tally{}, replies: map[reply]*Said{}}}
	s.stale.Store(true)
	s.Slots, s.id = newSlots(s.most), uuid.NewString()
	s.now.Store(seeing(table, nil))
	return s
}

// Run works until ctx ends. The connections that the process has then are given
// back.
func (s *Shaper) Run(ctx context.Context) {
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	var telling sync.WaitGroup
	telling.Go(func() { s.tell(ctx) })
	defer telling.Wait()
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

// tellEvery is how often what was counted is written down.
const tellEvery = 3 * time.Second

// tell writes down what was counted, until ctx ends and once more then.
func (s *Shaper) tell(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for n := 1; ctx.Err() == nil; n++ {
		select {
		case <-ctx.Done():
		case <-tick.C:
			s.writeDown(ctx)
			if n%1000 == 0 { // about hourly
				s.sweep(ctx)
			}
		}
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), 2*askWithin)
	defer done()
	s.writeDown(last)
}

func (s *Shaper) sweep(ctx context.Context) {
	if err := s.Store.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error("what providers took long ago can't be taken out", "error", err)
	}
}

// Wake has what admins said be read again.
func (s *Shaper) Wake() { s.stale.Store(true) }

// rereadEvery is how often it is read at least: a notification may be lost.
const rereadEvery = 30 * time.Second

// table returns what holds of what admins said. A table that can't be read leaves
// the one before.
func (s *Shaper) table(ctx context.Context) *Table {
	before := s.now.Load().table
	if now := time.Now(); s.stale.Swap(false) || now.Sub(s.read) > rereadEvery {
		s.read = now
		table, err := s.Store.Table(ctx)
		if err != nil {
			s.stale.Store(true)
			if ctx.Err() == nil {
				s.Log.Error("what was said of providers can't be read", "error", err)
			}
			return before
		}
		if !table.same(before) {
			s.forget()
		}
		return table
	}
	return before
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
	orders, err := s.Store.Orders(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("which providers are stopped can't be read", "error", err)
		}
		return
	}
	s.now.Store(seeing(s.table(ctx), all, orders...))
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
		if provider != "" && r.reply.Text != "" {
			s.tallies.hear(provider, r.reply.Said())
		}
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
