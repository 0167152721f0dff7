package shaping

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"keur/delivery"
	"keur/internal/clock"
	"keur/internal/pgtest"
)

// mx is a DNS of ours: who takes a domain's mail. "!": nobody answers.
type mx struct {
	mu    sync.Mutex
	hosts map[string]string
	asked []string
}

func (d *mx) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, domain)
	switch host := d.hosts[domain]; host {
	case "":
		return nil, &net.DNSError{Err: "no such host", Name: domain, IsNotFound: true}
	case "!":
		return nil, &net.DNSError{Err: "timeout", Name: domain, IsTimeout: true}
	default:
		return []*net.MX{{Host: host}}, nil
	}
}

// times returns how often a domain was asked for.
func (d *mx) times(domain string) (n int) {
	for _, asked := range d.asked {
		if asked == domain {
			n++
		}
	}
	return n
}

func newShaper(t *testing.T, dns *mx) (*Shaper, *clock.Fake, *bytes.Buffer) {
	t.Helper()
	clk, log := clock.NewFake(now), &bytes.Buffer{}
	return New(nil, table(t), dns, clk, slog.New(slog.NewTextHandler(log, nil))), clk, log
}

// TestDomainsAreAskedForOnceAnHour: of one that nobody answers for nothing is
// known, and it is asked for again.
func TestDomainsAreAskedForOnceAnHour(t *testing.T) {
	t.Parallel()
	dns := &mx{hosts: map[string]string{"gmail.com": "gmail-smtp-in.l.google.com.", "slow.nl": "!"}}
	s, clk, _ := newShaper(t, dns)
	all := []string{"gmail.com", "kleine-winkel.nl", "slow.nl", "gmail.com"}
	look := func(after time.Duration, asked ...int) {
		t.Helper()
		clk.Add(after)
		found := s.whose(t.Context(), all)
		if found["gmail.com"].provider != "google" || found["kleine-winkel.nl"].provider != "kleine-winkel.nl" ||
			found["slow.nl"].provider != "" {
			t.Errorf("the providers are %v", found)
		}
		if got := []int{dns.times("gmail.com"), dns.times("kleine-winkel.nl"), dns.times("slow.nl")}; !slices.Equal(got, asked) {
			t.Errorf("asked for %v times, not %v", got, asked)
		}
	}
	look(0, 1, 1, 1)
	look(time.Hour-time.Second, 1, 1, 2)
	look(time.Second, 2, 2, 3)
	dns.hosts["gmail.com"] = "!" // what was known holds while nobody answers
	clk.Add(time.Hour)
	if found := s.whose(t.Context(), []string{"gmail.com"}); found["gmail.com"].provider != "google" {
		t.Errorf("after an hour without an answer it is %q", found["gmail.com"].provider)
	}
}

// TestHowLongABatchWaits keeps within five seconds and ten minutes.
func TestHowLongABatchWaits(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for _, try := range []struct {
		stopped time.Duration // for so long; 0: not
		every   time.Duration
		left    int
		want    time.Duration
	}{
		{3 * minute, 0, 5, 3 * minute}, {time.Second, 0, 5, 5 * time.Second}, {time.Hour, 0, 5, 10 * minute},
		{3 * minute, 0, 0, 10 * minute},
		{0, time.Second, 30, 30 * time.Second}, {0, minute / 600, 1, 5 * time.Second}, {0, minute, 100, 10 * minute},
		{0, minute / 10, 0, 10 * minute},
	} {
		v := seeing(&Table{}, []Limit{{Provider: "google", Kind: Rate, Until: now.Add(try.stopped)}})
		if got := v.wait("google", try.every, try.left, now); got != try.want {
			t.Errorf("%d mails, one in %s, wait %s, not %s", try.left, try.every, got, try.want)
		}
	}
}

// TestRefusalsNeverHoldTheWorkerUp: more than can be noted are left out.
func TestRefusalsNeverHoldTheWorkerUp(t *testing.T) {
	t.Parallel()
	s, _, _ := newShaper(t, &mx{})
	for range mostNoted + 10 {
		s.Refused("gmail.com", delivery.Reply{Code: 421})
	}
	if len(s.refusals) != mostNoted {
		t.Errorf("%d refusals wait", len(s.refusals))
	}
	var none *Shaper
	if none.Limited() || s.Limited() {
		t.Error("nobody is limited, and yet")
	}
	if waits, after, err := s.Share(t.Context(), []string{"gmail.com"}); waits != nil || after != 0 || err != nil {
		t.Errorf("nobody is limited, and %v waits %s, %v", waits, after, err)
	}
}

// TestLimitsAreSharedByAllProcesses: what one counts slows another down, step by
// step less, until nothing is limited.
func TestLimitsAreSharedByAllProcesses(t *testing.T) {
	t.Parallel()
	dns := &mx{hosts: map[string]string{"gmail.com": "gmail-smtp-in.l.google.com.", "zon.nl": "aspmx.l.google.com.", "slow.nl": "!"}}
	one, clk, _ := newShaper(t, dns)
	one.Store = NewStore(pgtest.New(t), clk)
	another := New(one.Store, table(t), dns, clk, one.Log)
	ctx := pgtest.Acting(t.Context(), "system:worker")
	rule := table(t).Match("google", 421, "4.7.28", "Gmail has detected an unusual rate")
	if rule == nil {
		t.Fatal("no rule knows it")
	}
	refused := func(n int, domain string, code int) {
		for range n {
			one.Refused(domain, delivery.Reply{Code: code, Enhanced: "4.7.28", Text: fmt.Sprint("4.7.28 an unusual rate, ", n)})
		}
		one.count(ctx, <-one.refusals)
		another.Follow(ctx)
	}
	refused(rule.AtLeast, "slow.nl", 421) // nobody knows whose it is
	if rule.AtLeast > 1 {
		refused(rule.AtLeast-1, "gmail.com", 421)
	}
	if another.Limited() {
		t.Fatalf("limited by fewer than %d", rule.AtLeast)
	}
	clk.Add(time.Hour + time.Second) // those no longer count
	if refused(1, "zon.nl", 421); rule.AtLeast > 1 && another.Limited() {
		t.Fatal("limited by refusals of an hour ago")
	}
	refused(rule.AtLeast, "zon.nl", 421) // one provider takes both domains' mail
	limits, err := one.Store.Limits(ctx)
	if err != nil || len(limits) != 1 || limits[0].Provider != "google" || !another.Limited() {
		t.Fatalf("the limits are %+v, %v", limits, err)
	}
	mails := make([]string, 2000)
	for i := range mails {
		mails[i] = []string{"gmail.com", "kpn.nl"}[i%2]
	}
	waits, after, err := another.Share(ctx, mails)
	if err != nil || len(waits) != len(mails) || after < shortest || after > longest {
		t.Fatalf("%d wait %s, %v", len(waits), after, err)
	}
	var google, others int
	for i, waiting := range waits {
		switch {
		case waiting && i%2 == 0:
			google++
		case waiting:
			others++
		}
	}
	if google == 0 || google == 1000 || others != 0 {
		t.Errorf("of 1000 mails each %d wait for google, and %d for others", google, others)
	}
	clk.Set(limits[0].Until.Add(time.Hour))
	if waits, _, err = another.Share(ctx, mails); err != nil || slices.Contains(waits, true) {
		t.Errorf("after the limit some wait, %v", err)
	}
	another.Follow(ctx)
	if another.Limited() {
		t.Error("it is limited still")
	}
}

// TestWhoStopsIsTakenNothing: at none a minute nothing leaves, and the base's own
// trouble is said and changes no limit.
func TestWhoStopsIsTakenNothing(t *testing.T) {
	t.Parallel()
	s, clk, log := newShaper(t, &mx{hosts: map[string]string{"gmail.com": "gmail-smtp-in.l.google.com."}})
	s.Store = NewStore(pgtest.New(t), clk)
	ctx := pgtest.Acting(t.Context(), "system:worker")
	stop := &Rule{Pattern: "x", AtLeast: 1, Do: Stop, Minutes: 2}
	if err := s.Store.Note(ctx, "google", stop, 1, "try tomorrow", Bears{}); err != nil {
		t.Fatal(err)
	}
	s.Follow(ctx)
	waits, after, err := s.Share(ctx, []string{"gmail.com", "gmail.com"})
	if err != nil || !slices.Equal(waits, []bool{true, true}) || after != 2*time.Minute {
		t.Errorf("%v wait %s, %v", waits, after, err)
	}
	if n, err := s.Store.Take(ctx, "google", time.Second, 0); n != 0 || err != nil {
		t.Errorf("of none leave %d, %v", n, err)
	}
	if n, err := s.Store.Take(ctx, "google", time.Second, 100); n == 0 || n > 3 || err != nil {
		t.Errorf("within two seconds leave %d at 60 a minute, %v", n, err)
	}
	over, end := context.WithCancelCause(ctx)
	end(errors.New("over"))
	s.Follow(over)
	if !s.Limited() || log.Len() != 0 {
		t.Errorf("a shaper that ends says %s", log)
	}
	s.Run(over) // returns
}

// turned is a DNS that gives equal MX in another order each time.
type turned []*net.MX

func (d turned) LookupMX(context.Context, string) ([]*net.MX, error) {
	slices.Reverse(d)
	return slices.Clone(d), nil
}

// Processes that hear of a domain's equal MX in other orders count its connections as
// those of the same one.
func TestEqualMXAreKnownByOne(t *testing.T) {
	t.Parallel()
	dns := turned{{Host: "b.shop.nl.", Pref: 10}, {Host: "C.shop.nl.", Pref: 10}, {Host: "a.shop.nl.", Pref: 20}}
	for range 3 {
		s := New(nil, table(t), dns, clock.NewFake(now), slog.New(slog.DiscardHandler))
		way := s.Ways(t.Context(), []string{"shop.nl"})[0]
		if want := s.WayTo("b.shop.nl"); way != want || way.Provider != "shop.nl" {
			t.Errorf("%+v, not %+v", way, want)
		}
	}
}
