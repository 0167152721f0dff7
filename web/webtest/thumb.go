package webtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Thumb is a phone of 390 × 844 that is touched, and has no mouse.
type Thumb struct{ *Window }

// NewThumb opens one at a server, in which nobody is signed in.
func NewThumb(t *testing.T, url string) *Thumb {
	t.Helper()
	w := &Thumb{Stranger(t, url, Phone)}
	w.Do(chromedp.EmulateViewport(Phone, 844, chromedp.EmulateMobile, chromedp.EmulatePortrait, chromedp.EmulateTouch))
	return w
}

// target finds what a selector names and is shown, brings it into view as who
// scrolls does, and says what keeps a thumb from it. A box with a label is
// pressed by either.
const target = `(async () => {
	const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
	const all = [...document.querySelectorAll(%q)].filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length);
	if (!all.length) return ["nothing of it is shown"];
	const e = all[0].matches("input[type=checkbox], input[type=radio]") ? all[0].closest("label") ?? all[0] : all[0];
	let box = e.getClientRects()[0];
	const free = () => {
		const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
		return at && (e.contains(at) || at.closest("label")?.contains(e));
	};
	if (box.top < 0 || box.bottom > innerHeight || !free()) {
		e.scrollIntoView({ block: "center", behavior: "instant" });
		await frame();
	}
	box = e.getClientRects()[0];
	const wrong = [];
	if (box.width < 24 || box.height < 24) wrong.push("it is " + Math.round(box.width) + " × " + Math.round(box.height) + " px");
	if (box.left < 0 || box.right > innerWidth + 1) wrong.push("it stands outside the window");
	if (!free()) {
		const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
		wrong.push("it is covered by " + over?.outerHTML.slice(0, 120));
	}
	const [left, top] = [box.left, box.top];
	await frame();
	box = e.getClientRects()[0];
	if (!box || Math.abs(box.left - left) > 1 || Math.abs(box.top - top) > 1) wrong.push("it moves away under the thumb");
	window.thumbed = box ? [box.left + box.width / 2, box.top + box.height / 2] : [0, 0];
	return wrong;
})()`

// Drag puts a thumb down on what a selector names, and moves it so many pixels to the
// right and down.
func (w *Thumb) Drag(selector string, right, down float64) {
	w.Helper()
	at := w.find(selector)
	w.touch(at, [2]float64{at[0] + right/2, at[1] + down/2}, [2]float64{at[0] + right, at[1] + down})
}

// Tap touches what a selector names, and fails the test for what is covered,
// smaller than 24 × 24 px (WCAG 2.2, 2.5.8), outside the window, or moves away.
func (w *Thumb) Tap(selector string) {
	w.Helper()
	w.touch(w.find(selector))
}

// find is the place of what a selector names, which a thumb must be able to touch.
func (w *Thumb) find(selector string) [2]float64 {
	w.Helper()
	w.Shown(selector)
	w.Settled()
	for _, wrong := range Read[[]string](w.Window, fmt.Sprintf(target, selector)) {
		w.Errorf("%s can't be touched: %s", selector, wrong)
	}
	return Read[[2]float64](w.Window, `window.thumbed`)
}

// Swipe moves the page up under the thumb, as far as a hand does.
func (w *Thumb) Swipe() {
	w.Helper()
	w.touch([2]float64{195, 640}, [2]float64{195, 560}, [2]float64{195, 400}, [2]float64{195, 240}, [2]float64{195, 160})
}

// touch puts a thumb down at the first place, moves it over the others, and takes
// it away.
func (w *Thumb) touch(way ...[2]float64) {
	w.Helper()
	w.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		send := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) error {
			_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{
				Type: kind, TouchPoints: append([]*input.TouchPoint{}, points...)})
			return err
		}
		for i, at := range way {
			kind := input.DispatchTouchEventTypeTouchMove
			if i == 0 {
				kind = input.DispatchTouchEventTypeTouchStart
			}
			if err := send(kind, &input.TouchPoint{X: at[0], Y: at[1]}); err != nil {
				return err
			}
		}
		return send(input.DispatchTouchEventTypeTouchEnd)
	}))
}

// Steady fails the test if what is on the page jumped by itself since it was
// opened: more than a tenth of the window, by the web's measure of layout shifts.
func (w *Thumb) Steady(page string) {
	w.Helper()
	if moved := Read[float64](w.Window, `new Promise((done) => {
		let sum = 0;
		const seen = (all) => { for (const one of all) if (!one.hadRecentInput) sum += one.value; };
		const watch = new PerformanceObserver((list) => seen(list.getEntries()));
		watch.observe({ type: "layout-shift", buffered: true });
		requestAnimationFrame(() => requestAnimationFrame(() => { seen(watch.takeRecords()); watch.disconnect(); done(sum); }));
	})`); moved > 0.1 {
		w.Errorf("%s jumps by %.2f of the window", page, moved)
	}
}

// SwipeThroughMails scrolls by the thumb until each mail on the page was seen.
func (w *Thumb) SwipeThroughMails() {
	w.Helper()
	const done = `document.querySelectorAll("[data-seen]:not([hidden])").length === document.querySelectorAll("[data-face]").length`
	w.Shown("[data-face]")
	w.Until(`[...document.querySelectorAll("[data-face] iframe")].every((f) => f.dataset.settled || !f.offsetParent)`)
	w.Run(`window.scrollTo(0, 0)`)
	for range 80 {
		if Read[bool](w.Window, done) {
			return
		}
		from := Read[float64](w.Window, `scrollY`)
		w.Swipe()
		w.Until(fmt.Sprintf(`scrollY > %f || scrollY + innerHeight >= document.documentElement.scrollHeight - 2 || %s`, from, done))
		if Read[bool](w.Window, `scrollY + innerHeight >= document.documentElement.scrollHeight - 2`) {
			w.Until(done)
			return
		}
	}
	w.Errorf("80 swipes don't bring every mail into view")
}
