package links

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"keur/internal/fault"
)

// Slow links don't take each other's time, one host is asked a few times at
// once, and what was silent is asked again.
func TestLinksAreCheckedSideBySide(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, most, tries := map[string]int{}, map[string]int{}, map[string]int{}
	turn := make(chan struct{}, 1000)
	follow := func(_ context.Context, url, _ string) (string, error) {
		host := HostOf(url)
		mu.Lock()
		now[host]++
		most[host] = max(most[host], now[host])
		tries[url]++
		first := tries[url] == 1
		mu.Unlock()
		turn <- struct{}{}
		mu.Lock()
		now[host]--
		mu.Unlock()
		switch {
		case host == "down.nl", host == "weary.nl" && first:
			return "", fault.New(fault.Unavailable, "links.no_answer", "seconds", 5)
		case host == "gone.nl":
			return url, fault.New(fault.Conflict, "links.status", "code", 404, "text", "Not Found")
		}
		return url, nil
	}
	var asked []Asked
	for i := range 24 {
		asked = append(asked, Asked{URL: fmt.Sprintf("https://slow.nl/%d", i)})
	}
	asked = append(asked, Asked{URL: "https://weary.nl/"}, Asked{URL: "https://down.nl/"}, Asked{URL: "https://gone.nl/"}, asked[0])
	got, err := Check(t.Context(), follow, asked)
	if err != nil || len(got) != 27 {
		t.Fatalf("%d were checked: %v", len(got), err)
	}
	for _, c := range got {
		want := map[string]Severity{"down.nl": Asks, "gone.nl": Blocks}[HostOf(c.URL)]
		if SeverityOf(c.Found) != want {
			t.Errorf("%s: %q %s, want %q", c.URL, SeverityOf(c.Found), c.Found, want)
		}
	}
	if most["slow.nl"] > ofAHost || tries["https://down.nl/"] != attempts || tries["https://gone.nl/"] != 1 ||
		tries["https://slow.nl/0"] != 1 {
		t.Errorf("at once %v, tries %v", most, tries)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Check(ended, follow, asked); err == nil {
		t.Error("nobody waits any more, and it isn't said")
	}
}

// What refuses robots is never called dead, and what is dead is.
func TestSeverities(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	pages := map[string]http.HandlerFunc{"/shield": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cf-Mitigated", "challenge")
		w.WriteHeader(503)
	}}
	want := map[string]Severity{"/shield": Tells, "/nowhere": Blocks}
	for code, severity := range map[int]Severity{
		200: Sound, 204: Sound, 401: Tells, 403: Tells, 405: Tells, 406: Tells, 418: Tells, 429: Tells, 451: Tells, 999: Tells,
		404: Blocks, 410: Blocks, 500: Asks, 502: Asks, 503: Asks,
	} {
		path := fmt.Sprintf("/%d", code)
		pages[path] = func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); w.WriteHeader(code) }
		want[path] = severity
	}
	url, client := web(t, true, pages)
	var list []Asked
	for path := range want {
		list = append(list, Asked{URL: url + path})
	}
	got, err := Check(t.Context(), client.Follow, list)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got {
		if severity := SeverityOf(c.Found); severity != want[c.URL[len(url):]] {
			t.Errorf("%s is %q: %s", c.URL[len(url):], severity, c.Found)
		}
	}
	if asked.Load() != 18 { // three of them twice
		t.Errorf("asked %d times", asked.Load())
	}
}

// A check asks for the very bytes of a member's click.
func TestACheckAsksWhatAMemberAsks(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	url, client := web(t, true, map[string]http.HandlerFunc{"/": func(_ http.ResponseWriter, r *http.Request) {
		asked.Store(r.RequestURI)
	}})
	for link, want := range map[string]string{
		"/a?id=1;v=2":          "/a?id=1;v=2&sid=keurcheck",
		"/a?z=1&a=2&sid=OLD":   "/a?z=1&a=2&sid=keurcheck",
		"/50%-korting/?x=%20+": "/50%25-korting/?x=%20+&sid=keurcheck",
		"/a?q=a%2Fb#top":       "/a?q=a%2Fb&sid=keurcheck",
	} {
		if _, err := client.Follow(t.Context(), url+link, "sid"); err != nil || asked.Load() != want {
			t.Errorf("%s asks for %v, not %s: %v", link, asked.Load(), want, err)
		}
	}
}

// A host that nobody knows is dead; that a resolver fails says nothing of the
// link, and a certificate that browsers refuse is a person's decision.
func TestWhatANameAndACertificateSay(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	url, client := web(t, true, map[string]http.HandlerFunc{"/on": to("https://gone.example/")})
	dial := client.transport.DialContext
	client.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		says := map[string]*net.DNSError{
			"gone.example:443":  {Err: "no such host", Name: "gone.example", IsNotFound: true},
			"late.example:443":  {Err: "i/o timeout", Name: "late.example", IsTimeout: true, IsTemporary: true},
			"ill.example:443":   {Err: "server misbehaving", Name: "ill.example", IsTemporary: true},
			"doubt.example:443": {Err: "no such host", Name: "doubt.example", IsNotFound: true, IsTemporary: true},
		}[address]
		if says != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: says}
		}
		return dial(ctx, network, address)
	}
	for link, want := range map[string]struct {
		key string
		Severity
	}{
		"https://gone.example/?id=1": {"links.no_such_host", Blocks}, url + "/on": {"links.no_such_host", Blocks},
		"https://late.example/": {"links.unresolved", Tells}, "https://ill.example/": {"links.unresolved", Tells},
		"https://doubt.example/": {"links.unresolved", Tells}, secure.URL: {"links.certificate", Asks},
	} {
		got, err := Check(t.Context(), client.Follow, []Asked{{URL: link}})
		if err != nil || got[0].Found.Key != want.key || SeverityOf(got[0].Found) != want.Severity {
			t.Errorf("%s: %+v, %v", link, got, err)
		}
	}
}
