package mailings_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/links"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/templates/lint"
)

func picture(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestARevisionHoldsItsPictures: a picture of elsewhere is copied once, when the
// revision is saved, and what the server shows later changes nothing.
func TestARevisionHoldsItsPictures(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	shown := picture(t, 7)
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/a.png", func(rw http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = rw.Write(shown)
	})
	mux.HandleFunc("/page", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<svg/>")) })
	mux.HandleFunc("/wide", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(picture(t, 5001)) })
	mux.HandleFunc("/large", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(make([]byte, campaigns.MaxCreative+1)) })
	server := httptest.NewServer(mux)
	defer server.Close()
	client := links.New(true)
	defer client.Close()
	store := w.Mailings.CopyBy(client.Fetch)

	brief := w.Brief(t, slot)
	source := brief.Template.Source
	save := func(places string) (mailings.Mailing, mailings.Revision, mailings.Content, []lint.Finding) {
		brief.Template.Source = strings.Replace(source, "{{placements}}", places+"{{placements}}", 1)
		m, err := store.Create(mailingstest.As(w.Maker), w.Label.ID, "Week 47", mailings.Solo)
		if err != nil {
			t.Fatal(err)
		}
		content, err := w.Composer.Compose(t.Context(), &m, brief)
		if err != nil {
			t.Fatal(err)
		}
		r, findings, err := store.Edit(mailingstest.As(w.Maker), m.ID, 0, content, w.Maker.ID)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := r.Content()
		if err != nil {
			t.Fatal(err)
		}
		return m, r, kept, findings
	}
	_, r, kept, findings := save(`<img src="` + server.URL + `/a.png" alt="" width="7"><p style="background:url(` + server.URL + `/a.png)">x</p>`)
	hash := kept.Copies[server.URL+"/a.png"].Hash
	if lint.Blocked(findings) || len(hash) != 64 || asked.Load() != 1 || !strings.Contains(string(r.Canonical), hash) {
		t.Fatalf("%+v with %v, asked %d times", kept.Copies, findings, asked.Load())
	}
	before := shown
	shown = picture(t, 9)
	for range 2 {
		again, err := store.Content(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		program, findings, changed, err := again.Compile(t.Context(), w.Compiler)
		if err != nil || changed || lint.Blocked(findings) || len(program.Pictures) != 1 || asked.Load() != 1 {
			t.Errorf("compiled again: %v, %t, %v, asked %d times", err, changed, findings, asked.Load())
		}
	}
	parsed, err := campaigns.ParseHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := campaigns.NewCreatives(w.DB).Get(t.Context(), parsed); err != nil || !bytes.Equal(c.Bytes, before) || c.Width != 7 {
		t.Errorf("what is served by the hash: %+v, %v", c, err)
	}
	if _, other, _, _ := save(`<img src="` + server.URL + `/a.png" alt="" width="7">`); other.Digest == r.Digest {
		t.Error("another picture has the same digest")
	}
	for path, why := range map[string]string{
		"/page": "campaigns.creative_svg", "/wide": "campaigns.creative_pixels", "/large": "links.too_large", "/nowhere": "links.status",
	} {
		_, r, kept, findings := save(`<img src="` + server.URL + path + `" alt="" width="7">`)
		made := kept.Copies[server.URL+path]
		if made.Hash != "" || made.Problem.Key != why || !lint.Blocked(findings) {
			t.Errorf("%s: %+v with %v", path, made, findings)
		}
		again, err := store.Content(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, findings, changed, err := again.Compile(t.Context(), w.Compiler); err != nil || changed || !lint.Blocked(findings) ||
			findings[0].Code != "picture_remote" || findings[0].Line == 0 {
			t.Errorf("%s, checked later: %v, %t, %v", path, err, changed, findings)
		}
	}
}

// TestPicturesWrittenIntoTheMailBecomeOurs: they are kept and checked as those of
// elsewhere are. So none moves for a minute, or looks otherwise in some program.
func TestPicturesWrittenIntoTheMailBecomeOurs(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	store, still := w.Mailings.CopyBy(nil), picture(t, 7)
	frame := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White})
	var late bytes.Buffer
	if err := gif.EncodeAll(&late, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{6000, 10}}); err != nil {
		t.Fatal(err)
	}
	brief := w.Brief(t, slot)
	source := brief.Template.Source
	for why, data := range map[string][]byte{
		"": still, "campaigns.creative_long": late.Bytes(), "campaigns.creative_format": []byte("no picture"),
	} {
		address := "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
		brief.Template.Source = strings.Replace(source, "{{placements}}", `<img src="`+address+`" alt="" width="7">{{placements}}`, 1)
		m, err := store.Create(mailingstest.As(w.Maker), w.Label.ID, "Week 47", mailings.Solo)
		if err != nil {
			t.Fatal(err)
		}
		content, err := w.Composer.Compose(t.Context(), &m, brief)
		if err != nil {
			t.Fatal(err)
		}
		r, findings, err := store.Edit(mailingstest.As(w.Maker), m.ID, 0, content, w.Maker.ID)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := r.Content()
		if err != nil {
			t.Fatal(err)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(data))
		made, known := kept.Copies["data:"+sum]
		if !known || made.Problem.Key != why || (why == "") != (made.Hash == sum) || lint.Blocked(findings) != (why != "") {
			t.Errorf("%s: %+v with %v", why, kept.Copies, findings)
		}
	}
}

// TestPicturesInsideAreNotFetched: who writes a mailing doesn't reach through us
// what is closed to them.
func TestPicturesInsideAreNotFetched(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server within was reached") }))
	defer server.Close()
	client, open := links.New(false), links.New(true)
	defer client.Close()
	defer open.Close()
	for name, fetch := range map[string]mailings.Fetch{"links.inside": client.Fetch, "mailings.not_fetched": nil,
		"links.no_connection": func(ctx context.Context, _ string, _ int) ([]byte, error) {
			return open.Fetch(ctx, "http://127.0.0.1:1/x.png", 1) // where nobody listens
		}} {
		brief := w.Brief(t, slot)
		brief.Template.Source = strings.Replace(brief.Template.Source, "{{placements}}",
			`<img src="`+server.URL+`/a.png" alt="" width="7">{{placements}}`, 1)
		as := mailingstest.As(w.Maker)
		m, err := w.Mailings.Create(as, w.Label.ID, "Week 47", mailings.Solo)
		if err != nil {
			t.Fatal(err)
		}
		content, err := w.Composer.Compose(t.Context(), &m, brief)
		if err != nil {
			t.Fatal(err)
		}
		r, findings, err := w.Mailings.CopyBy(fetch).Edit(as, m.ID, 0, content, w.Maker.ID)
		if err != nil || !lint.Blocked(findings) {
			t.Fatalf("%v, %v", findings, err)
		}
		if kept, err := r.Content(); err != nil || kept.Copies[server.URL+"/a.png"].Problem.Key != name {
			t.Errorf("%+v, %v", kept.Copies, err)
		}
	}
}

// TestCopyingIsWatchedCancelledAndTriedAgain: whoever saves is told how far the
// pictures are, can stop it before anything is saved, and tries those again that
// didn't come, without those that did being fetched anew.
func TestCopyingIsWatchedCancelledAndTriedAgain(t *testing.T) {
	t.Parallel()
	w, _ := mailingstest.Fresh(t, 1)
	var down atomic.Bool
	down.Store(true)
	asked := map[string]int{}
	var mu sync.Mutex
	shown := picture(t, 7)
	store := w.Mailings.CopyBy(func(_ context.Context, address string, _ int) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[address]++
		if strings.HasSuffix(address, "b.png") && down.Load() {
			return nil, fault.New(fault.Invalid, "links.status", "status", 503)
		}
		return shown, nil
	})
	brief := w.Brief(t, slot)
	brief.Template.Source = strings.Replace(brief.Template.Source, "{{placements}}",
		`<img src="https://x.example/a.png" alt="" width="7"><img src="https://x.example/b.png" alt="" width="7">{{placements}}`, 1)
	maker, bench := mailingstest.As(w.Maker), mailings.NewWorkbench(store, w.Composer)
	m, err := store.Create(maker, w.Label.ID, "Week 47", mailings.Solo)
	if err != nil {
		t.Fatal(err)
	}
	content, err := w.Composer.Compose(t.Context(), &m, brief)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(maker)
	_, _, err = store.Edit(mailings.Watching(ctx, func(mailings.Copying) { cancel() }), m.ID, 0, content, w.Maker.ID)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	if now, err := store.Get(t.Context(), m.ID); err != nil || now.RevisionID != nil {
		t.Fatalf("what was cancelled is saved: %+v, %v", now, err)
	}
	var told []mailings.Copying
	r, _, err := store.Edit(mailings.Watching(maker, func(at mailings.Copying) { told = append(told, at) }), m.ID, 0, content, w.Maker.ID)
	if err != nil {
		t.Fatal(err)
	}
	if last := told[len(told)-1]; len(told) != 2 || last != (mailings.Copying{Done: 2, Of: 2, Failed: 1}) {
		t.Errorf("told %+v", told)
	}
	if _, err := bench.CopyAgain(maker, m.ID, r.ID, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("tried again in vain: %v", err)
	}
	down.Store(false)
	before := asked["https://x.example/a.png"]
	again, err := bench.CopyAgain(maker, m.ID, r.ID, w.Maker.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := again.Content()
	if err != nil || len(kept.Missing()) != 0 || len(kept.Copies) != 2 || again.Number != r.Number+1 {
		t.Errorf("tried again: %+v, %v", kept.Copies, err)
	}
	if asked["https://x.example/a.png"] != before {
		t.Error("what was there already is fetched anew, and may be another picture")
	}
	if _, err := bench.CopyAgain(maker, m.ID, again.ID, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("nothing is missing: %v", err)
	}
}
