package webtest

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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The widths at which every page is looked at by every test run, and one with
// room for three columns.
const (
	Phone   = 390
	Laptop  = 1280
	Desktop = 1600
)

// zoomed is the width of a window of 1280 px at 200% zoom.
const zoomed = 640

// Patience bounds what a test waits for in a browser, on a slow and busy
// machine too. It only catches what never comes.
const Patience = 5 * time.Minute

// Chromium is started once for all tests; each gets a window of its own that
// shares nothing with the others.
var Chromium = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if path, _ = exec.LookPath(name); path != "" {
			break
		}
	}
	if path == "" {
		return nil, errors.New("there is no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(Patience),
		// Pictures of mails are at hosts that aren't there, and to ask for them would take its time.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator)
	return browser, chromedp.Do(browser) // without a deadline, which would end the browser
})

// CSS is how these tests point at things.
type CSS = chromedp.CSS

// Window is a browser's window in which somebody works.
type Window struct {
	*testing.T
	Ctx   context.Context
	URL   string
	Width int
}

// Browse opens a window in which the user of that name is signed in and has
// proven to be there, at a width; "" is a stranger.
func (d *Desk) Browse(name string, width int) *Window {
	d.T.Helper()
	w := BrowseUnproven(d, name, width)
	if name != "" {
		Prove(d, name)
	}
	return w
}

// BrowseUnproven is Browse for who has only signed in, and is asked for a proof.
func BrowseUnproven(d *Desk, name string, width int) *Window {
	d.T.Helper()
	w := open(d.T, d.URL, width)
	if name != "" {
		w.SignIn(d, name)
	}
	return w
}

// SignIn has another user sign in in the window. Typing it is the sign-in's own test.
func (w *Window) SignIn(d *Desk, name string) {
	w.Helper()
	w.Open("/signin")
	if status := See(
		w,
		chromedp.Evaluate[int](
			fmt.Sprintf(`fetch("/signin", {method: "POST", body: new URLSearchParams({email: %q, password: %q})}).then(r => r.status)`,
				d.Users[name].Email, Password),
			chromedp.EvalAwaitPromise,
		),
	); status >= 400 {
		w.Fatalf("%s can't sign in: %d", name, status)
	}
}

// open opens a window that shows nothing yet.
func open(t *testing.T, url string, width int) *Window {
	t.Helper()
	browser, err := Chromium()
	if err != nil {
		t.Fatalf("these tests look at pages in Chromium (Debian: apt-get install chromium): %v", err)
	}
	ctx, shut := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(shut)
	w := &Window{T: t, Ctx: ctx, URL: url, Width: width}
	if err := chromedp.Do(ctx); err != nil { // without a deadline, which would end the window
		t.Fatal(err)
	}
	w.Resize(width)
	return w
}

// Do does things in the window, one after the other.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.Shoot("failed-" + strings.ReplaceAll(w.Name(), "/", "-"))
		w.Fatal(err)
	}
}

// See returns what an action finds in the window.
func See[T any](w *Window, look chromedp.Action[T]) T {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Ctx, Patience)
	defer cancel()
	found, err := chromedp.Run(ctx, look)
	if err != nil {
		w.Shoot("failed-" + strings.ReplaceAll(w.Name(), "/", "-"))
		w.Fatal(err)
	}
	return found
}

// Open goes to a page.
func (w *Window) Open(path string) {
	w.Helper()
	w.Do(chromedp.Navigate(w.URL+path), chromedp.WaitReady(CSS("main")))
}

func (w *Window) Resize(width int) {
	w.Helper()
	w.Width = width
	switch {
	case width <= Phone:
		w.Do(chromedp.EmulateViewport(int64(width), 740, chromedp.EmulateMobile, chromedp.EmulatePortrait))
	case width == zoomed:
		w.Do(chromedp.EmulateViewport(zoomed, 500, chromedp.EmulateScale(2)))
	default:
		w.Do(chromedp.EmulateViewport(int64(width), 1000))
	}
}

// Text returns what a person reads at a selector.
func (w *Window) Text(selector string) string {
	w.Helper()
	return See(w, chromedp.Text(CSS(selector)))
}

// Settled waits until the parts that load by themselves are there.
func (w *Window) Settled() {
	w.Helper()
	w.Do(chromedp.Poll[chromedp.Void](`document.readyState === "complete" && !document.querySelector(".htmx-request") &&
		[...document.querySelectorAll('[hx-trigger^="load"]')].every((e) => e["htmx-internal-data"]?.loaded)`))
}

// shots is where pictures of the pages are left, to be looked at: .keur/shots
// beside the module's go.mod.
var shots = sync.OnceValue(func() string {
	at, err := os.Getwd()
	for err == nil && at != "/" {
		if _, missing := os.Stat(filepath.Join(at, "go.mod")); missing == nil {
			break
		}
		at = filepath.Dir(at)
	}
	return filepath.Join(at, ".keur", "shots")
})

// looks reports whether somebody wants to look at pages, in all languages and
// at all widths (make look).
func looks() bool { return os.Getenv("KEUR_LOOK") == "all" }

// Shoot leaves a picture of the whole page, where somebody wants to look at it
// or it failed.
func (w *Window) Shoot(name string) {
	w.Helper()
	if !looks() && !strings.HasPrefix(name, "failed-") {
		return
	}
	ctx, cancel := context.WithTimeout(w.Ctx, Patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.Logf("no picture of %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(shots(), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shots(), name+".png"), picture, 0o644); err != nil {
		w.Fatal(err)
	}
}

//go:embed testdata/axe-4.14.1.js.gz
var axeZipped []byte

// axe returns axe-core, which is unpacked once for all tests.
var axe = sync.OnceValues(func() (string, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(axeZipped))
	if err != nil {
		return "", err
	}
	script, err := io.ReadAll(unzip)
	return string(script), err
})

// Accessible fails the test for what axe-core finds serious in the page.
func (w *Window) Accessible(page string) {
	w.Helper()
	script, err := axe()
	if err != nil {
		w.Fatal(err)
	}
	w.Do(chromedp.Evaluate[chromedp.Void](script))
	raw := See(w, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations
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
		w.Errorf("%s at %d: %s (%s): %s", page, w.Width, f.ID, f.Help, strings.Join(f.Where, " | "))
	}
}

// Until waits for something to be so in the page.
func (w *Window) Until(expression string) {
	w.Helper()
	w.Do(chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(0))) // Do bounds it
}

// Pick chooses an option of a select.
func (w *Window) Pick(selector, value string) {
	w.Helper()
	w.Until(fmt.Sprintf(`(() => {
		const select = document.querySelector(%q);
		if (!select || (select.hasAttribute("hx-post") && !select["htmx-internal-data"])) return false; // not yet alive
		select.value = %q;
		for (const kind of ["input", "change"]) select.dispatchEvent(new Event(kind, { bubbles: true }));
		return true;
	})()`, selector, value))
}

// Send sends the form of the field that a selector names, as its button does:
// a form that a script submits leaves its page with what was typed unsent.
func Send(field string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).form.requestSubmit()`, field))
}

// Press presses keys as they come; modifiers are held down.
func (w *Window) Press(keys string, modifiers ...chromedp.Modifier) {
	w.Helper()
	w.Do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// At waits until the cursor is in the field of that id.
func (w *Window) At(id string) {
	w.Helper()
	w.Until(fmt.Sprintf(`document.activeElement?.id === %q`, id))
}
