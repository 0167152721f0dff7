package proxies

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheClientIsTheFirstWhoIsNoProxyOfOurs, seen from our side.
func TestTheClientIsTheFirstWhoIsNoProxyOfOurs(t *testing.T) {
	t.Parallel()
	ours, err := Parse([]string{"10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		trusted    Trusted
		peer, want string
		forwarded  []string
	}{
		"nobody is trusted":            {nil, "10.0.0.1:4711", "10.0.0.1:4711", []string{"203.0.113.9"}},
		"straight from a stranger":     {ours, "203.0.113.5:99", "203.0.113.5:99", []string{"198.51.100.1"}},
		"through one":                  {ours, "10.0.0.1:4711", "203.0.113.9:0", []string{"203.0.113.9"}},
		"through two":                  {ours, "10.0.0.1:4711", "203.0.113.9:0", []string{"203.0.113.9, 192.0.2.7"}},
		"by two headers":               {ours, "10.0.0.1:4711", "203.0.113.9:0", []string{"1.1.1.1, 203.0.113.9", "10.9.9.9"}},
		"the client's own word":        {ours, "10.0.0.1:4711", "203.0.113.9:0", []string{"8.8.8.8, 10.1.1.1, 203.0.113.9"}},
		"the client names our proxy":   {ours, "10.0.0.1:4711", "203.0.113.9:0", []string{"10.0.0.1, 203.0.113.9, 10.0.0.2"}},
		"no address":                   {ours, "10.0.0.1:4711", "10.0.0.1:4711", []string{"203.0.113.9, unknown"}},
		"nothing said":                 {ours, "10.0.0.1:4711", "10.0.0.1:4711", nil},
		"empty":                        {ours, "10.0.0.1:4711", "10.0.0.1:4711", []string{""}},
		"from within":                  {ours, "10.0.0.1:4711", "10.0.0.9:0", []string{"10.0.0.9"}},
		"with a port":                  {ours, "10.0.0.1:4711", "203.0.113.9:0", []string{"203.0.113.9:5555"}},
		"of six":                       {ours, "[2001:db8:1::5]:4711", "[2001:db8:2::1]:0", []string{"[2001:db8:2::1]:443"}},
		"of six within four":           {ours, "[::ffff:10.0.0.1]:4711", "203.0.113.9:0", []string{"::ffff:203.0.113.9"}},
		"by a socket without a number": {ours, "@", "@", []string{"203.0.113.9"}},
		"more hops than there are":     {ours, "10.0.0.1:1", "10.0.0.1:0", []string{strings.Repeat("10.0.0.1,", 99) + "10.0.0.1"}},
	} {
		if got := c.trusted.client(c.peer, c.forwarded); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestHeadersTellNothingBelow(t *testing.T) {
	t.Parallel()
	ours, err := Parse([]string{"192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []Trusted{nil, ours} {
		r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1:1234
		for _, name := range said {
			r.Header.Set(name, "203.0.113.9")
		}
		var seen *http.Request
		trusted.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r })).ServeHTTP(httptest.NewRecorder(), r)
		want := map[bool]string{true: "192.0.2.1:1234", false: "203.0.113.9:0"}[trusted == nil]
		if seen.RemoteAddr != want {
			t.Errorf("from %s, want %s", seen.RemoteAddr, want)
		}
		for _, name := range said {
			if got := seen.Header.Get(name); got != "" {
				t.Errorf("%s still says %s", name, got)
			}
		}
	}
}

func TestNetworksAreRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "proxy.example", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0"} {
		if got, err := Parse([]string{text}); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
