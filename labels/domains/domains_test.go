package domains

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"keur/labels"
)

// zone is DNS as a test has it: "TXT name" and the like to values, and "away"
// for names that nobody answers for.
type zone map[string][]string

func (z zone) ask(kind, name string) ([]string, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	values, has := z[kind+" "+name]
	switch {
	case has && len(values) == 1 && values[0] == "away":
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	case !has:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return values, nil
}

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) { return z.ask("TXT", name) }

func (z zone) LookupAddr(_ context.Context, address string) ([]string, error) {
	return z.ask("PTR", address)
}

func (z zone) LookupHost(_ context.Context, name string) ([]string, error) { return z.ask("A", name) }

func (z zone) LookupMX(_ context.Context, name string) (all []*net.MX, err error) {
	hosts, err := z.ask("MX", name)
	for _, h := range hosts {
		all = append(all, &net.MX{Host: h, Pref: 10})
	}
	return all, err
}

// right is a zone in which nothing is wrong.
func right() zone {
	return zone{
		"A mail.shop.nl": {"192.0.2.1"}, "MX bounce.shop.nl": {"mx.shop.nl."}, "MX shop.nl": {"mx.shop.nl."},
		"TXT bounce.shop.nl": {"google-site-verification=x",
			"v=spf1 include:relay.example ip4:192.0.2.0/24 ip4:203.0.113.7 ip6:2001:db8::25/128 ip4:10.0.0.1 -all"},
		"PTR 203.0.113.7": {"out.shop.nl."}, "A out.shop.nl": {"203.0.113.9", "203.0.113.7"},
		"PTR 2001:db8::25": {"six.shop.nl."}, "A six.shop.nl": {"2001:db8:0::25"},
		"TXT default._bimi.shop.nl": {"v=BIMI1; l=https://shop.nl/logo.svg; a=https://shop.nl/logo.pem"},
		"TXT relay.example":         {"v=spf1 ip4:198.51.100.1 ip6:2001:db8::/32 ~all"},
		"TXT k._domainkey.shop.nl":  {"v=DKIM1; k=rsa; p=MIIB IjAN"},
		"TXT _dmarc.shop.nl":        {"v=DMARC1; p=reject; rua=mailto:d@shop.nl"},
	}
}

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func sending(keys []Key) Sending { return Sending{Label: label(), Keys: keys} }

func label() labels.Label {
	return labels.Label{PublicURL: "https://mail.shop.nl", BounceDomain: "bounce.shop.nl",
		Senders: []labels.Sender{{Address: "acties@shop.nl"}, {Address: "nieuws@SHOP.nl"}}}
}

var key = []Key{{"k._domainkey.shop.nl", "v=DKIM1; k=rsa; p=MIIBIjAN"}}

func TestARightZoneHasNoFault(t *testing.T) {
	t.Parallel()
	found := Check(t.Context(), right(), now, sending(key))
	var kinds []string
	for _, f := range found {
		kinds = append(kinds, f.Record)
		if f.State != Good || f.Publish != "" {
			t.Errorf("%+v", f)
		}
		if about := map[string]string{"DMARC": "shop.nl", "BIMI": "shop.nl"}[f.Record]; about != "" && f.Sender != about {
			t.Errorf("%s is about %q", f.Record, f.Sender)
		}
	}
	if got := fmt.Sprint(kinds); got != "[A MX SPF PTR PTR DKIM MX DMARC BIMI]" {
		t.Errorf("checked %s", got)
	}
}

// Each fault is named, and no other with it.
func TestEachFaultIsNamed(t *testing.T) {
	t.Parallel()
	const (
		bounce = "TXT bounce.shop.nl"
		dmarc  = "TXT _dmarc.shop.nl"
		dkim   = "TXT k._domainkey.shop.nl"
		bimi   = "TXT default._bimi.shop.nl"
	)
	many := func(n int) (names string, z zone) {
		z = zone{}
		for i := range n {
			name := fmt.Sprintf("i%d.example", i)
			names += "include:" + name + " "
			z["TXT "+name] = []string{"v=spf1 ip4:192.0.2.1 -all"}
		}
		return names, z
	}
	for name, try := range map[string]struct {
		change zone // nil removes
		unsign bool
		state  State
		key    string
	}{
		"no host":             {zone{"A mail.shop.nl": nil}, false, Wrong, "domains.no_host"},
		"host unknown":        {zone{"A mail.shop.nl": {"away"}}, false, Unknown, "domains.away"},
		"no bounces":          {zone{"MX bounce.shop.nl": nil}, false, Wrong, "domains.bounce_mx"},
		"bounces unknown":     {zone{"MX bounce.shop.nl": {"away"}}, false, Unknown, "domains.away"},
		"no replies":          {zone{"MX shop.nl": nil}, false, Wrong, "domains.no_mx"},
		"replies to a host":   {zone{"MX shop.nl": nil, "A shop.nl": {"192.0.2.1"}}, false, Better, "domains.only_host"},
		"refuses mail":        {zone{"MX shop.nl": {"."}}, false, Wrong, "domains.null_mx"},
		"no SPF":              {zone{bounce: {"v=spf10 -all", "spf1"}}, false, Wrong, "domains.no_spf"},
		"nothing there":       {zone{bounce: nil}, false, Wrong, "domains.no_spf"},
		"SPF unknown":         {zone{bounce: {"away"}}, false, Unknown, "domains.away"},
		"two SPF":             {zone{bounce: {"v=spf1 -all", "v=spf1 include:relay.example -all"}}, false, Wrong, "domains.many_spf"},
		"SPF for all":         {zone{bounce: {"v=spf1 +all"}}, false, Wrong, "domains.spf_all"},
		"SPF for all, plain":  {zone{bounce: {"v=spf1 all"}}, false, Wrong, "domains.spf_all"},
		"SPF neutral":         {zone{bounce: {"v=spf1 ?all"}}, false, Wrong, "domains.spf_all"},
		"SPF open":            {zone{bounce: {"v=spf1 include:relay.example"}}, false, Better, "domains.spf_open"},
		"SPF misspelt":        {zone{bounce: {"v=spf1 inlcude:relay.example -all"}}, false, Wrong, "domains.spf_term"},
		"SPF, no network":     {zone{bounce: {"v=spf1 ip4:192.0.2.300 -all"}}, false, Wrong, "domains.spf_term"},
		"SPF of nobody":       {zone{"TXT relay.example": nil}, false, Wrong, "domains.spf_include"},
		"SPF of away":         {zone{"TXT relay.example": {"away"}}, false, Unknown, "domains.away"},
		"SPF in a circle":     {zone{"TXT relay.example": {"v=spf1 include:bounce.shop.nl -all"}}, false, Good, "domains.spf"},
		"SPF by redirect":     {zone{bounce: {"v=spf1 redirect=relay.example"}}, false, Good, "domains.spf"},
		"no name":             {zone{"PTR 203.0.113.7": nil}, false, Better, "domains.no_ptr"},
		"another's name":      {zone{"A out.shop.nl": {"203.0.113.9"}}, false, Better, "domains.ptr_elsewhere"},
		"name unknown":        {zone{"PTR 203.0.113.7": {"away"}}, false, Unknown, "domains.away"},
		"no logo":             {zone{bimi: nil}, false, Optional, "domains.no_bimi"},
		"a logo in words":     {zone{bimi: {"l=https://shop.nl/logo.svg; v=BIMI1"}}, false, Optional, "domains.no_bimi"},
		"logo unknown":        {zone{bimi: {"away"}}, false, Unknown, "domains.away"},
		"logo in the open":    {zone{bimi: {"v=BIMI1; l=http://shop.nl/logo.svg"}}, false, Better, "domains.bimi_logo"},
		"logo of nobody":      {zone{bimi: {"v=BIMI1; l=https://shop.nl/logo.svg; a="}}, false, Better, "domains.bimi_certificate"},
		"no key":              {zone{dkim: nil}, false, Wrong, "domains.no_dkim"},
		"another key":         {zone{dkim: {"v=DKIM1; k=rsa; p=AAAA"}}, false, Wrong, "domains.other_dkim"},
		"key unknown":         {zone{dkim: {"away"}}, false, Unknown, "domains.away"},
		"no policy":           {zone{dmarc: nil}, false, Wrong, "domains.no_dmarc"},
		"a policy in words":   {zone{dmarc: {"p=reject; v=DMARC1"}}, false, Wrong, "domains.no_dmarc"},
		"two policies":        {zone{dmarc: {"v=DMARC1; p=none", "v=DMARC1; p=reject"}}, false, Wrong, "domains.many_dmarc"},
		"policy unknown":      {zone{dmarc: {"away"}}, false, Unknown, "domains.away"},
		"only watching":       {zone{dmarc: {"v=DMARC1; p=none; rua=mailto:a@b"}}, false, Better, "domains.dmarc_none"},
		"no policy named":     {zone{dmarc: {"v=DMARC1; rua=mailto:a@b"}}, false, Better, "domains.dmarc_none"},
		"only a test":         {zone{dmarc: {"v=DMARC1; p=reject; t=y; rua=mailto:a@b"}}, false, Better, "domains.dmarc_none"},
		"pct":                 {zone{dmarc: {"v=DMARC1; p=reject; pct=50; rua=mailto:a@b"}}, false, Better, "domains.dmarc_pct"},
		"no reports":          {zone{dmarc: {"v=DMARC1;p=Quarantine"}}, false, Better, "domains.dmarc_no_reports"},
		"unsigned, aligned":   {zone{}, true, Good, "domains.dmarc"},
		"unsigned, strictly":  {zone{dmarc: {"v=DMARC1; p=reject; aspf=s; rua=mailto:a@b"}}, true, Wrong, "domains.dmarc_refuses"},
		"unsigned, elsewhere": {zone{"TXT _dmarc.bounce.shop.nl": {"v=DMARC1; p=none; psd=n"}}, true, Wrong, "domains.dmarc_refuses"},
		"unsigned, watched":   {zone{dmarc: {"v=DMARC1; p=none; psd=n; aspf=s"}}, true, Wrong, "domains.dmarc_unaligned"},
	} {
		dns, keys := right(), key
		for name, values := range try.change {
			if delete(dns, name); values != nil {
				dns[name] = values
			}
		}
		if try.unsign {
			keys = nil
		}
		hit := false
		for _, f := range Check(t.Context(), dns, now, sending(keys)) {
			switch {
			case f.Said.Key == try.key && f.State == try.state:
				hit = true
			case f.Record == "BIMI" && strings.Contains("domains.bimi_dmarc domains.away", f.Said.Key): // follows the policy
			case f.State != Good:
				t.Errorf("%s: also %s of %s: %s", name, f.State, f.Record, f.Said.Key)
			}
		}
		if !hit {
			t.Errorf("%s: %s isn't found", name, try.key)
		}
	}
	for n, want := range map[int]State{10: Good, 11: Wrong} {
		names, dns := many(n)
		c := checker{t.Context(), dns}
		dns[bounce] = []string{"v=spf1 " + names + "-all"}
		if f, _ := c.spf("bounce.shop.nl"); f.State != want {
			t.Errorf("%d lookups: %+v", n, f)
		}
	}
}

// The policy of a domain is its own, else its organization's, else the suffix's
// (RFC 9989 §4.10, and its example of names of many labels).
func TestThePolicyIsWalkedTo(t *testing.T) {
	t.Parallel()
	asked := []string{}
	spy := recording{zone{
		"TXT _dmarc.example":                 {"v=DMARC1; p=reject; psd=y"},
		"TXT _dmarc.shop.example":            {"v=DMARC1; p=none; sp=quarantine"},
		"TXT _dmarc.own.shop.example":        {"v=DMARC1; p=reject"},
		"TXT _dmarc.brand.psd.example":       {"v=DMARC1; p=quarantine; psd=n"},
		"TXT _dmarc.f.g.h.i.j.mail.example.": nil,
	}, &asked}
	c := checker{t.Context(), spy}
	for domain, want := range map[string]struct{ org, asks string }{
		"shop.example":           {"shop.example", "none"},
		"news.shop.example":      {"shop.example", "quarantine"},
		"own.shop.example":       {"shop.example", "reject"},
		"deep.brand.psd.example": {"brand.psd.example", "quarantine"},
		"other.example":          {"other.example", "reject"},
		"x.other.example":        {"other.example", "reject"},
		"example.nl":             {"example.nl", ""},
	} {
		found, many, err := c.walk(domain)
		if err != nil || many != "" {
			t.Fatalf("%s: %v %s", domain, err, many)
		}
		asks := ""
		if p := holding(found, domain); p != nil {
			asks = p.of(domain)
		}
		if org := organization(found, domain); org != want.org || asks != want.asks {
			t.Errorf("%s: %s asks %q, not %s %q", domain, org, asks, want.org, want.asks)
		}
	}
	asked = asked[:0]
	if _, _, err := c.walk("a.b.c.d.e.f.g.h.i.j.mail.example.com"); err != nil {
		t.Fatal(err)
	}
	want := "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com _dmarc.g.h.i.j.mail.example.com _dmarc.h.i.j.mail.example.com " +
		"_dmarc.i.j.mail.example.com _dmarc.j.mail.example.com _dmarc.mail.example.com _dmarc.example.com _dmarc.com"
	if got := strings.Join(asked, " "); got != want {
		t.Errorf("asked\n%s, not\n%s", got, want)
	}
}

type recording struct {
	zone
	asked *[]string
}

func (r recording) LookupTXT(ctx context.Context, name string) ([]string, error) {
	*r.asked = append(*r.asked, name)
	return r.zone.LookupTXT(ctx, name)
}

func TestAbsentIsNotAway(t *testing.T) {
	t.Parallel()
	if absent(errors.New("no")) || absent(&net.DNSError{IsTimeout: true}) || !absent(&net.DNSError{IsNotFound: true}) {
		t.Error("what can't be asked isn't absent")
	}
}

// How the mail server is reached: as the route demands, or what is wrong with it.
func TestTheRouteIsGreeted(t *testing.T) {
	t.Parallel()
	far, soon := now.Add(90*24*time.Hour), now.Add(13*24*time.Hour)
	for name, try := range map[string]struct {
		host, tls string
		verify    bool
		greeting  Greeting
		err       error
		state     State
		key       string
	}{
		"secured":       {"relay.example", "starttls", true, Greeting{true, far}, nil, Good, "domains.route_secured"},
		"ends soon":     {"relay.example", "starttls", true, Greeting{true, soon}, nil, Better, "domains.route_ends"},
		"of anybody":    {"relay.example", "implicit", false, Greeting{true, far}, nil, Better, "domains.route_unverified"},
		"in the open":   {"relay.example", "opportunistic", true, Greeting{}, nil, Better, "domains.route_open"},
		"not as asked":  {"relay.example", "starttls", true, Greeting{}, ErrNotSecured, Wrong, "domains.route_not_secured"},
		"away":          {"relay.example", "starttls", true, Greeting{}, errors.New("refused"), Unknown, "domains.route_away"},
		"here":          {"127.0.0.1", "none", true, Greeting{}, errors.New("refused"), Good, "domains.route_local"},
		"beside":        {"10.1.2.3", "none", true, Greeting{}, nil, Good, "domains.route_local"},
		"out, no TLS":   {"192.0.2.1", "none", true, Greeting{}, nil, Better, "domains.route_open"},
		"here, not own": {"localhost", "starttls", true, Greeting{}, ErrNotSecured, Wrong, "domains.route_not_secured"},
	} {
		s := sending(key)
		s.Route = &labels.Route{Host: try.host, Port: 587, TLS: try.tls, Verify: try.verify}
		s.Greet = func(context.Context, labels.Route, string) (Greeting, error) { return try.greeting, try.err }
		found := Check(t.Context(), right(), now, s)
		f := found[len(found)-1]
		if f.Record != "TLS" || f.Name != try.host+":587" || f.State != try.state || f.Said.Key != try.key {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
