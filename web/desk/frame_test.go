package desk

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/schedules"
	"keur/templates/lint"
)

// TestFrame shows the sections that a planner sees around a page.
func TestFrame(t *testing.T) {
	t.Parallel()
	be := labels.Label{ID: 2, Code: "be"}
	for path, want := range map[string][2]string{
		"/things/1":      {"", "/things/1?label=be"},
		"/mailings":      {"mailings", "/mailings?label=be"},
		"/sends/4":       {"mailings", "/mailings?label=be"},
		"/templates":     {"mailings", "/templates?label=be"},
		"/templates/7":   {"mailings", "/mailings?label=be"},
		"/advertisers":   {"campaigns", "/campaigns?label=be"},
		"/requests":      {"requests", "/requests?label=be"},
		"/settings/dkim": {"", "/settings/dkim?label=be"}, // for admins alone
	} {
		ask(t, get("/things/1"), func(x *Exchange) error {
			x.Request.URL.Path = path
			f := frameOf(x)
			if got := (Page{Frame: f, Path: path}).Switch(be); f.Here != want[0] || got != want[1] || !f.Captured {
				t.Errorf("%s: %s %s", path, f.Here, got)
			}
			return nil
		})
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	handler := d.Handler(nil)
	open := func(path, encoding string) *http.Response {
		r := get(path)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result()
	}
	path, err := d.assets.url("js/source.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"", "gzip"} {
		r := open(string(path), encoding)
		if r.StatusCode != 200 || r.Header.Get("Content-Encoding") != encoding ||
			!strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%q: %d %v", encoding, r.StatusCode, r.Header)
		}
	}
	if r := open("/assets/old/js/source.js", ""); r.StatusCode != 404 {
		t.Errorf("another version: %d", r.StatusCode)
	}
	if _, err := d.assets.url("js/nothing.js"); err == nil {
		t.Error("what isn't there has an address")
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	ask(t, get("/things/1"), func(x *Exchange) error {
		found := Findings(x, []lint.Finding{{Level: lint.Block, Part: "preheader", Line: 3}, {Part: "subject[a]"}}, "preheader")
		if len(found) != 1 || !found[0].Block || found[0].Line != 3 {
			t.Errorf("%+v", found)
		}
		details := []fault.Detail{{Path: "placements[0].url"}, {Path: "placements[0]"}, {Path: "sender"}}
		if found := FaultFindings(x, details, "placements[0]"); len(found) != 2 || !found[0].Block {
			t.Errorf("%+v", found)
		}
		return nil
	})
}

func TestMoments(t *testing.T) {
	t.Parallel()
	ask(t, get("/things/1"), func(x *Exchange) error {
		zone := x.Zone()
		at, err := schedules.ParseLocalTime("2030-11-24T10:00")
		if err != nil {
			return err
		}
		once := schedules.Schedule{Kind: schedules.Once, At: at}
		if said := SayWhen(x, &once, zone); !strings.Contains(said, "10:00") {
			t.Error(said)
		}
		weekly := schedules.Schedule{Kind: schedules.Recurring, Cron: "0 10 * * 2"}
		if said := SayWhen(x, &weekly, zone); !strings.Contains(said, "10:00") {
			t.Error(said)
		}
		ended := schedules.Schedule{Kind: schedules.Once}
		changed := Differences(x, &mailings.Content{Schedule: ended}, &mailings.Content{Schedule: once})
		if len(changed) == 0 {
			t.Error("another moment is no difference")
		}
		day := civil.Date{Year: 2026, Month: 11, Day: 24}
		if Noon(day).Hour() != 12 || !strings.Contains(SayDate(x, day), "24") || Today(x) != civil.DateOf(time.Now().In(zone)) {
			t.Error(Noon(day), SayDate(x, day), Today(x))
		}
		return nil
	})
}

// TestBodiesAreBounded sends more than a form may hold.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	for most, ok := range map[int64]bool{-1: false, 0: true, MaxForm + 10: true, 10: false} {
		r := post("/things/1", nil)
		r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", MaxForm+1)))
		ask(t, r, func(x *Exchange) error {
			if most >= 0 {
				Stream(x, most)
			}
			if _, err := io.ReadAll(x.Request.Body); (err == nil) != ok {
				t.Errorf("at most %d: %v", most, err)
			}
			return ShowMail(x, []byte("<p>"))
		})
	}
}
