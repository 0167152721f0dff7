package domains

import (
	"context"
	"errors"
	"slices"
	"testing"

	"keur/labels"
)

// direct is the label's sending with a direct route from two addresses.
func direct() Sending {
	s := sending(key)
	s.Route = &labels.Route{Name: "Straight", Kind: labels.Direct, Port: 25, Sources: labels.Sources{
		{Address: "198.51.100.7", EHLOName: "mail1.shop.nl"}, {Address: "2a00:1::7", EHLOName: "mail2.shop.nl"},
	}}
	return s
}

// What an address needs from which mail goes straight to receivers: its own name,
// there and back, and SPF.
func TestTheAddressesOfADirectRoute(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(zone)
		record  string
		of      string
		state   State
		key     string
		publish string
	}{
		"named":       {func(zone) {}, "PTR", "198.51.100.7", Good, "domains.direct_ptr", ""},
		"named, IPv6": {func(zone) {}, "PTR", "2a00:1::7", Good, "domains.direct_ptr", ""},
		"nameless": {func(z zone) { delete(z, "PTR 198.51.100.7") },
			"PTR", "198.51.100.7", Wrong, "domains.direct_no_ptr", "PTR mail1.shop.nl."},
		"by another": {func(z zone) { z["PTR 2a00:1::7"] = []string{"x.host.nl."} },
			"PTR", "2a00:1::7", Wrong, "domains.direct_no_ptr", "PTR mail2.shop.nl."},
		"not back": {func(z zone) { z["A mail1.shop.nl"] = []string{"198.51.100.8"} },
			"PTR", "198.51.100.7", Wrong, "domains.direct_ptr_elsewhere", "A 198.51.100.7"},
		"nowhere": {func(z zone) { delete(z, "A mail2.shop.nl") },
			"PTR", "2a00:1::7", Wrong, "domains.direct_ptr_elsewhere", "AAAA 2a00:1::7"},
		"unanswered":    {func(z zone) { z["PTR 198.51.100.7"] = []string{"away"} }, "PTR", "198.51.100.7", Unknown, "domains.away", ""},
		"allowed":       {func(zone) {}, "SPF", "198.51.100.7", Good, "domains.direct_spf", ""},
		"allowed, IPv6": {func(zone) {}, "SPF", "2a00:1::7", Good, "domains.direct_spf", ""},
		"left out": {func(z zone) { z["TXT bounce.shop.nl"] = []string{"v=spf1 ip4:198.51.100.8 -all"} }, "SPF", "198.51.100.7", Wrong,
			"domains.direct_no_spf", "v=spf1 ip4:198.51.100.7 ip6:2a00:1::7 -all"},
		"SPF unanswered": {func(z zone) { z["TXT bounce.shop.nl"] = []string{"away"} },
			"SPF", "198.51.100.7", Unknown, "domains.away", ""},
	} {
		z := right()
		z["TXT bounce.shop.nl"] = []string{"v=spf1 ip4:198.51.100.0/24 ip6:2a00:1::7 -all"}
		z["PTR 198.51.100.7"], z["A mail1.shop.nl"] = []string{"MAIL1.shop.nl."}, []string{"198.51.100.7"}
		z["PTR 2a00:1::7"], z["A mail2.shop.nl"] = []string{"mail2.shop.nl."}, []string{"2a00:1:0::7"}
		c.change(z)
		found := Check(t.Context(), z, now, direct())
		is := func(f Finding) bool { return f.Record == c.record && f.Name == c.of }
		at := slices.IndexFunc(found, is)
		if at < 0 || slices.ContainsFunc(found[at+1:], is) {
			t.Fatalf("%s: not once in %+v", name, found)
		}
		if f := found[at]; f.State != c.state || f.Said.Key != c.key || f.Publish != c.publish {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A direct route is tried at the servers of the sender's domain.
func TestADirectRouteIsTried(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]State{nil: Good, errors.New("refused"): Better} {
		s := direct()
		s.Greet = func(_ context.Context, _ labels.Route, domain string) (Greeting, error) {
			if domain != Home(s.Label) || domain == "" {
				t.Errorf("tried at %q", domain)
			}
			return Greeting{}, err
		}
		found := Check(t.Context(), right(), now, s)
		if f := found[len(found)-1]; f.Record != "TLS" || f.State != want || f.Name != Home(s.Label) {
			t.Errorf("%+v", f)
		}
	}
	s := direct()
	s.Route.Sources = nil
	for _, f := range Check(t.Context(), right(), now, s) {
		if f.Said.Key == "domains.direct_anywhere" && f.State == Better {
			return
		}
	}
	t.Error("nobody asks for addresses")
}
