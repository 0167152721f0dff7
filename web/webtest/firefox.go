package webtest

import (
	"context"
	"sync"
	"testing"

	"keur/web/webtest/firefox"
)

// fox is the Firefox that all tests of a binary share, while any of them has a
// window of it open.
var fox struct {
	sync.Mutex
	browser *firefox.Browser
	windows int
}

// openFirefox opens a window of Firefox, and shuts it when the test ends. With
// the last one, Firefox itself ends.
func openFirefox(ctx context.Context) (*firefox.Window, func(), error) {
	fox.Lock()
	defer fox.Unlock()
	if fox.browser == nil {
		browser, err := firefox.Start(ctx)
		if err != nil {
			return nil, nil, err
		}
		fox.browser = browser
	}
	window, err := fox.browser.Open(ctx)
	if err != nil {
		if fox.windows == 0 {
			fox.browser.Close()
			fox.browser = nil
		}
		return nil, nil, err
	}
	fox.windows++
	return window, func() {
		fox.Lock()
		defer fox.Unlock()
		if fox.windows--; fox.windows == 0 {
			fox.browser.Close()
			fox.browser = nil
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		_ = window.Close(ctx)
	}, nil
}

// BrowseFirefox is Browse in Firefox. The test fails for each error of a script
// in its pages, and for each thing that a page's policy keeps from it.
func BrowseFirefox(d *Desk, name string, width int) *Window {
	d.T.Helper()
	w := strangeFirefox(d.T, d.URL, width)
	if name != "" {
		w.SignIn(d, name)
		Prove(d, name)
	}
	return w
}

// strangeFirefox opens a window of Firefox in which nobody is signed in.
func strangeFirefox(t *testing.T, url string, width int) *Window {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	window, shut, err := openFirefox(ctx)
	if err != nil {
		t.Fatalf("this test looks at pages in Firefox too: %v", err)
	}
	t.Cleanup(func() {
		defer shut()
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		complaints, err := window.Complaints(ctx)
		if err != nil {
			t.Error(err)
		}
		for _, wrong := range complaints {
			t.Errorf("Firefox: %s", wrong)
		}
	})
	w := &Window{T: t, Ctx: context.Background(), URL: url, Width: width, engine: gecko{window}}
	w.Resize(width)
	return w
}

// gecko works in a window of Firefox.
type gecko struct{ *firefox.Window }

func (g gecko) navigate(ctx context.Context, address string) error {
	if err := g.Navigate(ctx, address); err != nil {
		return err
	}
	return g.until(ctx, `document.querySelector("main")`)
}

func (g gecko) evaluate(ctx context.Context, script string, into any) error {
	return g.Evaluate(ctx, script, into)
}

func (g gecko) until(ctx context.Context, expression string) error { return g.Until(ctx, expression) }

func (g gecko) resize(ctx context.Context, width int) error {
	switch {
	case width <= Phone:
		return g.Resize(ctx, width, 740, 1)
	case width == zoomed:
		return g.Resize(ctx, zoomed, 500, 2)
	}
	return g.Resize(ctx, width, 1000, 1)
}

func (g gecko) picture(ctx context.Context) ([]byte, error) { return g.Screenshot(ctx) }

func (g gecko) click(ctx context.Context, selector string) error { return g.Click(ctx, selector) }

func (g gecko) write(ctx context.Context, selector, text string) error {
	return g.Type(ctx, selector, text)
}

func (g gecko) press(ctx context.Context, keys string) error { return g.Press(ctx, keys) }
