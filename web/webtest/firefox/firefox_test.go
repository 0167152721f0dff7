package firefox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestLookInFirefoxForErrors: what goes wrong in a page, or in a frame of it, is
// heard, and nothing of a page in which nothing does; and what is typed and
// clicked arrives. Another Firefox for it is worth it only to who looks at pages.
func TestLookInFirefoxForErrors(t *testing.T) {
	t.Parallel()
	if os.Getenv("KEUR_LOOK") == "" {
		t.Skip("make look runs it")
	}
	pages := map[string]string{
		"/":        `<main>all is well</main><script>console.log("said"); console.warn("warned")</script>`,
		"/throws":  `<script>undefined.thing</script>`,
		"/rejects": `<script>Promise.reject(new Error("nobody waits"))</script>`,
		"/says":    `<script>console.error("it went wrong")</script>`,
		"/style":   `<p style="color:red">styled</p>`,
		"/script":  `<script src="https://elsewhere.example/x.js"></script>`,
		"/picture": `<img src="https://elsewhere.example/x.png">`,
		"/frame":   `<iframe src="/throws"></iframe>`,
		"/framed":  `<iframe sandbox srcdoc="<p style='color:red'>styled</p>"></iframe>`,
		"/typed":   `<input id="field" value="a"><button onclick="document.title = document.querySelector('input').value">Go</button>`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline'; img-src 'self'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, "<!doctype html><title>of a test</title>"+pages[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	b, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	w, err := b.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": "", "/typed": "", "/throws": "undefined", "/rejects": "nobody waits", "/says": "it went wrong",
		"/style": "inline style", "/script": "elsewhere.example", "/picture": "elsewhere.example",
		"/frame": "undefined", "/framed": "inline style",
	} {
		if err := w.Navigate(t.Context(), server.URL+path); err != nil {
			t.Fatal(err)
		}
		complaints, err := w.Complaints(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(complaints, "; ")
		if (found == "") != (want == "") || !strings.Contains(found, want) {
			t.Errorf("%s: heard %q, want %q", path, found, want)
		}
	}
	var title string
	for _, do := range []func() error{
		func() error { return w.Navigate(t.Context(), server.URL+"/typed") },
		func() error { return w.Type(t.Context(), "#field", "bé") },
		func() error { return w.Click(t.Context(), "button") },
		func() error { return w.Until(t.Context(), `document.title !== "of a test"`) },
		func() error { return w.Evaluate(t.Context(), `Promise.resolve(document.title)`, &title) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	if title != "abé" {
		t.Errorf("typed %q", title)
	}
}
