package webtest

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
)

// chromiumStarted is Chromium, started once for all tests; each gets a window of its own that
// shares nothing with the others.
var chromiumStarted = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
		if path, _ = exec.LookPath(name); path != "" {
			break
		}
	}
	if path == "" {
		return nil, errors.New("there is no Chromium")
	}
	profile, err := passing("keur-chromium-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(profile),
		chromedp.WSURLReadTimeout(Patience),
		// Pictures of mails are at hosts that aren't there, and to ask for them would take its time.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator)
	return browser, chromedp.Do(browser) // without a deadline, which would end the browser
})

// Stranger opens a window that shows nothing yet, and in which nobody is signed in.
func Stranger(t *testing.T, url string, width int) *Window {
	t.Helper()
	browser, err := chromiumStarted()
	if err != nil {
		t.Fatalf("these tests look at pages in Chromium (Debian: apt-get install chromium): %v", err)
	}
	ctx, shut := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(shut)
	w := &Window{T: t, Ctx: ctx, URL: url, Width: width, engine: chromium{}}
	if err := chromedp.Do(ctx); err != nil { // without a deadline, which would end the window
		t.Fatal(err)
	}
	w.Resize(width)
	return w
}

// chromium works in the window that a context of chromedp's has.
type chromium struct{}

// navigate waits by looking: to Chromium a wait by until is a person's touch, after
// which the page may ask whether to leave it, and then answers nobody.
func (chromium) navigate(ctx context.Context, address string) error {
	return chromedp.Do(ctx, chromedp.Navigate(address), chromedp.WaitReady(CSS("main")))
}

func (chromium) evaluate(ctx context.Context, script string, into any) error {
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// until goes on in the next page where a navigation ends the wait in this one.
func (chromium) until(ctx context.Context, expression string) error {
	for {
		// The context bounds it.
		err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(0)))
		if !left(ctx, err) {
			return err
		}
	}
}

// left reports whether what was asked about isn't in the page any more, as another
// page or part came in its place.
func left(ctx context.Context, err error) bool {
	said, ok := errors.AsType[*cdproto.Error](err)
	return ok && said.Code == -32000 && ctx.Err() == nil
}

func (chromium) resize(ctx context.Context, width int) error {
	switch {
	case width <= Phone:
		return chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), 740, chromedp.EmulateMobile, chromedp.EmulatePortrait))
	case width == zoomed:
		return chromedp.Do(ctx, chromedp.EmulateViewport(zoomed, 500, chromedp.EmulateScale(2)))
	}
	return chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), 1000))
}

func (chromium) picture(ctx context.Context) ([]byte, error) {
	return chromedp.Run(ctx, chromedp.FullScreenshot(100))
}

func (chromium) click(ctx context.Context, selector string) error {
	return chromedp.Do(ctx, chromedp.WaitVisible(CSS(selector)), Click(selector))
}

func (chromium) write(ctx context.Context, selector, text string) error {
	return chromedp.Do(ctx, Type(selector, text))
}

func (chromium) press(ctx context.Context, keys string) error {
	return chromedp.Do(ctx, chromedp.KeyEvent(keys))
}
