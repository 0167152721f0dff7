package webtest

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
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

// CSS is how these tests point at things.
type CSS = chromedp.CSS

// Window is a browser's window in which somebody works.
type Window struct {
	*testing.T
	Ctx   context.Context // of Chromium's
	URL   string
	Width int
	engine
}

// engine is what works in a window: Chromium or Firefox.
type engine interface {
	navigate(ctx context.Context, address string) error // until main is there
	// evaluate runs a script, waits for its promise and reads what that comes to
	// into a value: text, a number, a boolean or a list of them; nil reads nothing.
	evaluate(ctx context.Context, script string, into any) error
	// until waits for an expression to be true.
	until(ctx context.Context, expression string) error
	resize(ctx context.Context, width int) error
	// picture returns the whole page as PNG.
	picture(ctx context.Context) ([]byte, error)
	// click clicks on what a selector names, once it is shown.
	click(ctx context.Context, selector string) error
	// write types into a field, once it is shown, behind what it holds.
	write(ctx context.Context, selector, text string) error
	press(ctx context.Context, keys string) error
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
	w := Stranger(d.T, d.URL, width)
	if name != "" {
		w.SignIn(d, name)
	}
	return w
}

// SignIn has another user sign in in the window. Typing it is the sign-in's own test.
func (w *Window) SignIn(d *Desk, name string) {
	w.Helper()
	w.Open("/signin")
	if status := Read[int](w, fmt.Sprintf(
		`fetch("/signin", {method: "POST", body: new URLSearchParams({email: %q, password: %q})}).then(r => r.status)`,
		d.Users[name].Email, Password)); status >= 400 {
		w.Fatalf("%s can't sign in: %d", name, status)
	}
}

// Do does things in the window, one after the other. Only Chromium knows them;
// what both browsers do has a method of its own.
func (w *Window) Do(steps ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	w.step(func(ctx context.Context) error { return chromedp.Do(ctx, steps...) })
}

// step does one thing, and fails the test with a picture where that can't be done.
func (w *Window) step(do func(ctx context.Context) error) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Ctx, Patience)
	defer cancel()
	if err := do(ctx); err != nil {
		w.Shoot("failed-" + strings.ReplaceAll(w.Name(), "/", "-"))
		w.Fatal(err)
	}
}

// See returns what an action of Chromium's finds in the window.
func See[T any](w *Window, look chromedp.Action[T]) T {
	w.Helper()
	var found T
	w.step(func(ctx context.Context) (err error) {
		found, err = chromedp.Run(ctx, look)
		return err
	})
	return found
}

// Read returns what a script, or its promise, comes to in the page.
func Read[T any](w *Window, script string) T {
	w.Helper()
	var found T
	w.step(func(ctx context.Context) error { return w.evaluate(ctx, script, &found) })
	return found
}

// Run runs a script in the page.
func (w *Window) Run(script string) {
	w.Helper()
	w.step(func(ctx context.Context) error { return w.evaluate(ctx, script, nil) })
}

// Open goes to a page.
func (w *Window) Open(path string) {
	w.Helper()
	w.step(func(ctx context.Context) error { return w.navigate(ctx, w.URL+path) })
}

// Resize makes the window as wide as a device; a phone's is one that is held.
func (w *Window) Resize(width int) {
	w.Helper()
	w.Width = width
	w.step(func(ctx context.Context) error { return w.resize(ctx, width) })
}

// Click clicks on what a selector names, once it is shown.
func (w *Window) Click(selector string) {
	w.Helper()
	w.step(func(ctx context.Context) error { return w.click(ctx, selector) })
}

// Type types into a field, once it is shown.
func (w *Window) Type(selector, text string) {
	w.Helper()
	w.step(func(ctx context.Context) error { return w.write(ctx, selector, text) })
}

// Shown waits until what a selector names is shown.
func (w *Window) Shown(selector string) {
	w.Helper()
	w.Until(fmt.Sprintf(`document.querySelector(%q)?.checkVisibility()`, selector))
}

// Text returns what a person reads at a selector.
func (w *Window) Text(selector string) string {
	w.Helper()
	w.Shown(selector)
	return Read[string](w, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

// Settled waits until the parts that load by themselves are there, and scripts know
// of what was put into the page.
func (w *Window) Settled() {
	w.Helper()
	w.Until(`document.readyState === "complete" && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-added, .htmx-settling") &&
		[...document.querySelectorAll('[hx-trigger^="load"]')].every((e) => e["htmx-internal-data"]?.loaded)`)
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

// inFirefox is the KEUR_LOOK of who wants to look at pages in Firefox alone.
const inFirefox = "firefox"

// looks reports whether somebody wants to look at pages, in all languages and
// at all widths (make look).
func looks() bool { return os.Getenv("KEUR_LOOK") == "all" || os.Getenv("KEUR_LOOK") == inFirefox }

// Shoot leaves a picture of the whole page, where somebody wants to look at it
// or it failed.
func (w *Window) Shoot(name string) {
	w.Helper()
	if !looks() && !strings.HasPrefix(name, "failed-") {
		return
	}
	ctx, cancel := context.WithTimeout(w.Ctx, Patience)
	defer cancel()
	picture, err := w.picture(ctx)
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
	w.Run(script)
	// Mails' frames run no script, so that it couldn't ask them.
	raw := Read[string](w, `axe.run(document, {resultTypes: ["violations"], iframes: false}).then(r => JSON.stringify(r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => ({id: v.id, help: v.help, where: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))}))))`)
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
	// Between two pages there is none that a script could look at.
	w.step(func(ctx context.Context) error { return w.until(ctx, "document.body !== null && ("+expression+")") })
}

// Type is Window.Type as a step of Chromium's. chromedp's own SendKeys reads what
// attributes a field has while the page may change them.
func Type(selector, text string) chromedp.Action[chromedp.Void] {
	press := func(ctx context.Context, t *chromedp.Target, found []*chromedp.Node) (chromedp.Void, error) {
		return chromedp.KeyEventNode(found[0], text)(ctx, t)
	}
	return again(chromedp.QueryAfter(CSS(selector), press, chromedp.NodeVisible))
}

// Click clicks on what a selector names, as a step of Chromium's.
func Click(selector string) chromedp.Action[chromedp.Void] {
	return again(chromedp.Click(CSS(selector))) //nolint:forbidigo // the one that tries again
}

// again does what couldn't be done yet, as what was found was swapped for another
// before it was touched.
func again(do chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			nothing, err := do(ctx, t)
			if !left(ctx, err) {
				return nothing, err
			}
		}
	}
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

// Send is Window.Send as a step of Chromium's.
func Send(field string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](sending(field))
}

// Send sends the form of the field that a selector names, as its button does:
// a form that a script submits leaves its page with what was typed unsent.
func (w *Window) Send(field string) {
	w.Helper()
	w.Run(sending(field))
}

func sending(field string) string {
	return fmt.Sprintf(`document.querySelector(%q).form.requestSubmit()`, field)
}

// Press presses keys as they come; modifiers, which Chromium knows, are held down.
func (w *Window) Press(keys string, modifiers ...chromedp.Modifier) {
	w.Helper()
	if len(modifiers) > 0 {
		w.Do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
		return
	}
	w.step(func(ctx context.Context) error { return w.press(ctx, keys) })
}

// At waits until the cursor is in the field of that id.
func (w *Window) At(id string) {
	w.Helper()
	w.Until(fmt.Sprintf(`document.activeElement?.id === %q`, id))
}
