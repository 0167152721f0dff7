package template_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"keur/web/webtest"
)

// drag moves what stands at a place by the mouse, and lets it go when the mark of
// where it will stand is, by script, where it should be. What comes from elsewhere
// on the page is carried by the browser, which leaves that to the test here; parts
// of the mail the editor moves itself, by the mouse.
func drag(w *webtest.Window, carried bool, fromX, fromY, toX, toY float64, marked string) {
	w.Helper()
	w.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		begun, end := t.Subscribe(input.DragIntercepted.Method)
		defer end()
		if _, err := cdp.Call(ctx, t, input.SetInterceptDrags, input.SetInterceptDragsParams{Enabled: carried}); err != nil {
			return err
		}
		mouse := func(what input.DispatchMouseEventType, x, y float64, held int64) error {
			_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{
				Type: what, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: held, ClickCount: 1})
			return err
		}
		over := func(x float64) error { return mouse(chromedp.MouseMoved, x, toY, 1) }
		drop := func() error { return nil }
		if err := mouse(chromedp.MousePressed, fromX, fromY, 1); err != nil {
			return err
		}
		for n := range 3 { // until the browser takes it for a drag
			if err := mouse(chromedp.MouseMoved, fromX, fromY+float64(4*(n+1)), 1); err != nil {
				return err
			}
		}
		if carried {
			var event input.EventDragIntercepted
			select {
			case raw := <-begun:
				if err := json.Unmarshal(raw, &event); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
			carry := func(what input.DispatchDragEventType, x float64) error {
				p := input.DispatchDragEventParams{Type: what, X: x, Y: toY, Data: event.Data}
				_, err := cdp.Call(ctx, t, input.DispatchDragEvent, p)
				return err
			}
			if err := carry(input.DispatchDragEventTypeDragEnter, toX); err != nil {
				return err
			}
			over = func(x float64) error { return carry(input.DispatchDragEventTypeDragOver, x) }
			drop = func() error { return carry(input.DispatchDragEventTypeDrop, toX) }
		}
		look := chromedp.Evaluate[bool](`new Promise((done) => requestAnimationFrame(() => done(`+marked+`)))`, chromedp.EvalAwaitPromise)
		for n, there := 0, false; !there; n++ {
			if err := over(toX + float64(n%2)); err != nil {
				return err
			}
			var err error
			if there, err = chromedp.Run(ctx, look); err != nil {
				return err
			}
		}
		if err := drop(); err != nil {
			return err
		}
		return mouse(chromedp.MouseReleased, toX, toY, 0)
	}))
}

// TestVisualEditorIsDraggedIn: a new part from the panel, and one to another place.
func TestVisualEditorIsDraggedIn(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	mjmlTemplate(d, hostile)
	w := d.Browse("planner", webtest.Desktop)
	editByEye(w, "/templates/1/visual")
	const button = `
        <mj-button href="https://shop.example/?a=1&amp;b=2" title="{{member.city | default "daar"}}">Kijk</mj-button>`
	const text = `
        <mj-text align="left">Dag {{member.first_name | default "lid"}}{{if member.points >= 10}}, fijn{{end}}</mj-text>`
	between := func(top, bottom float64) string { // where the mark stands in the window
		return fmt.Sprintf(`[...document.querySelectorAll(".gjs-placeholder")].some((mark) => {
			const { y, width } = mark.getBoundingClientRect();
			return width > 0 && y > %f && y < %f })`, top, bottom)
	}
	becomes := func(want string) {
		t.Helper()
		w.Until(fmt.Sprintf(`document.querySelector("#source").value === %q`, want))
		w.Do(webtest.Click(`[data-visual="undo"]`))
		w.Until(fmt.Sprintf(`document.querySelector("#source").value === %q`, hostile))
	}
	middle := func(selector string) []float64 {
		return webtest.Read[[]float64](w, fmt.Sprintf(`(() => {
			const { x, y, width, height } = document.querySelector(%q).getBoundingClientRect();
			return [x + width / 2, y + height / 2] })()`, selector))
	}
	line := middle(`[data-block="divider"]`)
	_, top := where(w, "Dag")
	x, y := where(w, "Kijk")
	drag(w, true, line[0], line[1], x, y-14, between(top, y))
	becomes(strings.Replace(hostile, button, `
        <mj-divider border-width="1px" border-color="#d5d2cb"></mj-divider>`+button, 1))
	x, y = where(w, "Kijk")
	w.Do(chromedp.MouseClickXY(x, y), chromedp.WaitVisible(webtest.CSS(".gjs-toolbar .gjs-no-touch-actions")))
	grip := middle(".gjs-toolbar .gjs-no-touch-actions")
	_, top = where(w, "Dag")
	drag(w, false, grip[0], grip[1], x, top-3, between(0, top))
	becomes(strings.Replace(hostile, text+button, button+text, 1))
}
