package links

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keur/internal/fault"
	"keur/internal/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRanges has an address at both ends of every range that is refused, and
// their neighbours outside.
func TestRanges(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "2a00:1450::1": true,
		"0.0.0.0": false, "0.255.255.255": false, "1.0.0.0": true,
		"9.255.255.255": true, "10.0.0.0": false, "10.255.255.255": false, "11.0.0.0": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.127.255.255": false, "100.128.0.0": true,
		"126.255.255.255": true, "127.0.0.1": false, "127.255.255.255": false, "128.0.0.0": true,
		"169.253.255.255": true, "169.254.169.254": false, "169.255.0.0": true,
		"172.15.255.255": true, "172.16.0.0": false, "172.31.255.255": false, "172.32.0.0": true,
		"192.0.0.1": false, "192.0.1.0": true, "192.0.2.1": false, "192.0.3.0": true,
		"192.31.196.1": false, "192.52.193.1": false, "192.88.99.1": false, "192.88.100.0": true, "192.175.48.1": false,
		"192.167.255.255": true, "192.168.0.0": false, "192.168.255.255": false, "192.169.0.0": true,
		"198.17.255.255": true, "198.18.0.0": false, "198.19.255.255": false, "198.20.0.0": true,
		"198.51.100.7": false, "203.0.113.7": false, "203.0.114.0": true,
		"223.255.255.255": true, "224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,

		"::": false, "::1": false, "::7f00:1": false, "::10.1.2.3": false,
		"::ffff:127.0.0.1": false, "::ffff:10.1.2.3": false, "::ffff:93.184.216.34": true, "::ffff:0:127.0.0.1": false,
		"64:ff9b::10.1.2.3": false, "64:ff9b::5db8:d822": false, "64:ff9b:1::1": false, "64:ff9b:1:ffff::1": false, "100::1": false,
		"1fff::1": false, "2001::1": false, "2001:0:53aa:64c::1": false, "2001:2::1": false, "2001:10::1": false, "2001:20::1": false,
		"2001:1ff:ffff::1": false, "2001:200::1": true, "2001:db7::1": true, "2001:db8::1": false, "2001:db9::1": true,
		"2002:7f00:1::1": false, "2002:a01:203::1": false, "2003::1": true,
		"3ffe:ffff::1": true, "3fff::1": false, "3fff:fff::1": false, "3fff:1000::1": true, "4000::1": false, "5f00::1": false,
		"fc00::1": false, "fd00::1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fec0::1%eth0": false,
		"feff::1": false, "ff02::1": false, "2606:2800:220:1::1%eth0": true,
	} {
		if got := Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %t", address, got)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// web starts a server and a client that may reach it, which end with the test.
func web(t *testing.T, inside bool, pages map[string]http.HandlerFunc) (string, *Client) {
	t.Helper()
	mux := http.NewServeMux()
	for path, page := range pages {
		mux.HandleFunc(path, page)
	}
	server, client := httptest.NewServer(mux), New(inside)
	t.Cleanup(server.Close)
	t.Cleanup(client.Close)
	return server.URL, client
}

func to(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusFound) }
}

func TestFollow(t *testing.T) {
	t.Parallel()
	url, client := web(t, true, map[string]http.HandlerFunc{
		"/shop":   func(http.ResponseWriter, *http.Request) {},
		"/robots": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) },
		"/gone":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
		"/semi":   func(http.ResponseWriter, *http.Request) {},
		"/down":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"/odd":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) },
		"/slow":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(408) },
		"/cookie": func(w http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("seen"); err == nil {
				return
			}
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(w, r, "/cookie", http.StatusFound)
		},
		"/cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"/go":  to("/shop?click=1"), "/round": to("/round"), "/file": to("file:///etc/passwd"),
		"/keeps": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/shop?"+r.URL.RawQuery, http.StatusFound)
		},
	})
	for path, want := range map[string]string{
		"/shop": url + "/shop", "/go": url + "/shop?click=1", "/robots": "links.refused",
		"/odd": "links.refused", "/slow": "links.trouble", "/cookie": url + "/cookie",
		"/gone": "links.status", "/nowhere": "links.status", "/down": "links.trouble",
		"/semi?id=1;v=2": url + "/semi?id=1;v=2", "/round": "links.redirects",
		"/file": "links.no_answer",
	} {
		final, err := client.Follow(t.Context(), url+path, "")
		if said := messageOf(err).Key; err != nil && said != want || err == nil && final != want {
			t.Errorf("%s ends at %s with %v, not at %s", path, final, err, want)
		}
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, unreached := range []string{closed.URL, url + "/cut"} {
		if _, err := client.Follow(t.Context(), unreached, ""); messageOf(err).Key != "links.no_connection" ||
			SeverityOf(messageOf(err)) != Asks {
			t.Errorf("%s: %v", unreached, err)
		}
	}
	if _, err := client.Follow(t.Context(), url+"/go?x=1", "sid"); messageOf(err).Key != "links.sub_id_lost" {
		t.Errorf("a sub-id that is lost: %v", err)
	}
	if final, err := client.Follow(t.Context(), url+"/keeps?x=1", "sid"); err != nil || final != url+"/shop?x=1&sid=keurcheck" {
		t.Errorf("a sub-id that is kept: %s, %v", final, err)
	}
	for _, link := range []string{"", "ftp://a.nl/", "https://", "::", "javascript:x", "/shop"} {
		if _, err := client.Follow(t.Context(), link, ""); messageOf(err).Key != "links.form" {
			t.Errorf("%q: %v", link, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Follow(ctx, url+"/shop", ""); fault.Of(err) != fault.Internal {
		t.Errorf("asked by nobody any more: %v", err)
	}
}

// TestNothingInsideIsReached: neither by address nor by name, at once or after
// a redirect, nor through a proxy of the environment.
func TestNothingInsideIsReached(t *testing.T) {
	url, closed := web(t, false, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) {
		t.Error("the server within was reached")
	}})
	port := url[strings.LastIndexByte(url, ':'):]
	t.Setenv("HTTP_PROXY", url)
	t.Setenv("http_proxy", url)
	for _, link := range []string{
		url, "http://localhost" + port, "http://127.1.2.3" + port, "http://[::1]" + port, "http://[::ffff:127.0.0.1]" + port,
		"http://[64:ff9b::127.0.0.1]" + port, "http://[2002:7f00:1::1]" + port, "http://[fec0::1]" + port, "http://198.18.0.1" + port,
		"http://240.0.0.1" + port, "http://0.0.0.0" + port,
	} {
		if _, err := closed.Follow(t.Context(), link, ""); messageOf(err).Key != "links.inside" {
			t.Errorf("%s: %v", link, err)
		}
		if _, err := closed.Fetch(t.Context(), link, 10); messageOf(err).Key != "links.inside" {
			t.Errorf("fetched, %s: %v", link, err)
		}
	}
}

// TestRedirectsInsideAreNotFollowed: the check is made at each connection.
func TestRedirectsInsideAreNotFollowed(t *testing.T) {
	t.Parallel()
	inside, _ := web(t, false, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) {
		t.Error("the server within was reached")
	}})
	outside := httptest.NewServer(to(inside))
	t.Cleanup(outside.Close)
	client := New(false)
	t.Cleanup(client.Close)
	// The first server stands on the internet, as far as this client knows.
	dial := client.transport.DialContext
	open := New(true)
	client.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if "http://"+address == outside.URL {
			return open.transport.DialContext(ctx, network, address)
		}
		return dial(ctx, network, address)
	}
	if _, err := client.Follow(t.Context(), outside.URL, ""); messageOf(err).Key != "links.inside" {
		t.Errorf("a redirect inside: %v", err)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	url, client := web(t, true, map[string]http.HandlerFunc{
		"/small": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("0123456789")) },
		"/large": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("0123456789a")) },
		"/go":    to("/small"), "/short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("0"))
		},
	})
	for path, want := range map[string]string{
		"/small": "", "/go": "", "/large": "links.too_large", "/nowhere": "links.status", "/short": "links.no_answer",
	} {
		body, err := client.Fetch(t.Context(), url+path, 10)
		if got := messageOf(err).Key; got != want || err == nil && string(body) != "0123456789" {
			t.Errorf("%s: %s, %v", path, body, err)
		}
	}
	if _, err := client.Fetch(t.Context(), "data:image/png,x", 10); messageOf(err).Key != "links.form" {
		t.Error(err)
	}
}

// What is opened is read as it arrives; where it redirects to isn't told whence.
func TestOpen(t *testing.T) {
	t.Parallel()
	var referer string
	url, client := web(t, true, map[string]http.HandlerFunc{
		"/feed": func(w http.ResponseWriter, r *http.Request) {
			referer = r.Header.Get("Referer")
			_, _ = w.Write([]byte("0123456789"))
		},
		"/go": to("/feed"),
	})
	in, err := client.Open(t.Context(), url+"/go?key=secret", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if string(text) != "0123456789" || err != nil || referer != "" || in.Close() != nil {
		t.Errorf("%s, %v; it was told of %q", text, err, referer)
	}
	for link, want := range map[string]string{url + "/nowhere": "links.status", "ftp://x": "links.form"} {
		if _, err := client.Open(t.Context(), link, time.Minute); messageOf(err).Key != want {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://Shop.NL:8443/x": "shop.nl", "http://[::1]/": "::1", "::": "", "": "", "/x": "",
		"https://Bücher.de:80/": "xn--bcher-kva.de", "https://b%C3%BCcher.de": "xn--bcher-kva.de", "https://my_shop.nl/": "my_shop.nl",
		"https://%ff.nl/": "", "https://a\xff.nl/": "",
	} {
		if got := HostOf(address); got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}

func messageOf(err error) words.Message {
	if err == nil {
		return words.Message{}
	}
	return words.OfError(err)
}
