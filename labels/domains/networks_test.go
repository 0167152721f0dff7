package domains

import (
	"fmt"
	"testing"
)

// The addresses of a record and of all that it includes are found, by name too.
func TestNetworksOfARecord(t *testing.T) {
	t.Parallel()
	dns := zone{
		"TXT bounce.shop.nl": {"v=spf1 mx a:out.shop.nl/28 include:relay.example ip4:203.0.113.7 ~ip4:198.51.100.0/24 " +
			"exists:%{i}.x.nl -all"},
		"TXT relay.example": {"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all"},
		"MX bounce.shop.nl": {"mx.shop.nl."}, "A mx.shop.nl": {"203.0.113.25"}, "A out.shop.nl": {"203.0.113.9"},
	}
	found, err := Networks(t.Context(), dns, "bounce.shop.nl")
	if want := "[192.0.2.0/24 2001:db8::/32 203.0.113.7/32 203.0.113.9/32 203.0.113.25/32]"; err != nil || fmt.Sprint(found) != want {
		t.Errorf("%v, %v, want %s", found, err, want)
	}
	if found, err := Networks(t.Context(), dns, "other.nl"); err != nil || found != nil {
		t.Errorf("of no record: %v, %v", found, err)
	}
	if _, err := Networks(t.Context(), zone{"TXT x.nl": {"away"}}, "x.nl"); err == nil {
		t.Error("what can't be asked has no addresses")
	}
}

// Receivers are asked to report to where Keur takes it in.
func TestReportsAreAskedFor(t *testing.T) {
	t.Parallel()
	dns := right()
	for was, want := range map[string]string{
		"":                      "v=DMARC1; p=none; rua=mailto:dmarc@bounce.shop.nl",
		"v=DMARC1; p=reject; ":  "v=DMARC1; p=reject; rua=mailto:dmarc@bounce.shop.nl",
		"v=DMARC1;p=quarantine": "v=DMARC1;p=quarantine; rua=mailto:dmarc@bounce.shop.nl",
	} {
		delete(dns, "TXT _dmarc.shop.nl")
		if was != "" {
			dns["TXT _dmarc.shop.nl"] = []string{was}
		}
		for _, f := range Check(t.Context(), dns, now, sending(key)) {
			if f.Record == "DMARC" && f.Publish != want {
				t.Errorf("of %q it says to publish %q", was, f.Publish)
			}
		}
	}
}
