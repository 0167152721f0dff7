package links

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// The whole way of a link is told, also of one that breaks on it, and each hop is
// asked by GET, by a client that says what it is.
func TestTrace(t *testing.T) {
	t.Parallel()
	asked := func(then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.UserAgent() != "Keur link check" {
				t.Errorf("%s is asked by %s of %q", r.URL, r.Method, r.UserAgent())
			}
			then(w, r)
		}
	}
	url, client := web(t, true, map[string]http.HandlerFunc{
		"/click": asked(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/step?"+r.URL.RawQuery, http.StatusMovedPermanently)
		}),
		"/step": asked(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/shop?"+r.URL.RawQuery, http.StatusFound)
		}),
		"/shop": asked(func(http.ResponseWriter, *http.Request) {}),
		"/cuts": asked(to("/cut")), "/cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	})
	way := func(trail Trail) string {
		var said []string
		for _, hop := range trail.Hops {
			said = append(said, http.StatusText(hop.Status)+" "+strings.TrimPrefix(hop.URL, url))
		}
		return strings.Join(said, ", ")
	}
	trail, err := client.Trace(t.Context(), url+"/click", "ws")
	if err != nil || trail.Final != url+"/shop?ws=keurcheck" ||
		way(trail) != "Moved Permanently /click?ws=keurcheck, Found /step?ws=keurcheck, OK /shop?ws=keurcheck" {
		t.Errorf("%s, %v", way(trail), err)
	}
	trail, err = client.Trace(t.Context(), url+"/cuts", "")
	if messageOf(err).Key != "links.no_connection" || trail.Final != "" || way(trail) != "Found /cuts,  /cut" {
		t.Errorf("%s, %v", way(trail), err)
	}
}

// Of a sub-id it is asked whether the network keeps it: in whatever case it names it,
// and not of pages of the shop, at whose own host such a link may stand.
func TestWhereASubIDMustStay(t *testing.T) {
	t.Parallel()
	url, client := web(t, true, map[string]http.HandlerFunc{
		"/case": to("/page?clickref=keurcheck"), "/other": to("/page?clickref=other"), "/page": func(http.ResponseWriter, *http.Request) {},
		"/tt/": to("/page"),
	})
	for _, c := range []struct{ path, parameter, says string }{
		{"/case", "clickRef", ""},
		{"/other", "clickRef", "links.sub_id_lost"},
		{"/tt/?tt=1_2_3&r=%2Fpage", "r", ""},
		{"/tt/?r=%2Fpage", "r", "links.sub_id_lost"}, // another form
	} {
		if trail, err := client.Trace(t.Context(), url+c.path, c.parameter); messageOf(err).Key != c.says || trail.Final != url+"/page"+
			map[string]string{"/case": "?clickref=keurcheck", "/other": "?clickref=other"}[c.path] {
			t.Errorf("%s: %+v, %v", c.path, trail, err)
		}
	}
	lost := "https://shop.nl/tt/?tt=1_2_3_&r=%2Fpage"
	if !loses(lost, "https://shop.nl/tt?tt=1_2_3&r=%2Fpage", "r") {
		t.Error("a link that stays one of its form keeps a sub-id that it lost")
	}
}

// Whatever bytes a redirect has, the way over it is text.
func TestBytesOfRedirects(t *testing.T) {
	t.Parallel()
	url, client := web(t, true, map[string]http.HandlerFunc{
		"/go": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/page?q=\xff#\xfe")
			w.WriteHeader(302)
		},
		"/page": func(http.ResponseWriter, *http.Request) {},
	})
	trail, err := client.Trace(t.Context(), url+"/go", "")
	if err != nil || trail.Final != url+"/page?q=%FF#%FE" || trail.Hops[1].URL != trail.Final {
		t.Errorf("%+v, %v", trail, err)
	}
}

// A link that no program may follow isn't asked, and one that ends elsewhere than at
// the advertiser's sites asks a person.
func TestBarredAndForeignLinks(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32 // links are followed side by side
	follow := func(_ context.Context, url, _ string) (string, error) {
		asked.Add(1)
		return url, nil
	}
	got, err := Check(t.Context(), follow, []Asked{
		{URL: "https://barred.nl/", Barred: true},
		{URL: "https://www.shop.nl/a", Sites: "other.nl shop.nl"},
		{URL: "https://shop.evil.nl/a", Sites: "other.nl shop.nl"},
	})
	if n := asked.Load(); err != nil || n != 2 {
		t.Fatalf("%d were asked, %v", n, err)
	}
	for i, want := range []struct {
		key string
		Severity
	}{{"links.barred", Tells}, {"", Sound}, {"links.foreign", Asks}} {
		if got[i].Found.Key != want.key || SeverityOf(got[i].Found) != want.Severity {
			t.Errorf("%s: %+v", got[i].URL, got[i].Found)
		}
	}
}

func TestSiteOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://www.shop.nl/a": "shop.nl", "https://SHOP.co.uk:8080/": "shop.co.uk", "http://127.0.0.1:80/": "127.0.0.1",
		"https://localhost/": "localhost", "https://shop.nl./": "shop.nl", "nothing": "",
	} {
		if got := SiteOf(address); got != want {
			t.Errorf("%s is of %s", address, got)
		}
	}
}
