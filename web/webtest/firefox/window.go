package firefox

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Window is a window that shares nothing with the others.
type Window struct {
	browser       *Browser
	id, container string
	complaints    []string // guarded by the browser's lock
}

// Open opens a window.
func (b *Browser) Open(ctx context.Context) (*Window, error) {
	var container struct {
		UserContext string `json:"userContext"`
	}
	if err := b.call(ctx, "browser.createUserContext", map[string]any{}, &container); err != nil {
		return nil, err
	}
	var made struct {
		Context string `json:"context"`
	}
	if err := b.call(ctx, "browsingContext.create", map[string]any{
		"type": "window", "userContext": container.UserContext,
	}, &made); err != nil {
		return nil, err
	}
	w := &Window{browser: b, id: made.Context, container: container.UserContext}
	b.mu.Lock()
	b.windows[w.id] = w
	b.mu.Unlock()
	return w, nil
}

// Close closes the window and forgets what it stored.
func (w *Window) Close(ctx context.Context) error {
	w.browser.mu.Lock()
	delete(w.browser.windows, w.id)
	w.browser.mu.Unlock()
	return w.browser.call(ctx, "browser.removeUserContext", map[string]any{"userContext": w.container}, nil)
}

// heard puts an error with its window: of a script, what a page wrote to its
// console as one, and what a policy kept from a page.
func (b *Browser) heard(m message) {
	var event struct {
		Level, Text string
		Source      struct{ Context string }
		StackTrace  struct {
			CallFrames []struct {
				URL        string
				LineNumber int
			}
		}
	}
	if m.Method != "log.entryAdded" || json.Unmarshal(m.Params, &event) != nil || event.Level != "error" {
		return
	}
	complaint := event.Text
	for _, frame := range event.StackTrace.CallFrames {
		complaint += fmt.Sprintf(" at %s:%d", frame.URL, frame.LineNumber)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.windows[event.Source.Context]; w != nil {
		w.complaints = append(w.complaints, complaint)
		return
	}
	for _, w := range b.windows { // a frame's, whose window isn't told: any of them fails
		w.complaints = append(w.complaints, complaint)
	}
}

// Complaints returns what went wrong in the window's pages since it was asked
// before. It lets the page come to rest first, which then is told of what nobody waited for.
func (w *Window) Complaints(ctx context.Context) ([]string, error) {
	if err := w.Evaluate(ctx, `new Promise((done) => setTimeout(done))`, nil); err != nil {
		return nil, err
	}
	w.browser.mu.Lock()
	defer w.browser.mu.Unlock()
	found := w.complaints
	w.complaints = nil
	return found, nil
}

// Navigate goes to an address and waits until it is loaded.
func (w *Window) Navigate(ctx context.Context, address string) error {
	return w.browser.call(ctx, "browsingContext.navigate", map[string]any{"context": w.id, "url": address, "wait": "complete"}, nil)
}

// Resize gives the page another size, in CSS pixels.
func (w *Window) Resize(ctx context.Context, width, height int, scale float64) error {
	return w.browser.call(ctx, "browsingContext.setViewport", map[string]any{
		"context": w.id, "viewport": map[string]any{"width": width, "height": height}, "devicePixelRatio": scale,
	}, nil)
}

// Screenshot returns a picture of the whole page, as PNG.
func (w *Window) Screenshot(ctx context.Context) ([]byte, error) {
	var taken struct{ Data string }
	if err := w.browser.call(ctx, "browsingContext.captureScreenshot", map[string]any{
		"context": w.id, "origin": "document",
	}, &taken); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(taken.Data)
}

// value is one of JavaScript's as BiDi writes it.
type value struct {
	Type     string          `json:"type"`
	Value    json.RawMessage `json:"value"`
	SharedID string          `json:"sharedId"`
}

// plain returns the value as JSON would have it.
func (v value) plain() any {
	switch v.Type {
	case "array":
		var items []value
		_ = json.Unmarshal(v.Value, &items)
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = item.plain()
		}
		return list
	case "string", "number", "boolean":
		var single any
		_ = json.Unmarshal(v.Value, &single)
		return single
	}
	return nil
}

// ErrThrown is that the script itself failed.
var ErrThrown = errors.New("the script threw")

// evaluate runs a script and returns what it, or its promise, comes to.
func (w *Window) evaluate(ctx context.Context, script string) (value, error) {
	var done struct {
		Type      string
		Result    value
		Exception struct{ Text string } `json:"exceptionDetails"`
	}
	err := w.browser.call(ctx, "script.evaluate", map[string]any{
		"expression": script, "target": map[string]any{"context": w.id}, "awaitPromise": true, "userActivation": true,
	}, &done)
	if err == nil && done.Type != "success" {
		err = fmt.Errorf("%w: %s", ErrThrown, done.Exception.Text)
	}
	return done.Result, err
}

// Evaluate runs a script and reads what it, or its promise, comes to into a
// value: text, a number, a boolean or a list of them; nil reads nothing.
func (w *Window) Evaluate(ctx context.Context, script string, into any) error {
	found, err := w.evaluate(ctx, script)
	if err != nil || into == nil {
		return err
	}
	plain, err := json.Marshal(found.plain())
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// Until waits until an expression is true, also across pages that come and go.
// An expression that throws isn't true yet.
func (w *Window) Until(ctx context.Context, expression string) error {
	look := fmt.Sprintf(`new Promise((done) => {
		const until = performance.now() + 1000;
		const look = () => {
			let so = false;
			try { so = (%s); } catch {}
			if (so || performance.now() > until) done(Boolean(so)); else setTimeout(look, 20);
		};
		look();
	})`, strings.TrimSuffix(strings.TrimSpace(expression), ";"))
	for {
		var so bool
		err := w.Evaluate(ctx, look, &so)
		switch {
		case so:
			return nil
		case errors.Is(err, ErrThrown): // it can't be read: what throws within is caught
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("waiting for %s: %w", expression, ctx.Err())
		}
	}
}

// Type puts the cursor behind what a field holds and types into it.
func (w *Window) Type(ctx context.Context, selector, text string) error {
	if err := w.Until(ctx, fmt.Sprintf(`((field) => {
		if (!field?.checkVisibility()) return false;
		field.focus();
		field.setSelectionRange?.(field.value.length, field.value.length);
		return true;
	})(document.querySelector(%s))`, quote(selector))); err != nil {
		return err
	}
	return w.Press(ctx, text)
}

// Press presses the keys of a text, one after the other.
func (w *Window) Press(ctx context.Context, keys string) error {
	var actions []any
	for _, key := range strings.ReplaceAll(keys, "\r", "\ue006") { // Enter, as WebDriver calls it
		for _, kind := range []string{"keyDown", "keyUp"} {
			actions = append(actions, map[string]any{"type": kind, "value": string(key)})
		}
	}
	return w.act(ctx, map[string]any{"type": "key", "id": "keys", "actions": actions})
}

// Click waits for what a selector names to be shown, and clicks in its middle.
func (w *Window) Click(ctx context.Context, selector string) error {
	if err := w.Until(ctx, fmt.Sprintf(`((at) => {
		if (!at?.checkVisibility() || at.disabled) return false;
		at.scrollIntoView({ block: "center", behavior: "instant" });
		return true;
	})(document.querySelector(%s))`, quote(selector))); err != nil {
		return err
	}
	at, err := w.evaluate(ctx, fmt.Sprintf(`document.querySelector(%s)`, quote(selector)))
	if err != nil {
		return err
	}
	return w.act(ctx, map[string]any{"type": "pointer", "id": "mouse", "actions": []any{
		map[string]any{"type": "pointerMove", "x": 0, "y": 0, "origin": map[string]any{
			"type": "element", "element": map[string]any{"sharedId": at.SharedID},
		}},
		map[string]any{"type": "pointerDown", "button": 0}, map[string]any{"type": "pointerUp", "button": 0},
	}})
}

// act performs what one device does.
func (w *Window) act(ctx context.Context, device map[string]any) error {
	return w.browser.call(ctx, "input.performActions", map[string]any{"context": w.id, "actions": []any{device}}, nil)
}

// quote writes a text as JavaScript does.
func quote(text string) string {
	quoted, _ := json.Marshal(text) // a string always has a JSON form
	return string(quoted)
}
