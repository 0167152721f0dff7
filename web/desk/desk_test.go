package desk

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"keur/accounts"
	"keur/internal/civil"
	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/labels"
	"keur/reports"
)

// nl is a label that a user of these tests sees.
var nl = labels.Label{ID: 1, Code: "nl", Name: "Nederland", TimeZone: "Europe/Amsterdam", Accent: "#102030"}

// planner is somebody who plans for it.
var planner = accounts.User{ID: 4, Name: "Sanne Hoekstra", Roles: map[labels.ID][]accounts.Role{1: {accounts.Planner}}}

// newDesk is a desk of one screen that stands on no database: strangers are let
// in, and a handler says who they are.
func newDesk(t *testing.T) *Desk {
	t.Helper()
	screens, err := Read(clock.System{}, Folder{
		Name: "shop", Files: fstest.MapFS{
			"page.html":       {Data: []byte(`{{define "document"}}<p>{{.Flash}}</p>{{template "main" .}}{{end}}{{define "main"}}{{template "own" .Data}}{{end}}`)},
			"parts/own.html":  {Data: []byte(`{{define "own"}}<b>{{.}}</b>{{end}}`)},
			"broken.html":     {Data: []byte(`{{define "main"}}{{.Data.Nothing}}{{end}}`)},
			"unreadable.html": {Data: []byte(`{{define "main"}}{{end`)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(Parts{Log: slog.New(slog.DiscardHandler), Clock: clock.System{}, URL: "https://desk.example", Secure: true}, screens)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	return d
}

// ask sends a request to a handler, as a planner of nl.
func ask(t *testing.T, r *http.Request, handle func(*Exchange) error) *http.Response {
	t.Helper()
	route := Route{Method: r.Method, Path: "/things/:thing", Access: Strangers(), Handle: func(x *Exchange) error {
		x.User, x.Sees = planner, []labels.Label{nl}
		x.Label = &x.Sees[0]
		return handle(x)
	}}
	w := httptest.NewRecorder()
	newDesk(t).Handler([]Route{route}).ServeHTTP(w, r)
	return w.Result()
}

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

func post(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPages(t *testing.T) {
	t.Parallel()
	show := func(name string) func(*Exchange) error {
		return func(x *Exchange) error { return x.Show(name, "a < b") }
	}
	partial := get("/things/1")
	partial.Header.Set("HX-Request", "true")
	for name, c := range map[string]struct {
		request *http.Request
		handle  func(*Exchange) error
		status  int
		says    string
	}{
		"a whole page":       {get("/things/1"), show("shop/page"), 200, "<p></p><b>a &lt; b</b>"},
		"its main part":      {partial, show("shop/page"), 200, "<b>a &lt; b</b>"},
		"a named part":       {get("/things/1"), func(x *Exchange) error { return x.Part("shop/page", "main", 7) }, 200, "<b>7</b>"},
		"no such page":       {get("/things/1"), show("shop/nothing"), 500, "<html"},
		"a page that breaks": {get("/things/1"), show("shop/broken"), 500, "<html"},
		"a page in error":    {get("/things/1"), show("shop/unreadable"), 500, "<html"},
		"no such route":      {get("/other"), show("shop/page"), 303, "/signin?back=%2Fother"},
		"a panic":            {get("/things/1"), func(*Exchange) error { panic("no") }, 500, "<html"},
		"a fault":            {get("/things/1"), func(*Exchange) error { return NotHere() }, 404, "<html"},
		"a reader who left":  {get("/things/1"), func(*Exchange) error { return context.Canceled }, 200, ""},
	} {
		r := ask(t, c.request, c.handle)
		if text := body(t, r); r.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s", name, r.StatusCode, text)
		}
		if !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'none'") ||
			r.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s has no headers: %v", name, r.Header)
		}
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	ask(t, post("/things/7", url.Values{"name": {" Herfst "}, "n": {"12"}, "bad": {"x"}}), func(x *Exchange) error {
		id, f, err := FormFor(x, "thing")
		if err != nil || id != 7 || f.Field("name") != "Herfst" || f.Number("n") != 12 || f.Number("none") != 0 || f.Wrong() {
			t.Errorf("%d %+v %v", id, f, err)
		}
		if f.Number("bad") != -1 || f.Faults["bad"] != "Give a whole number such as 12" {
			t.Errorf("%+v", f)
		}
		f.Refuse("name", "too long")
		if !f.Wrong() || f.Faults["name"] != "too long" {
			t.Errorf("%+v", f)
		}
		if err := f.Take(fault.At("n", "is too large")); err != nil || f.Faults["n"] == "" || f.Fault == "" {
			t.Errorf("%+v %v", f, err)
		}
		broken := errors.New("broken")
		if err := f.Take(broken); !errors.Is(err, broken) {
			t.Errorf("nobody can mend that: %v", err)
		}
		if err := f.Take(NotHere()); !fault.Is(err, fault.NotFound) {
			t.Errorf("nobody can mend what isn't there: %v", err)
		}
		return x.GoTo("/things")
	})
	for _, path := range []string{"/things/0", "/things/x"} {
		if r := ask(t, post(path, nil), func(x *Exchange) error { _, _, err := FormFor(x, "thing"); return err }); r.StatusCode != 404 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	ask(t, get("/things/1?q=zon&sort=name&cursor=c&format=csv&label=nl"), func(x *Exchange) error {
		l := NewListing(x)
		l.Next = "d"
		if want := (paging.Ask{Limit: ListPage, Cursor: "c", Sort: "name"}); l.Ask() != want {
			t.Errorf("%+v", l.Ask())
		}
		for want, got := range map[string]string{
			"/things/1?label=nl&q=zon&sort=date":                     l.With("sort", "date"),
			"/things/1?cursor=d&format=csv&label=nl&q=zon&sort=name": l.Following(),
			"/things/1?label=nl&sort=name":                           l.Whole(),
			"/things/1":                                              Listing{Path: l.Path, Query: url.Values{"q": {"zon"}}}.Whole(),
		} {
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if got := l.With("q", ""); got != "/things/1?label=nl&sort=name" {
			t.Error(got)
		}
		if !l.Narrowed() || (Listing{Query: url.Values{"label": {"nl"}, "sort": {"name"}, "q": {""}}}).Narrowed() || !WantsFile(x) {
			t.Error("only what hides rows narrows")
		}
		return nil
	})
}

func TestExport(t *testing.T) {
	t.Parallel()
	columns := []tables.Column[string]{
		tables.TextOf("name", func(s string) string { return s }),
		tables.CountOf("clicks", func(s string) int { return -len(s) }),
	}
	export := func(fails error) func(*Exchange) error {
		return func(x *Exchange) error {
			return Export(x, "things", "Things", columns, func(a paging.Ask) (paging.Page[string], error) {
				if a.Cursor == "" {
					return paging.Page[string]{Items: []string{"=1+1", "-5"}, Next: "2"}, fails
				}
				return paging.Page[string]{Items: []string{"@x", "a,b"}}, nil
			})
		}
	}
	r := ask(t, get("/things/1?format=data"), export(nil))
	if got, want := body(t, r), "name,clicks\n'=1+1,-4\n-5,-2\n'@x,-2\n\"a,b\",-3\n"; got != want {
		t.Errorf("%q", got)
	}
	for _, form := range tables.Forms() {
		r := ask(t, get("/things/1?format="+string(form)), export(nil))
		if r.Header.Get("Content-Disposition") != `attachment; filename="`+form.FileName("things")+`"` ||
			r.Header.Get("Content-Type") != form.MediaType() {
			t.Errorf("%s: %v", form, r.Header)
		}
		if r := ask(t, get("/things/1?format="+string(form)), export(errors.New("broken"))); r.StatusCode != 500 {
			t.Errorf("half a file: %d", r.StatusCode)
		}
	}
}

func TestFlashIsSaidOnce(t *testing.T) {
	t.Parallel()
	r := ask(t, post("/things/1", nil), func(x *Exchange) error { x.Flash("Saved.", "Mail goes out."); return x.GoTo("/things/1") })
	kept := r.Cookies()
	if r.StatusCode != http.StatusSeeOther || len(kept) != 1 || !kept[0].HttpOnly || !kept[0].Secure {
		t.Fatalf("%d %v", r.StatusCode, kept)
	}
	for value, says := range map[string]string{kept[0].Value: "<p>Saved. Mail goes out.</p>", "%%%": "<p></p>"} {
		next := get("/things/1")
		next.AddCookie(&http.Cookie{Name: kept[0].Name, Value: value})
		r = ask(t, next, func(x *Exchange) error { return x.Show("shop/page", 1) })
		if text := body(t, r); !strings.Contains(text, says) || len(r.Cookies()) != 1 || r.Cookies()[0].MaxAge >= 0 {
			t.Errorf("%s %v", text, r.Cookies())
		}
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	partial := post("/things/1", nil)
	partial.Header.Set("HX-Request", "true")
	if r := ask(t, partial, func(x *Exchange) error { return x.GoTo("/there") }); r.StatusCode != 204 ||
		r.Header.Get("HX-Redirect") != "/there" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	ask(t, get("/things/1?label=nl"), func(x *Exchange) error {
		if !x.Can(accounts.Planner) || x.Can(accounts.Approver) || x.Zone().String() != nl.TimeZone || LastZone(x).String() != nl.TimeZone {
			t.Error("the label's roles and zone hold")
		}
		if x.About(2) == nil || x.About(1) != nil || len(x.Seen()) != 1 || x.LabelOf(1).Code != "nl" || x.LabelOf(2).TimeZone != "UTC" {
			t.Error("only labels that one sees are there")
		}
		if len(Approves(x)) != 0 || Address(x, "/a") != "https://example.com/a" || Session(x) != "" {
			t.Error(Address(x, "/a"))
		}
		if got := ProviderCallback(x, 3); got != "https://desk.example/signin/oidc/3/callback" {
			t.Error(got)
		}
		if found := Choices(x, "role", accounts.Planner); len(found) != 2 || found[0].Value != "" || found[1].Value != "planner" {
			t.Errorf("%+v", found)
		}
		x.Label = nil
		if x.Can(accounts.Planner) || x.Zone() != time.UTC {
			t.Error("without a label there are no roles")
		}
		if len(Icons(x)) == 0 || Origin(x).Address == "" || x.Now().IsZero() {
			t.Error("what the desk stands on is missing")
		}
		x.JSON(200, json.RawMessage(`{}`))
		return nil
	})
}

// TestGuardsLookOnce shows what a handler has from its guard.
func TestGuardsLookOnce(t *testing.T) {
	t.Parallel()
	looked := 0
	guard := Of("thing", nil, func(_ *Exchange, id int64) (string, labels.ID, error) {
		if looked++; id == 9 {
			return "", 0, NotHere()
		}
		return "thing " + Itoa(id), labels.ID(id), nil
	}).guard
	for path, status := range map[string]int{"/things/1": 204, "/things/2": 404, "/things/9": 404, "/things/x": 404} {
		r := ask(t, get(path), func(x *Exchange) error {
			x.guard = guard
			if err := FindAgain(x); err != nil {
				return err
			}
			if found := Found[string](x); found != "thing 1" {
				t.Errorf("%s: %q", path, found)
			}
			x.Send(204, "", nil)
			return nil
		})
		if r.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, status)
		}
	}
	if looked != 3 {
		t.Errorf("looked %d times", looked)
	}
}

func TestStrangersGoToSignIn(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newDesk(t).Handler([]Route{Get("/things", Everyone(), func(*Exchange) error { t.Error("let in"); return nil })}).ServeHTTP(w,
		get("/things?q=1"))
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/signin") {
		t.Errorf("%d %s", w.Code, to)
	}
	for path, want := range map[string]string{
		"/mailings?q=1": "/mailings?q=1", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/",
	} {
		if got := OwnPath(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

func TestHelpers(t *testing.T) {
	t.Parallel()
	say := newDesk(t).book.In("en")
	if _, err := dict("a"); err == nil {
		t.Error("a name without a value")
	}
	if _, err := dict(1, 2); err == nil {
		t.Error("a number is no name")
	}
	if m, err := dict("a", 1); err != nil || m["a"] != 1 {
		t.Error(m, err)
	}
	f := Form{Values: url.Values{"n": {"x", "y"}}}
	n, none, half, day := 3, (*int)(nil), 0.5, civil.Date{Year: 2026, Month: 11, Day: 24}
	for name, ok := range map[string]bool{
		"nth":      Nth(f, "n", 1) == "y" && Nth(f, "n", 2) == "",
		"mine":     mine("a", "b", f) == nil && mine("a", "a", f) != nil,
		"share":    Share(1, 4) == 25 && Share(9, 4) == 100 && Share(-1, 4) == 0 && Share(1, 0) == 0,
		"ratio":    ratio(1, int64(4)) == 0.25 && ratio(1, 0) == 0,
		"initials": initials("sanne de hoekstra") == "SH" && initials("Ö") == "Ö" && initials(" ") == "?",
		"integer":  Integer(&n) == 3 && Integer(none) == 0 && Integer(int32(2)) == 2 && Integer("2") == 0,
		"bytes":    ByteSize(say, 999) == "999 B" && ByteSize(say, 84_499) == "84 kB" && ByteSize(say, 1_250_000) == "1.3 MB",
		"points":   SayPoints(say, 1275) == "12.75%" && SayPoints(say, 1270) == "12.7%" && SayPoints(say, 1200) == "12%",
		"accent":   AccentOf(nil) == PlainAccent && AccentOf(&nl) == template.CSS("#102030") && onAccent(&nl) != "",
		"tone":     Tone("send_state", "held") == "bad" && Tone("send_state", "other") == "",
		"day":      SayDay(say, &day) == SayDay(say, day) && strings.Contains(SayDay(say, day), "2026") && SayDay(say, nil) == "",
		"rate":     SayRate(say, nil) == "–" && SayRate(say, reports.Rate{}) == "–" && SayRate(say, &reports.Rate{Value: &half}) == "50%",
	} {
		if !ok {
			t.Errorf("%s: %s %s", name, ByteSize(say, 1_250_000), SayPoints(say, 1270))
		}
	}
}
