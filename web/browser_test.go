package web

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"keur/accounts"
)

// The widths at which every page is looked at.
const (
	phone   = 360
	desktop = 1600
)

// patience bounds what a test waits for in a browser.
const patience = 60 * time.Second

// chromium is started once for all tests; each gets a window of its own that
// shares nothing with the others.
var chromium = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if path, _ = exec.LookPath(name); path != "" {
			break
		}
	}
	if path == "" {
		return nil, errors.New("there is no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator)
	return browser, chromedp.Do(browser) // without a deadline, which would end the browser
})

// css is how these tests point at things.
type css = chromedp.CSS

// window is a browser's window in which somebody works.
type window struct {
	*testing.T
	ctx   context.Context
	url   string
	width int
}

// browse opens a window in which the user of that name is signed in, at a
// width; "" is a stranger.
func (d *testDesk) browse(name string, width int) *window {
	d.t.Helper()
	browser, err := chromium()
	if err != nil {
		d.t.Fatalf("these tests look at pages in Chromium (Debian: apt-get install chromium): %v", err)
	}
	ctx, shut := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	d.t.Cleanup(shut)
	w := &window{T: d.t, ctx: ctx, url: d.url, width: width}
	if err := chromedp.Do(ctx); err != nil { // without a deadline, which would end the window
		d.t.Fatal(err)
	}
	w.resize(width)
	if name != "" {
		w.open("/signin")
		// Typing it is the sign-in's own test.
		if status := see(w, chromedp.Evaluate[int](fmt.Sprintf(`fetch("/signin", {method: "POST", body: new URLSearchParams({email: %q, password: %q})}).then(r => r.status)`,
			d.users[name].Email, testPassword), chromedp.EvalAwaitPromise)); status >= 400 {
			d.t.Fatalf("%s can't sign in: %d", name, status)
		}
	}
	return w
}

// do does things in the window, one after the other.
func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.shoot("failed-" + strings.ReplaceAll(w.Name(), "/", "-"))
		w.Fatal(err)
	}
}

// see returns what an action finds in the window.
func see[T any](w *window, look chromedp.Action[T]) T {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, look)
	if err != nil {
		w.shoot("failed-" + strings.ReplaceAll(w.Name(), "/", "-"))
		w.Fatal(err)
	}
	return found
}

// open goes to a page.
func (w *window) open(path string) {
	w.Helper()
	w.do(chromedp.Navigate(w.url+path), chromedp.WaitReady(css("main")))
}

func (w *window) resize(width int) {
	w.Helper()
	w.width = width
	if width == phone {
		w.do(chromedp.EmulateViewport(phone, 740, chromedp.EmulateMobile, chromedp.EmulatePortrait))
		return
	}
	w.do(chromedp.EmulateViewport(int64(width), 1000))
}

// text returns what a person reads at a selector.
func (w *window) text(selector string) string {
	w.Helper()
	return see(w, chromedp.Text(css(selector)))
}

// settled waits until the parts that load by themselves are there.
func (w *window) settled() {
	w.Helper()
	w.do(chromedp.Poll[chromedp.Void](`document.readyState === "complete" && !document.querySelector(".htmx-request") &&
		[...document.querySelectorAll('[hx-trigger^="load"]')].every((e) => e["htmx-internal-data"]?.loaded)`))
}

// shots is where pictures of the pages are left, to be looked at.
const shots = "../.keur/shots"

// shoot leaves a picture of the whole page.
func (w *window) shoot(name string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(shots, 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shots, name+".png"), picture, 0o644); err != nil {
		w.Fatal(err)
	}
}

//go:embed testdata/axe-4.14.1.js.gz
var axe []byte

// accessible fails the test for what axe-core finds serious in the page.
func (w *window) accessible(page string) {
	w.Helper()
	unzip, err := gzip.NewReader(bytes.NewReader(axe))
	if err != nil {
		w.Fatal(err)
	}
	script, err := io.ReadAll(unzip)
	if err != nil {
		w.Fatal(err)
	}
	w.do(chromedp.Evaluate[chromedp.Void](string(script)))
	raw := see(w, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => ({id: v.id, help: v.help, where: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))}))))`, chromedp.EvalAwaitPromise))
	var found []struct {
		ID, Help string
		Where    []string
	}
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		w.Fatal(err)
	}
	for _, f := range found {
		w.Errorf("%s at %d: %s (%s): %s", page, w.width, f.ID, f.Help, strings.Join(f.Where, " | "))
	}
}

// whole fails the test for a page that says that something went wrong, or that
// is wider than the window.
func (w *window) whole(page string) {
	w.Helper()
	if see(w, chromedp.Evaluate[bool](`document.querySelector(".notice-page") !== null`)) && page != "trouble" {
		w.Errorf("%s at %d says that something went wrong", page, w.width)
	}
	if overflow := see(w, chromedp.Evaluate[int](`document.documentElement.scrollWidth - `+strconv.Itoa(w.width))); overflow > 1 {
		w.Errorf("%s at %d is %d px too wide", page, w.width, overflow)
	}
}

// look opens a page in every language and both widths, leaves pictures, and
// checks that it is whole, and accessible at either width.
func (d *testDesk) look(name, page, path string) {
	d.t.Helper()
	w := d.browse(name, desktop)
	for _, locale := range []string{"nl", "de", "en"} {
		if name != "" {
			if _, err := d.Accounts.Update(w.Context(), d.users[name].ID, func(u *accounts.User) error { u.Locale = locale; return nil }); err != nil {
				d.t.Fatal(err)
			}
		}
		for _, width := range []int{desktop, phone} {
			w.resize(width)
			w.open(path)
			w.settled()
			w.shoot(strings.Join([]string{page, locale, map[int]string{phone: "phone", desktop: "desktop"}[width]}, "-"))
			w.whole(page)
			if locale == "de" { // whose words are longest; the others differ in nothing that axe-core sees
				w.accessible(page)
			}
		}
	}
}
