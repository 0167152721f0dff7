package mx

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/clock"
	"keur/internal/dnstest"
)

func finder(t *testing.T, zone string) (*Finder, *dnstest.Server, *clock.Fake) {
	t.Helper()
	server, now := dnstest.Start(t, zone), clock.NewFake(time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC))
	f, err := New([]string{server.Address}, now)
	if err != nil {
		t.Fatal(err)
	}
	return f, server, now
}

func TestTheServersOfADomain(t *testing.T) {
	t.Parallel()
	f, server, _ := finder(t, `
shop.nl.            MX    20 b.mx.nl.
shop.nl.            MX    10 C.mx.nl.
shop.nl.            MX    10 a.mx.nl.
bare.nl.            A     198.100.0.1
six.nl.             AAAA  2a00::1
alias.nl.           CNAME shop.nl.
nothing.nl.         TXT   "no server"
null.nl.            MX    0 .
both.nl.            MX    0 .
both.nl.            MX    10 a.mx.nl.
xn--mller-kva.de.   MX    10 mx.mueller.de.
broken.nl.          MX    10 a.mx.nl.
`)
	server.Fail("broken.nl", true)
	for domain, want := range map[string][]Server{
		"shop.nl": {{"a.mx.nl", 10}, {"c.mx.nl", 10}, {"b.mx.nl", 20}}, "SHOP.nl.": {{"a.mx.nl", 10}, {"c.mx.nl", 10}, {"b.mx.nl", 20}},
		"bare.nl": {{"bare.nl", 0}}, "six.nl": {{"six.nl", 0}}, "alias.nl": {{"a.mx.nl", 10}, {"c.mx.nl", 10}, {"b.mx.nl", 20}},
		"both.nl": {{"a.mx.nl", 10}}, "müller.de": {{"mx.mueller.de", 10}},
	} {
		if got, err := f.Servers(t.Context(), domain); err != nil || !cmp.Equal(got.All, want) {
			t.Errorf("%s has %v: %v", domain, got.All, err)
		}
	}
	if blind, _, _ := finder(t, ""); !errors.Is(second(blind.Servers(t.Context(), "shop.nl")), ErrUnanswered) {
		t.Error("a resolver is believed that knows nothing at all")
	}
	for domain, want := range map[string]error{
		"null.nl": ErrTakesNone, "nothing.nl": ErrNoServer, "nobody.nl": ErrNoDomain, "broken.nl": ErrUnanswered, "a b.nl": ErrNoDomain,
	} {
		if _, err := f.Servers(t.Context(), domain); !errors.Is(err, want) {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Of equal servers each comes first about as often, and never one that is less
// preferred.
func TestEqualServersComeInAnyOrder(t *testing.T) {
	t.Parallel()
	s := Servers{All: []Server{{"a", 10}, {"b", 10}, {"c", 20}}}
	first := map[string]int{}
	for range 1000 {
		order := s.Order()
		first[order[0].Name]++
		if order[2].Name != "c" {
			t.Fatalf("%v", order)
		}
	}
	if first["a"] < 300 || first["b"] < 300 {
		t.Errorf("%v", first)
	}
}

func TestTheAddressesOfAServer(t *testing.T) {
	t.Parallel()
	f, server, _ := finder(t, `
a.mx.nl.     A     198.100.0.1
a.mx.nl.     A     198.100.0.2
a.mx.nl.     AAAA  2a00::1
alias.mx.nl. CNAME a.mx.nl.
half.mx.nl.  A     198.100.0.3
text.mx.nl.  TXT   "no address"
broken.nl.   A     198.100.0.4
`)
	server.Fail("broken.nl", true)
	all := []netip.Addr{netip.MustParseAddr("2a00::1"), netip.MustParseAddr("198.100.0.1"), netip.MustParseAddr("198.100.0.2")}
	half := []netip.Addr{netip.MustParseAddr("198.100.0.3")}
	for host, want := range map[string][]netip.Addr{"a.mx.nl": all, "alias.mx.nl": all, "half.mx.nl": half} {
		got, err := f.Addresses(t.Context(), host)
		if err != nil || !cmp.Equal(got.All, want, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })) || got.Secure {
			t.Errorf("%s is at %v: %v", host, got, err)
		}
	}
	for host, want := range map[string]error{"text.mx.nl": ErrNoServer, "nobody.nl": ErrNoDomain, "broken.nl": ErrUnanswered} {
		if _, err := f.Addresses(t.Context(), host); !errors.Is(err, want) {
			t.Errorf("%s: %v", host, err)
		}
	}
	server.Secure(true)
	if got, err := f.Addresses(t.Context(), "half.mx.nl"); err != nil || got.Secure {
		t.Errorf("what was remembered became secure: %v, %v", got, err)
	}
	fresh, err := New([]string{server.Address}, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fresh.Addresses(t.Context(), "half.mx.nl"); err != nil || !got.Secure {
		t.Errorf("a resolver on this machine isn't believed: %v, %v", got, err)
	}
}

// Each answer is asked for once while it holds, within bounds, that there is none as
// well; that nobody answered is none, and known for a moment.
func TestWhatDNSSaysIsRemembered(t *testing.T) {
	t.Parallel()
	f, server, now := finder(t, "brief.nl. 1 IN MX 10 a.nl.\nlong.nl. 86400 IN MX 10 a.nl.\n")
	server.Fail("broken.nl", true)
	ask := func() {
		for _, domain := range []string{"brief.nl", "long.nl", "nobody.nl"} {
			_, _ = f.Servers(t.Context(), domain)
		}
	}
	asked := func(brief, long, nobody int) {
		t.Helper()
		for what, want := range map[string]int{"brief.nl MX": brief, "long.nl MX": long, "nobody.nl MX": nobody} {
			if n := server.Asked(what); n != want {
				t.Errorf("%s was asked for %d times, not %d", what, n, want)
			}
		}
	}
	ask()
	ask()
	asked(1, 1, 1)
	now.Add(shortest)
	ask()
	asked(2, 1, 1)
	now.Add(longestNone)
	ask()
	asked(3, 1, 2)
	now.Add(longest)
	ask()
	asked(4, 2, 3)
	for range 2 {
		if _, err := f.Servers(t.Context(), "broken.nl"); !errors.Is(err, ErrUnanswered) {
			t.Error(err)
		}
	}
	if n := server.Asked("broken.nl MX"); n != tries {
		t.Errorf("who doesn't answer was asked %d times", n)
	}
	server.Fail("broken.nl", false)
	now.Add(unanswered)
	if _, err := f.Servers(t.Context(), "broken.nl"); !errors.Is(err, ErrNoDomain) {
		t.Errorf("no answer was remembered: %v", err)
	}
}

// What has no room in a packet is asked for by TCP, and no domain has more servers
// than anybody needs.
func TestManyServers(t *testing.T) {
	t.Parallel()
	var zone strings.Builder
	for i := range 60 {
		fmt.Fprintf(&zone, "many.nl. MX %d server-%d.with-a-long-name.many.nl.\n", i, i)
	}
	f, _, _ := finder(t, zone.String())
	if got, err := f.Servers(t.Context(), "many.nl"); err != nil || len(got.All) != mostServers || got.All[19].Preference != 19 {
		t.Errorf("%v: %v", got.All, err)
	}
}

func TestResolversAreAddresses(t *testing.T) {
	t.Parallel()
	for resolver, want := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:5353": true, "::1": true, "192.0.2.1": true, "dns.nl": false,
	} {
		if _, err := New([]string{resolver}, clock.System{}); (err == nil) != want {
			t.Errorf("%s: %v", resolver, err)
		}
	}
}
